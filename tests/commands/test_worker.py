"""The back room, run as it runs in life: real processes, a real Redis, a real book."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from rq import Callback, Queue
from sqlalchemy import select
from support.processes import is_alive

import worker
from casework.storage import bell
from casework.storage.sessions import Book
from casework.storage.tables import Message
from channels.message import InboundMessage
from intake.accept import accept
from worker import UnlistedJob

NOW = datetime.now(UTC)


def eventually(true: Callable[[], object], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def text(number: int) -> InboundMessage:
    return InboundMessage(
        channel="sms",
        our_address="+441632960100",
        external_id=f"SM{number:032d}",
        received_at=NOW,
        raw=b"Body=boiler",
        text="The boiler has been broken for the third time.",
        new_text="The boiler has been broken for the third time.",
        sender="+447700900123",
    )


class Launcher:
    """`python -m worker`, and its children by name (of which Linux shows 15 characters)."""

    def __init__(self, folder: Path, *queues: str, **variables: str) -> None:
        self.log = folder / "worker.log"
        with self.log.open("ab") as words:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "worker", *queues],
                env={**os.environ, **{f"EARSHOT_{name.upper()}": value for name, value in variables.items()}},
                stderr=words,
            )

    def children(self) -> dict[str, int]:
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                stat = (folder / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            name, _, rest = stat.partition("(")[2].rpartition(")")[0], "", stat.rpartition(")")[2].split()
            if int(rest[1]) == self.process.pid and rest[0] != "Z" and name.startswith("earshot:"):
                found[name.removeprefix("earshot:")] = int(folder.name)
        return found


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Launcher]]:
    launched: list[Launcher] = []

    def launch(*queues: str, **variables: str) -> Launcher:
        launched.append(Launcher(tmp_path, *queues, **variables))
        return launched[-1]

    yield launch
    children = [pid for one in launched for pid in one.children().values()]
    for one in launched:
        one.process.kill()
        one.process.wait()
    eventually(lambda: not any(is_alive(pid) for pid in children))


def settled(url: str) -> int:
    book = Book(url)
    with book.reading() as session:
        states = list(session.scalars(select(Message.state)))
    book.close()
    return sum(state not in ("accepted", "quarantined") for state in states)


def arrive(url: str, number: int) -> None:
    book = Book(url)
    accept(book, text(number), now=NOW)
    book.close()


@pytest.mark.needs("redis")
def test_what_is_accepted_is_processed_though_children_and_redis_die(
    book_url: str, redis_server, launch: Callable[..., Launcher]
) -> None:
    back_room = launch(database_url=book_url, redis_url=redis_server.url)
    arrive(book_url, 1)
    eventually(lambda: settled(book_url) == 1)

    for name in ("intake", "tick"):
        os.kill(back_room.children()[name], signal.SIGKILL)
    arrive(book_url, 2)
    eventually(lambda: settled(book_url) == 2)

    redis_server.kill()
    arrive(book_url, 3)
    eventually(lambda: settled(book_url) == 3)

    redis_server.start()
    redis_server.flush()
    arrive(book_url, 4)
    eventually(lambda: settled(book_url) == 4)


def test_without_a_redis_the_book_alone_is_enough(book_url: str, launch: Callable[..., Launcher]) -> None:
    arrive(book_url, 1)
    launch(database_url=book_url, redis_url="none")
    eventually(lambda: settled(book_url) == 1)


def test_two_back_rooms_share_the_work_and_neither_doubles_it(
    postgresql_url: str, redis_url: str, launch: Callable[..., Launcher]
) -> None:
    for _ in range(2):
        launch(database_url=postgresql_url, redis_url=redis_url)
    for number in range(60):
        arrive(postgresql_url, number)
    eventually(lambda: settled(postgresql_url) == 60)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_leaves_nobody_behind(
    sqlite_url: str, redis_url: str, launch: Callable[..., Launcher], sign: signal.Signals
) -> None:
    back_room = launch("urgent", "notices", database_url=sqlite_url, redis_url=redis_url)
    eventually(lambda: {"urgent", "notices", "tick", "collect"} <= set(back_room.children()))
    time.sleep(0.5)
    back_room.process.send_signal(sign)
    assert back_room.process.wait(15) == 0
    assert back_room.children() == {}


def test_a_launcher_that_is_killed_takes_its_children_along(
    sqlite_url: str, redis_url: str, launch: Callable[..., Launcher]
) -> None:
    back_room = launch("urgent", database_url=sqlite_url, redis_url=redis_url)
    eventually(lambda: {"urgent", "tick"} <= set(back_room.children()))
    children = back_room.children().values()
    back_room.process.kill()
    back_room.process.wait()
    eventually(lambda: not any(is_alive(pid) for pid in children))


def test_a_queue_that_does_not_exist_is_named(launch: Callable[..., Launcher]) -> None:
    back_room = launch("ugrent")
    assert back_room.process.wait(20) == 2
    assert "there is no queue 'ugrent': there are urgent, intake" in back_room.log.read_text()


def hands(connection: Redis) -> worker.Hands:
    queue = Queue("intake", connection=connection, serializer="json", job_class=worker.ListedJob)
    made = worker.Hands([queue], connection=connection, serializer="json", job_class=worker.ListedJob)
    made.stop = worker.Stop()
    return made


@pytest.mark.needs("redis")
def test_who_is_asked_to_stop_before_listening_never_listens(redis_url: str) -> None:
    with Redis.from_url(redis_url) as connection:
        made = hands(connection)
        made.stop.asked = True
        made.work(logging_level="CRITICAL")
        assert made.asked_to_stop


def test_a_function_that_the_house_has_not_listed_is_never_run(redis_url: str, tmp_path: Path) -> None:
    with Redis.from_url(redis_url) as connection:
        queue = Queue("intake", connection=connection, serializer="json")
        queue.enqueue("os.mkdir", str(tmp_path / "broken-in"))
        hands(connection).work(burst=True, logging_level="CRITICAL")
        assert queue.failed_job_registry.count == 1
    assert not (tmp_path / "broken-in").exists()


def test_a_listed_job_brings_nothing_else_to_run(redis_url: str) -> None:
    with Redis.from_url(redis_url) as connection:
        sent = Queue("intake", connection=connection, serializer="json").enqueue(
            bell.PROCESS_MESSAGES, [], on_success=Callback("os.abort"), on_failure=Callback("os.abort")
        )
        fetched = worker.ListedJob.fetch(sent.id, connection=connection, serializer="json")
        assert (fetched.success_callback, fetched.failure_callback, fetched.webhooks) == (None, None, [])


def test_an_error_is_named_without_its_words() -> None:
    with pytest.raises(ValueError, match="Ngozi") as raised:
        raise ValueError("Ngozi Okafor, 12 Larch Court")
    assert worker.where(raised.value) == "ValueError"


def test_an_error_is_placed_in_the_house() -> None:
    job = worker.ListedJob.create("os.getcwd", connection=Redis(), serializer="json")
    with pytest.raises(UnlistedJob) as raised:
        _ = job.func
    assert re.fullmatch(r"UnlistedJob in func \(worker\.py:\d+\)", worker.where(raised.value))


@pytest.mark.needs("redis")
def test_a_job_that_cannot_be_read_does_not_stop_the_worker(redis_url: str) -> None:
    with Redis.from_url(redis_url) as connection:
        queue = Queue("intake", connection=connection, serializer="json")
        spoilt = queue.enqueue(bell.PROCESS_MESSAGES, [])
        connection.hset(spoilt.key, "data", b"not json")
        after = queue.enqueue("os.getcwd")
        hands(connection).work(burst=True, logging_level="CRITICAL")
        assert queue.count == 0
        assert after.get_status(refresh=True) == "failed"
