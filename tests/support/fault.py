"""A house to break: real processes on a book, a bell and providers of their own, and the count of what went wrong.

    house.start("web")                                   # or "worker", armed with the points at which to die
    house.start("worker", Point("notifier.deliver:_record", "before"))
    house.send(...), house.wait_until_settled(), house.tally()

Fixtures: `house` (SQLite and PostgreSQL by the parameter of `book_url`), `row` (one line of the fault table).
"""

import contextlib
import http.client
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from support import processes

from casework.storage import journal, messages
from casework.storage.sessions import Book
from casework.storage.tables import JournalLine, Message, Notice

SCRIPT = Path(__file__).parent / "kill_at.py"

SHORT: dict[str, float] = {
    "casework.storage.delivery:CLAIM_LASTS": 1.5,
    "casework.storage.delivery:ASK_AGAIN_AFTER": 0.5,
    "casework.storage.delivery:_BACK_OFF": 0.3,
    "casework.storage.messages:LATE": 0.6,
    "casework.storage.messages:RETRY_AFTER": 0.2,
    "casework.storage.messages:TRY_LASTS": 1.0,
    "channels.email.outbound:SETTLES_AFTER": 1.0,
    "commands.run.processes:PATIENCE": 0.1,
    "intake.collect:_FIRST_PAUSE": 0.2,
    "intake.collect:_LONGEST_PAUSE": 0.5,
    "intake.collect:WATCH_SECONDS": 2.0,
    "worker:BOOK_EVERY": 0.2,
    "worker:PAUSES": 0.2,
    "worker:TICK_EVERY": 0.2,
}
"""The product's waiting times, in the same order of length as in life."""


@dataclass(frozen=True)
class Point:
    """Where a process is to die; see `Point` in kill_at.py."""

    function: str
    when: str
    inside: str = ""
    nth: int = 1
    whole: bool = False
    words: str = ""


class Zygote:
    """The script, which has loaded the house once and forks a process of it in milliseconds."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "zygote.log"
        with self._log.open("wb") as words:
            self._process = subprocess.Popen(
                [sys.executable, str(SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                preexec_fn=processes._die_with_pytest,
                env={name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")},
            )

    def fork(self, plan: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(plan).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"The house could not be loaded:\n{self._log.read_text()[-3000:]}"
        return int(answer)

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        processes.stop(self._process, signal.SIGTERM)
        self._process.stdout.close()


@dataclass
class House:
    """One deployment: its processes share `variables`, die at their points, and are all gone at the end."""

    zygote: Zygote
    folder: Path
    database_url: str
    variables: dict[str, str]
    port: int
    constants: dict[str, float] = field(default_factory=lambda: dict(SHORT))
    points: list[Path] = field(default_factory=list)
    alive: list[int] = field(default_factory=list)
    public: bool = True
    _ids: dict[str, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.book = Book(self.database_url)
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, entry: str, *points: Point, queues: tuple[str, ...] = ()) -> int:
        """Start "web", "worker" or "door"; the id of its first process, which is also that of its group."""
        plan = {
            "entry": entry,
            "arguments": [f"127.0.0.1:{self.port}"] if entry == "web" else list(queues),
            "variables": self.variables | {"EARSHOT_DATABASE_URL": self.database_url} | self._address(),
            "constants": self.constants,
            "points": [asdict(point) | {"marker": str(self._marker())} for point in points],
            "log": str(self.folder / f"{entry}.log"),
        }
        self.alive.append(self.zygote.fork(plan))
        self._ids[entry] = self.alive[-1]
        return self.alive[-1]

    def keep(self, entry: str) -> None:
        """Start it again if it has died, as `earshot run` would."""
        if not _exists(self._ids[entry]):
            self.alive.remove(self._ids[entry])
            self.start(entry)

    def _address(self) -> dict[str, str]:
        return {"EARSHOT_PUBLIC_URL": self.url} if self.public else {}

    def died(self) -> int:
        """How many of the points have been reached."""
        return sum(marker.exists() for marker in self.points)

    def wait_for_the_deaths(self, seconds: float = 20) -> None:
        eventually(lambda: self.died() == len(self.points), seconds, lambda: f"{self.died()} of {len(self.points)}")

    def kill(self, pid: int) -> None:
        """Pull the plug of a process and of all its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        eventually(lambda: not _exists(pid), 10, lambda: f"process {pid} lives on")
        self.alive.remove(pid)

    def stop(self) -> None:
        for pid in list(self.alive):
            self.kill(pid)
        self.book.close()

    def words(self) -> str:
        """The end of what the processes said, for a test that fails."""
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in sorted(self.folder.glob("*.log"))
        )

    def post(self, path: str, body: bytes, headers: dict[str, str], *, seconds: float = 20) -> list[int]:
        """Post as a provider or a browser does, again and again until it is taken; gives each answer, 0 for none."""
        answers: list[int] = []
        deadline = time.monotonic() + seconds
        while not answers or not 200 <= answers[-1] < 400:
            assert time.monotonic() < deadline, f"{path} never took it: {answers[-20:]}"
            answers.append(self.post_once(path, body, headers))
            if answers[-1] == 0 or answers[-1] >= 500:
                time.sleep(0.1)
        return answers

    def post_once(self, path: str, body: bytes, headers: dict[str, str], timeout: float = 15) -> int:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            line.request("POST", path, body, headers)
            return line.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            line.close()

    def get(self, path: str) -> str:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            line.request("GET", path)
            return line.getresponse().read().decode()
        finally:
            line.close()

    def open(self) -> bool:
        """Whether the web answers."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status > 0
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def wait_until_open(self) -> None:
        eventually(self.open, 20, self.words)

    def settled(self, expected: int, *, doubts: int = 0) -> bool:
        """Whether `expected` messages are in, all are processed, and nothing is under way any more."""
        try:
            with self.book.reading() as session:
                states: Counter[str] = Counter(session.scalars(select(Message.state)))
                sent: Counter[str] = Counter(session.scalars(select(Notice.state)))
                unfollowed = session.scalar(
                    select(func.count()).where(Notice.state == "failed", Notice.followed_at.is_(None))
                )
        except SQLAlchemyError:
            return False
        waiting = sent["due"] + sent["claimed"] + (unfollowed or 0)
        heard = states.total() >= expected and not states["accepted"]
        return heard and waiting == 0 and sent["in_doubt"] == doubts

    def wait_until_settled(self, expected: int, *, seconds: float = 30, doubts: int = 0) -> None:
        """Wait until there is nothing left to do, and see that it stays so for a moment."""
        quiet = 0
        deadline = time.monotonic() + seconds
        while quiet < 3:
            quiet = quiet + 1 if self.settled(expected, doubts=doubts) else 0
            assert time.monotonic() < deadline, f"not settled after {seconds} s: {self.states()}\n{self.words()}"
            time.sleep(0.1)

    def states(self) -> str:
        with contextlib.suppress(SQLAlchemyError), self.book.reading() as session:
            heard = session.execute(select(Message.id, Message.state, Message.attempts, Message.reason)).all()
            notices = session.execute(
                select(Notice.id, Notice.kind, Notice.channel, Notice.state, Notice.attempts, Notice.detail)
            ).all()
            return f"messages {[tuple(one) for one in heard]}, notices {[tuple(one) for one in notices]}"
        return "the book is away"

    def owed(self) -> int:
        """How many receipts stand in the outbox."""
        with self.book.reading() as session:
            return session.scalar(select(func.count()).where(Notice.kind == "receipt")) or 0

    def events(self) -> set[str]:
        """The kinds of lines in the journal."""
        with self.book.reading() as session:
            return set(session.scalars(select(JournalLine.event).distinct()))

    def check_the_books(self) -> None:
        """The journal's chain holds and the day's ledger balances with nothing waiting (laws 9 and 11)."""
        with self.book.reading() as session:
            assert not list(journal.verify(session))
            first, last = session.execute(select(func.min(Message.accepted_at), func.max(Message.accepted_at))).one()
            parts = messages.ledger(session, since=first, until=last.replace(year=last.year + 1))
            seen = parts.pop("seen")
            assert seen == sum(parts.values())
            assert parts["waiting"] == 0

    def _marker(self) -> Path:
        marker = self.folder / f"died-{next(self._numbers)}"
        self.points.append(marker)
        return marker


def eventually(true: Callable[[], object], seconds: float, words: Callable[[], str] = lambda: "") -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"it did not come about in {seconds} s: {words()}"
        time.sleep(0.02)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
