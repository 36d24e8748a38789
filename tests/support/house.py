"""A whole Earshot for a test: the web server and the workers as processes of their own, over a book and a bell.

    house = open_house(EARSHOT_IMAP_URL=…, EARSHOT_SMTP_URL=…)     # answers when this returns
    house.case(), house.notice("receipt"), house.until(lambda: …)
    house.kill_worker(), house.start_worker()

They are what `python -m commands.run.web` and `python -m worker` are, forked from a process that has loaded the
house once; `tests/journeys/test_run.py` starts them as a person does.

Fixtures: `database` (SQLite; both with `on_both_databases`), `open_house`. When the test is over, every process
ends by itself when asked, the books balance, and no log holds a word of a resident's.
"""

import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, TypeVar

import httpx
import pytest
from sqlalchemy import select
from support.books import BOTH
from support.cast import EWA, LANDLORD, NGOZI, OUR_MAILBOX, OUR_NUMBER, STAN
from support.fault import Zygote
from support.standing import check_the_books, free, whole

from casework.storage import staff
from casework.storage.sessions import Book
from casework.storage.tables import Case, Message, Notice, StaffMember

T = TypeVar("T")

PASSWORD = "a long password of Priya's"

# Law 12: none of this may stand in a log.
PRIVATE = tuple(
    word for one in (NGOZI, STAN, EWA) for word in (*one.name.split(), one.email, one.phone, one.home) if word
)

on_both_databases = pytest.mark.parametrize("database", BOTH, indirect=True)


class House:
    """One deployment. `variables` are its EARSHOT_ variables, `constants` the product's waiting times, shortened."""

    constants: ClassVar[dict[str, float]] = {}

    def __init__(self, zygote: Zygote, folder: Path, database_url: str, redis_url: str, **variables: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.bind = f"127.0.0.1:{_free_port()}"
        self.url = f"http://{self.bind}"
        self.secret = secrets.token_hex(32)
        self.variables = {
            "EARSHOT_VAR": str(folder / "var"),
            "EARSHOT_DATABASE_URL": database_url,
            "EARSHOT_REDIS_URL": redis_url,
            "EARSHOT_BIND": self.bind,
            "EARSHOT_SECRET_KEY": self.secret,
            "EARSHOT_LANDLORD": LANDLORD,
            "EARSHOT_MAIL_FROM": f"{LANDLORD} <{OUR_MAILBOX}>",
            "EARSHOT_TWILIO_FROM": OUR_NUMBER,
            "EARSHOT_SMS_QUIET_SECONDS": "0",
            **{name: value.replace("HERE", self.url) for name, value in variables.items()},
        }
        self.book = Book(database_url)
        self._zygote = zygote
        self._programs: dict[str, int] = {}

    def start(self, *queues: str) -> "House":
        """Open the doors; the workers hear `queues`, or all."""
        self._start("web", self.bind)
        self.start_worker(*queues)
        self.until(self._answers, "answer from the web server")
        return self

    def start_worker(self, *queues: str) -> None:
        self._start("worker", *queues)

    def kill_worker(self) -> None:
        """`kill -9` of the launcher; its children end with it, whatever they hold."""
        self._end("worker", signal.SIGKILL)

    def stop(self) -> None:
        """Ask every program to end, and see that it does."""
        for name in list(self._programs):
            self._end(name, signal.SIGTERM)

    def close(self) -> None:
        """End whatever is still there."""
        for name in list(self._programs):
            self._end(name, signal.SIGKILL)
        self.book.close()

    def _start(self, name: str, *arguments: str) -> None:
        plan = {
            "entry": name,
            "arguments": arguments,
            "variables": self.variables,
            "constants": self.constants,
            "points": [],
        }
        self._programs[name] = self._zygote.fork(plan | {"log": str(self.folder / f"{name}.log")})

    def _end(self, name: str, sign: signal.Signals) -> None:
        pid = self._programs[name]
        with suppress(ProcessLookupError):
            os.kill(pid, sign)
        deadline = time.monotonic() + 30
        while _lives(pid):
            assert time.monotonic() < deadline, f"{name} does not end:\n{self.words()}"
            time.sleep(0.02)
        del self._programs[name]

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def until(self, found: Callable[[], T | None], what: str, seconds: float = 30) -> T:
        """What `found` gives as soon as it gives anything; fails with what the house said."""
        deadline = time.monotonic() + seconds
        while not (result := found()):
            dead = [name for name, pid in self._programs.items() if not _lives(pid)]
            if dead or time.monotonic() > deadline:
                raise AssertionError(f"No {what} after {seconds} s (ended: {dead}):\n{self.standing()}\n{self.words()}")
            time.sleep(0.05)
        return result

    def words(self) -> str:
        """The end of what the processes said."""
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in sorted(self.folder.glob("*.log")))

    def standing(self) -> str:
        with self.book.reading() as session:
            heard = session.execute(select(Message.id, Message.channel, Message.state, Message.outcome, Message.reason))
            owed = session.execute(select(Notice.kind, Notice.round, Notice.channel, Notice.state, Notice.detail))
            return "\n".join(str(tuple(row)) for row in (*heard, *owed))

    def cases(self) -> list[Case]:
        """Every case, oldest first, as it stands now, with all that belongs to it."""
        return whole(self.book)

    def case(self, *, messages: int = 1, seconds: float = 30) -> Case:
        """The only case, once it holds so many messages; a second case fails at once."""

        def found() -> Case | None:
            cases = self.cases()
            assert len(cases) < 2, f"{len(cases)} cases:\n{self.standing()}"
            return cases[0] if cases and len(cases[0].messages) >= messages else None

        return self.until(found, f"case with {messages} messages", seconds)

    def notice(self, kind: str, *, state: str = "accepted", round: str = "", seconds: float = 30) -> Notice:
        """The newest notice of this kind once it is in this state (or further, when that is `accepted`)."""
        states = (state, "delivered") if state == "accepted" else (state,)
        wanted = select(Notice).where(Notice.kind == kind, Notice.state.in_(states), Notice.round.startswith(round))

        def found() -> Notice | None:
            with self.book.reading() as session:
                return free(session, session.scalar(wanted.order_by(Notice.id.desc()).limit(1)))

        return self.until(found, f"{kind} {round} that is {state}", seconds)

    def alerts(self, why: str = "") -> list[Notice]:
        """The alerts to staff, all or those for one reason, oldest first."""
        with self.book.reading() as session:
            found = session.scalars(select(Notice).where(Notice.kind == "staff_alert").order_by(Notice.id))
            return free(session, [notice for notice in found if why in ("", notice.facts["why"])])

    def employ(self, name: str = "Priya Shah", email: str = "priya@larchmere.example") -> StaffMember:
        """Let somebody sign in with PASSWORD."""
        with self.book.transaction() as session:
            return staff.add(
                session, email=email, name=name, role="officer", password=PASSWORD, phone="01632 960101",
                now=datetime.now(UTC),
            )  # fmt: skip

    def check_the_logs(self) -> None:
        """No log holds a resident's name, address, number or words (law 12), and nothing broke."""
        with self.book.reading() as session:
            said = [words for words in session.scalars(select(Message.new_text)) if words.strip()]
        for log in self.folder.glob("*.log"):
            words = log.read_text()
            assert [private for private in (*PRIVATE, *said) if private in words] == [], words
            assert "Traceback" not in words, words


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated book: SQLite, or as `on_both_databases` says."""
    return str(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url"))


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """What every house of this test process is forked from."""
    loaded = Zygote(tmp_path_factory.mktemp("zygote"))
    yield loaded
    loaded.stop()


@pytest.fixture
def open_house(zygote: Zygote, tmp_path: Path, database: str, redis_url: str) -> Iterator[Callable[..., House]]:
    """Starts the house of this test with these EARSHOT_ variables (HERE in a value is its own address), and workers
    for all queues or for these."""
    opened: list[House] = []

    def open_one(*queues: str, **variables: str) -> House:
        opened.append(House(zygote, tmp_path / "house", database, redis_url, **variables))
        return opened[0].start(*queues)

    yield open_one
    for house in opened:
        try:
            house.stop()
            check_the_books(house.book)
            house.check_the_logs()
        finally:
            house.close()
