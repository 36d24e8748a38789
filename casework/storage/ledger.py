"""The ledger (law 9): where everything that came in on a day ended, by channel, and whether each source agrees.

A day balances when everything in it has ended as exactly one thing, and no source holds what the book has not.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from casework.storage import waits
from casework.storage.tables import Balance, Message

ENDS = ("opened", "attached", "duplicate", "ignored", "quarantined", "waiting")
"""Every way in which an item can have ended; `waiting` is not one for long."""

SOON = timedelta(minutes=10)
"""What has waited for longer should have been read: something is wrong with whoever reads."""

_ASKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One channel's day: `ended` has a count for each of ENDS."""

    channel: str
    ended: dict[str, int]

    @property
    def seen(self) -> int:
        return sum(self.ended.values())


@dataclass(frozen=True, slots=True)
class Day:
    """What came in between two moments; `late` of it should have ended by now and has not."""

    lines: tuple[Line, ...]
    late: int
    balances: tuple[Balance, ...] = field(default=())

    @property
    def total(self) -> Line:
        return Line("", {end: sum(line.ended[end] for line in self.lines) for end in ENDS})

    @property
    def agrees(self) -> bool:
        """Whether nothing is late or astray, and every source could be asked."""
        return self.late == 0 and all(row.astray == 0 and not row.trouble for row in self.balances)


def of_day(session: Session, *, since: datetime, until: datetime, now: datetime) -> Day:
    """The ledger of everything accepted from `since` until `until`, as it stands at `now`."""
    then = (Message.accepted_at >= since, Message.accepted_at < until)
    rows = session.execute(
        select(Message.channel, func.coalesce(Message.outcome, "waiting"), func.count(), func.sum(Message.copies))
        .where(*then)
        .group_by(Message.channel, Message.outcome)
        .order_by(Message.channel)
    ).all()
    lines: dict[str, Line] = {}
    for channel, outcome, messages, copies in rows:
        ended = lines.setdefault(channel, Line(channel, dict.fromkeys(ENDS, 0))).ended
        ended[outcome] += messages
        ended["duplicate"] += int(copies or 0)
    waiting = late(session, then, now=now)
    return Day(tuple(lines.values()), waiting, tuple(_of_day(session, since, until)))


def late(session: Session, then: Sequence[ColumnElement[bool]] = (), *, now: datetime) -> int:
    """How many messages have waited for so long that something must be wrong; costs what waits."""
    return session.scalar(select(func.count()).where(waits.ACCEPTED, *then, Message.accepted_at < now - SOON)) or 0


def _of_day(session: Session, since: datetime, until: datetime) -> list[Balance]:
    """The last comparison of each source on that day."""
    newest = (
        select(func.max(Balance.id)).where(Balance.at >= since, Balance.at < until).group_by(Balance.source).subquery()
    )
    return list(session.scalars(select(Balance).where(Balance.id.in_(select(newest))).order_by(Balance.source)))


def newest(session: Session, source: str | None = None) -> list[Balance]:
    """The last comparison of each source, or of this one."""
    last = select(func.max(Balance.id)).group_by(Balance.source)
    if source is not None:
        last = last.where(Balance.source == source)
    return list(session.scalars(select(Balance).where(Balance.id.in_(last)).order_by(Balance.source)))


def record(
    session: Session,
    source: str,
    *,
    since: datetime,
    now: datetime,
    held: int = 0,
    known: int = 0,
    fetched: int = 0,
    tidied: int = 0,
    astray: int = 0,
    trouble: str = "",
) -> Balance:
    """Keep one comparison of a source with the book."""
    row = Balance(
        source=source,
        since=since,
        at=now,
        held=held,
        known=known,
        fetched=fetched,
        tidied=tidied,
        astray=astray,
        trouble=trouble,
    )
    session.add(row)
    return row


def known(session: Session, channel: str, external_ids: Collection[str]) -> set[str]:
    """Those of `external_ids` that the book has, to whichever of our addresses they came."""
    found: set[str] = set()
    names = list(external_ids)
    for start in range(0, len(names), _ASKED_AT_ONCE):
        wanted = Message.external_id.in_(names[start : start + _ASKED_AT_ONCE])
        found |= set(session.scalars(select(Message.external_id).where(Message.channel == channel, wanted)))
    return found


def known_by_bytes(session: Session, channel: str, digests: Collection[str]) -> set[str]:
    """Those of these SHA-256 sums whose payload the book has, under whatever name."""
    if not digests:
        return set()
    names = {f"unreadable:{digest}" for digest in digests}
    return {name.removeprefix("unreadable:") for name in known(session, channel, names)}
