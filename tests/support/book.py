"""The desk and the post room of Larchmere Homes over a real book, for tests that follow a message through them."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from support.cast import LANDLORD, MONDAY, PUBLIC_URL

from casework.rules import rules_of
from casework.storage import journal
from casework.storage.sessions import Book
from casework.storage.tables import Case, ClockRow, JournalLine, Message, Notice, Person, StaffMember
from channels.message import InboundMessage
from classifier.assessment import Assessment
from classifier.labels import Hazard, Label, Want
from intake import watch
from intake.accept import Accepted, accept
from intake.desk import Desk
from intake.process import process

SECRET = "a secret that only these tests know"


class PlainReader:
    """Reads by a handful of plain words, so that a test says what a message is by what stands in it."""

    def assess_many(self, texts: Iterable[str]) -> Sequence[Assessment]:
        return [self.assess(text) for text in texts]

    def assess(self, text: str) -> Assessment:
        said = text.lower()
        if "poison" in said:
            raise RuntimeError(f"cannot read: {text}")
        labels = [Label.COMPLAINT] if any(cue in said for cue in ("not good enough", "third time")) else []
        labels += [Label.SERVICE_REQUEST] if any(cue in said for cue in ("please send", "smell gas", "drips")) else []
        labels += [Label.COMPLIMENT] if "thank you" in said else []
        labels = labels or [Label.COMMENT]
        return Assessment(
            primary=labels[0],
            labels=tuple(labels),
            probabilities={label: float(label in labels) for label in Label},
            review="as i expected" in said,
            urgent="smell gas" in said,
            hazards=(Hazard.GAS,) if "smell gas" in said else (),
            wants=tuple(
                want
                for cue, want in (
                    ("take it further", Want.ESCALATE_STAGE_2),
                    ("speak to somebody", Want.SPEAK_TO_HUMAN),
                    ("what is happening", Want.STATUS_UPDATE),
                )
                if cue in said
            ),
            version="plain",
        )


class House:
    """The desk over one book, with short ways to hear messages and to look at what became of them."""

    def __init__(self, url: str, *, policy: str = "code-2024") -> None:
        self.book = Book(url)
        self.reader = PlainReader()
        self.desk = Desk(self.book, rules_of(policy), LANDLORD, PUBLIC_URL, SECRET)

    def accept(self, *messages: InboundMessage, now: datetime | None = None) -> list[Accepted]:
        return [accept(self.book, message, now=now or message.received_at) for message in messages]

    def hear(self, *messages: InboundMessage, now: datetime | None = None) -> list[Message]:
        """Accept and process messages, each at its own time of receipt (or at `now`); how they stand then."""
        heard = []
        for message in messages:
            at = now or message.received_at
            [accepted] = self.accept(message, now=at)
            process(self.desk, self.reader, [accepted.id], now=at)
            heard.append(self.message(accepted.id))
        return heard

    def process(self, ids: Sequence[int], *, now: datetime = MONDAY) -> int:
        return process(self.desk, self.reader, ids, now=now)

    def watch(self, now: datetime) -> int:
        return watch.watch(self.desk, now=now)

    def sweep(self, start: datetime, end: datetime, *, every: timedelta = timedelta(hours=1)) -> None:
        """Look at the clocks every so often, as the tick does."""
        now = start
        while now <= end:
            self.watch(now)
            now += every

    def message(self, number: int) -> Message:
        return self._one(select(Message).where(Message.id == number))

    def messages(self) -> list[Message]:
        return self._all(select(Message).order_by(Message.id))

    def last_number(self) -> int:
        with self.book.reading() as session:
            return session.scalar(select(func.max(Message.id))) or 0

    def case(self) -> Case:
        """The only case there is."""
        [case] = self.cases()
        return case

    def cases(self) -> list[Case]:
        return self._all(select(Case).order_by(Case.id))

    def people(self) -> list[Person]:
        return self._all(select(Person).order_by(Person.id))

    def clocks(self, *, running: bool = False) -> list[ClockRow]:
        rows = self._all(select(ClockRow).order_by(ClockRow.id))
        return [row for row in rows if row.stopped_at is None] if running else rows

    def notices(self, kind: str = "", **fields: Any) -> list[Notice]:
        rows = select(Notice).order_by(Notice.id).filter_by(**({"kind": kind} if kind else {}), **fields)
        return self._all(rows)

    def alerts(self, why: str = "") -> list[str]:
        """The sentences of the staff alerts, or of those of one sort."""
        facts = [notice.facts for notice in self.notices("staff_alert")]
        return [fact["sentence"] for fact in facts if why in ("", fact["why"])]

    def lines(self, event: str = "") -> list[JournalLine]:
        rows = self._all(select(JournalLine).order_by(JournalLine.seq))
        return [row for row in rows if event in ("", row.event)]

    def breaks(self) -> list[str]:
        with self.book.reading() as session:
            return [found.sentence for found in journal.verify(session)]

    def count(self, table: Any) -> int:
        with self.book.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def change(self, do: Callable[[Any, Case], object]) -> None:
        """Do something with the only case in a transaction."""
        with self.book.transaction() as session:
            do(session, session.scalars(select(Case)).one())

    def change_all(self, do: Callable[[Case], object]) -> None:
        """Do something with every case in a transaction."""
        with self.book.transaction() as session:
            for case in session.scalars(select(Case)):
                do(case)

    @contextmanager
    def counting(self) -> Iterator[Counter[str]]:
        """Count the statements that the book gets meanwhile, by their first word."""
        counted: Counter[str] = Counter()

        def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            counted[statement.split()[0]] += 1

        event.listen(self.book.engine, "before_cursor_execute", count)
        yield counted
        event.remove(self.book.engine, "before_cursor_execute", count)

    def staff(self, name: str = "Priya Shah", email: str = "priya@larchmere.example") -> StaffMember:
        member = StaffMember(name=name, email=email, phone="01632 960101", password_hash="-", created_at=MONDAY)
        with self.book.transaction() as session:
            session.add(member)
        return member

    def _one(self, statement: Any) -> Any:
        with self.book.reading() as session:
            return session.scalars(statement).one()

    def _all(self, statement: Any) -> list[Any]:
        with self.book.reading() as session:
            return list(session.scalars(statement))


@pytest.fixture
def house(book_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Larchmere's desk over a migrated book: the test runs on SQLite and on PostgreSQL."""
    monkeypatch.setenv("EARSHOT_DATABASE_URL", book_url)
    monkeypatch.setenv("EARSHOT_SECRET_KEY", SECRET)
    monkeypatch.setenv("EARSHOT_PUBLIC_URL", PUBLIC_URL)
    made = House(book_url)
    yield made
    made.book.close()


@pytest.fixture
def quick_house(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The same on SQLite alone, for what does not depend on the database."""
    monkeypatch.setenv("EARSHOT_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("EARSHOT_SECRET_KEY", SECRET)
    monkeypatch.setenv("EARSHOT_PUBLIC_URL", PUBLIC_URL)
    made = House(sqlite_url)
    yield made
    made.book.close()


def shuffled(items: Sequence[Any], seed: int) -> list[Any]:
    mixed = list(items)
    random.Random(seed).shuffle(mixed)
    return mixed
