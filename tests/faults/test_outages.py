"""The bell and the book go away in the middle of the work, and come back: nothing is lost, nothing doubled."""

import contextlib
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from support.fault import House, eventually
from support.fault_channels import RESIDENTS, Mails, Resident, Tally, Texts, how_settled, neighbour, tally
from support.imap_server import ImapServer
from support.postgresql import Cluster
from support.redis import RedisServer

from casework.storage import schema
from casework.storage.sessions import Book

pytestmark = [pytest.mark.needs("redis")]

Row = Callable[..., None]
STREET = tuple(neighbour(number) for number in range(100, 112))


@pytest.fixture
def own_book(own_postgresql: Cluster) -> str:
    """A PostgreSQL book on a cluster that this test may stop and start."""
    url = own_postgresql.create()
    book = Book(url)
    schema.upgrade(book)
    book.close()
    return url


@contextlib.contextmanager
def in_the_meantime(work: Callable[[], None]) -> Iterator[None]:
    """Do `work` beside the test; an assertion that fails in it fails the test."""
    faults: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=guarded)
    thread.start()
    yield
    thread.join()
    assert not faults, faults


def finish(
    house: House, channel: Texts | Mails, residents: tuple[Resident, ...], row: Row, point: str, database: str
) -> None:
    house.wait_until_settled(len(residents), seconds=40)
    counted = tally(house, channel, residents)
    row(point, database, channel.name, counted.lost, counted.doubled, how_settled(house, channel))
    assert counted == Tally(lost=0, doubled=0), house.states()
    house.check_the_books()


def test_a_flushed_bell_loses_nothing(
    texts: Texts, house: House, redis_server: RedisServer, database: str, row: Row
) -> None:
    house.start("web")
    house.wait_until_open()
    for resident in STREET[:3]:
        texts.send(resident)
    redis_server.flush()  # what was rung before anybody heard it
    house.start("worker")

    def flush() -> None:
        for _ in range(20):
            redis_server.flush()
            time.sleep(0.1)

    with in_the_meantime(flush):
        for resident in STREET[3:]:
            texts.send(resident)
            time.sleep(0.05)
    finish(house, texts, STREET, row, "Redis flushed, again and again", database)


def test_without_the_bell_the_book_is_read_and_the_bell_may_come_back(
    texts: Texts, house: House, redis_server: RedisServer, database: str, row: Row
) -> None:
    house.start("web")
    house.start("worker")
    house.wait_until_open()
    for resident in STREET[:4]:
        texts.send(resident)
    redis_server.kill()
    for resident in STREET[4:8]:
        texts.send(resident)
    house.wait_until_settled(8)
    redis_server.start()
    for resident in STREET[8:]:
        texts.send(resident)
    finish(house, texts, STREET, row, "Redis killed, then started again", database)


def test_a_bell_that_hangs_does_not_hold_up_the_door(
    texts: Texts, house: House, redis_server: RedisServer, database: str, row: Row
) -> None:
    house.start("web")
    house.start("worker")
    house.wait_until_open()
    texts.send(STREET[0])
    os.kill(redis_server.process.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        texts.send(STREET[1])
        took = time.monotonic() - began
    finally:
        os.kill(redis_server.process.pid, signal.SIGCONT)
    finish(house, texts, STREET[:2], row, "Redis hangs", database)
    assert took < 5, f"the provider waited {took:.1f} s for its answer"


@pytest.mark.needs("postgresql")
@pytest.mark.parametrize("way", ["stop", "kill"])
@pytest.mark.parametrize("book_url", ["own"], indirect=True)
def test_a_restarted_database_loses_nothing(
    texts: Texts, house: House, own_postgresql: Cluster, way: str, row: Row
) -> None:
    house.start("web")
    house.start("worker")
    house.wait_until_open()

    def send() -> None:
        for resident in STREET:
            texts.send(resident)
            time.sleep(0.1)

    with in_the_meantime(send):
        for _ in range(2):
            time.sleep(0.3)
            getattr(own_postgresql, way)()
            time.sleep(0.7)
            own_postgresql.start()
    word = "stopped" if way == "stop" else "killed"
    finish(house, texts, STREET, row, f"PostgreSQL {word} and started, twice", "PostgreSQL")


@pytest.mark.parametrize("book_url", ["sqlite"], indirect=True)
def test_a_locked_sqlite_book_is_waited_for(texts: Texts, house: House, row: Row) -> None:
    house.start("web")
    house.start("worker")
    house.wait_until_open()
    path = house.database_url.removeprefix("sqlite:///")

    def lock() -> None:
        held = sqlite3.connect(path, isolation_level=None)
        held.execute("BEGIN EXCLUSIVE")
        time.sleep(2)
        held.execute("ROLLBACK")
        held.close()

    with in_the_meantime(lock):
        time.sleep(0.2)
        for resident in STREET[:4]:
            texts.send(resident)
    finish(house, texts, STREET[:4], row, "SQLite held by another for 2 s", "SQLite")


@pytest.mark.needs("dovecot")
def test_a_mailbox_that_goes_away_is_collected_when_it_is_back(
    house: House, request: pytest.FixtureRequest, own_imap_server: ImapServer, database: str, row: Row
) -> None:
    mails: Mails = request.getfixturevalue("mails")
    account = own_imap_server.account()
    house.variables["EARSHOT_IMAP_URL"] = account.imap_url
    own = Mails(account, mails.submission)
    house.start("worker")
    own.send(RESIDENTS[0])
    eventually(lambda: house.settled(1), 20, house.states)
    own_imap_server.stop()
    time.sleep(0.5)
    own_imap_server.start()
    for resident in RESIDENTS[1:]:
        own.send(resident)
    finish(house, own, RESIDENTS, row, "Dovecot stopped and started", database)
