"""The missed-complaint rate: of the messages not read as complaints, how many are, by people who read them unseen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.storage.learning_tables import Rereading
from casework.storage.tables import Message
from channels import registry
from reports.wilson import interval

LONDON = ZoneInfo("Europe/London")
ALL_CHANNELS = "All channels"
OVER_ALL = "Over all"
COLUMNS = ("Period", "Channel", "Reread", "Missed", "Can't tell", "Rate", "At least", "At most")
"""`At least` and `At most` are the ends of Wilson's 95 % interval of the rate."""

_QUARTERS = ("January to March", "April to June", "July to September", "October to December")


@dataclass(frozen=True, slots=True)
class Row:
    """One period and channel; those who cannot tell stand beside the rate, not in it."""

    period: str
    channel: str
    reread: int
    missed: int
    cannot_tell: int

    @property
    def rate(self) -> float | None:
        return self.missed / self.reread if self.reread else None

    @property
    def interval(self) -> tuple[float, float]:
        return interval(self.missed, self.reread)

    def cells(self) -> tuple[str | int, ...]:
        """As people read it, in the order of COLUMNS."""
        shares = [_percent(self.rate), *map(_percent, self.interval)] if self.rate is not None else ["", "", ""]
        return (self.period, self.channel, self.reread, self.missed, self.cannot_tell, *shares)


def table(session: Session) -> list[Row]:
    """Over all, then each quarter in which a message of the sample was received, the newest first."""
    answered = session.execute(
        select(Message.received_at, Message.channel, Rereading.answer)
        .join(Rereading, Rereading.message_id == Message.id)
        .where(Rereading.answer != "")
    ).all()
    quarters: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for row in answered:
        quarters.setdefault(_quarter(row.received_at), []).append((row.channel, row.answer))
    if not quarters:
        return []
    found = _rows(OVER_ALL, [one for those in quarters.values() for one in those])
    for (year, number), those in sorted(quarters.items(), reverse=True):
        found += _rows(f"{_QUARTERS[number]} {year}", those)
    return found


def _rows(period: str, answers: Sequence[tuple[str, str]]) -> list[Row]:
    by_channel: dict[str, list[str]] = {}
    for channel, said in answers:
        by_channel.setdefault(_name(channel), []).append(said)
    everything = _row(period, ALL_CHANNELS, (said for _, said in answers))
    return [everything, *(_row(period, name, by_channel[name]) for name in sorted(by_channel))]


def _row(period: str, channel: str, answers: Iterable[str]) -> Row:
    said = list(answers)
    yes, no = said.count("yes"), said.count("no")
    return Row(period, channel, yes + no, yes, len(said) - yes - no)


def _quarter(received: datetime) -> tuple[int, int]:
    local = received.astimezone(LONDON)
    return local.year, (local.month - 1) // 3


def _name(channel: str) -> str:
    return registry.get(channel).description.label if channel in registry.names() else channel


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"
