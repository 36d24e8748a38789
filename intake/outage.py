"""Says when a door that we must go and look behind stays shut, and when it is open again: nobody finds out by chance.

What an outage is called hangs on when the source was last read, which is in the book: so a restart or a second
collector tells of the same one and not of another.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.storage.sessions import Book
from casework.storage.tables import Notice, Position
from channels import registry
from channels.errors import ChannelError, NeedsPerson
from intake.answer import alert_staff
from intake.desk import Desk

TOLD_AFTER = timedelta(minutes=5)
"""A server may be restarted without anybody being called; what only a person can mend is told at once."""

STALE_AFTER = timedelta(minutes=1)
"""A source that was not read for so long may have been told of as shut, by us or by whoever collected before us."""

UNWATCHED_AFTER = timedelta(minutes=10)
"""Whoever collects says itself what is wrong before this; after it, whoever collects is what is wrong."""

_DAY = timedelta(days=1)


@dataclass(slots=True)
class Outage:
    """What is known of one source's trouble; `since` is None while it works."""

    source: str
    since: datetime | None = field(default=None)

    def begin(self, book: Book, *, now: datetime) -> None:
        """Take up an outage that began before this process did."""
        read_at = _last_read(book, self.source)
        if read_at is not None and now - read_at > STALE_AFTER:
            self.since = read_at

    def failed(self, desk: Desk, error: ChannelError, *, now: datetime) -> None:
        """Note a failure, and tell staff once it has lasted, or at once where only a person can mend it; then daily."""
        urgent, read_at = isinstance(error, NeedsPerson), _last_read(desk.book, self.source)
        self.since = self.since or read_at or now
        if read_at is not None and not urgent:
            self.since = max(self.since, read_at)  # somebody else reads it meanwhile: it is our line that is broken
        lasted = now - self.since
        if lasted < TOLD_AFTER and not urgent:
            return
        sentence = (
            f"Nothing has come in from {_called(self.source)} since {_clock(desk, self.since)}. {error.sentence} "
            "What residents send waits there unread. Earshot goes on trying; earshot doctor says more."
        )
        with desk.book.transaction() as session:
            round = f"{self._name}:{lasted // _DAY}"
            alert_staff(session, desk, "mailbox", sentence, case=None, round=round, now=now)

    def ended(self, desk: Desk, *, now: datetime) -> None:
        """The source has been read: if staff were told that it was shut, they are told that it is open."""
        if self.since is None:
            return
        with desk.book.transaction() as session:
            if _was_told(session, self._name):
                sentence = (
                    f"Messages come in again from {_called(self.source)}. Nothing had since "
                    f"{_clock(desk, self.since)}: what was sent meanwhile is being read now."
                )
                alert_staff(session, desk, "mailbox", sentence, case=None, round=f"open:{self._name}", now=now)
        self.since = None

    @property
    def _name(self) -> str:
        return f"shut:{self.source}:{self.since:%Y-%m-%dT%H:%M:%S}"


def look_after(desk: Desk, sources: Iterable[str], *, now: datetime) -> None:
    """Tell staff of sources that nobody reads any more: whoever did may hang, or may not have been started."""
    for source in sources:
        read_at = _last_read(desk.book, source)
        if read_at is not None and now - read_at > UNWATCHED_AFTER:
            nobody = ChannelError("No worker has looked there: is python -m worker running?")
            Outage(source, since=read_at).failed(desk, nobody, now=now)


def _last_read(book: Book, source: str) -> datetime | None:
    with book.reading() as session:
        row = session.get(Position, source)
        return row.at if row is not None else None


def _was_told(session: Session, name: str) -> bool:
    told = select(Notice.id).where(
        Notice.case_id.is_(None), Notice.kind == "staff_alert", Notice.round.startswith(name, autoescape=True)
    )
    return session.scalar(told.limit(1)) is not None


def _called(source: str) -> str:
    channel, _, name = source.partition(":")
    label = registry.get(channel).description.label if channel in registry.names() else channel
    return f"{label} ({name})"


def _clock(desk: Desk, moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(desk.rules.policy.timezone)):%d %b %Y at %H:%M}"
