"""When a message first reached the landlord or any of its staff: the clock starts there, not at the keyboard.

The Code counts from receipt by any member of staff and by any means (Code 3.2, 5.12), so what staff
type in on Monday about Friday's call carries Friday's time.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_EARLIEST_YEAR = 2000  # before it stands a slip of the keyboard


class ImpossibleTime(ValueError):
    """Raised when a time of receipt cannot be true; the sentence says what to enter."""


def comes_twice(written: str) -> bool:
    """Whether London's clocks show this time twice, on the night on which they go back."""
    moment = _local(written)
    return moment is not None and moment.replace(fold=0).utcoffset() > moment.replace(fold=1).utcoffset()  # type: ignore[operator]


def never_comes(written: str) -> bool:
    """Whether London's clocks jump over this time, on the night on which they go forward."""
    moment = _local(written)
    return moment is not None and moment.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) != moment.replace(
        tzinfo=None
    )


def second_time(written: str) -> str:
    """The later of the two moments, with its zone."""
    return datetime.fromisoformat(written).replace(tzinfo=LONDON, fold=1).isoformat()


def _local(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return None if moment.tzinfo else moment.replace(tzinfo=LONDON)


def received(written: str, *, now: datetime) -> datetime:
    """The time of receipt in UTC; a time without a zone is London's. Raises ImpossibleTime."""
    if not written:
        raise ImpossibleTime("Enter when the resident first told us, or any of our staff")
    try:
        moment = datetime.fromisoformat(written)
        local = moment if moment.tzinfo else moment.replace(tzinfo=LONDON)
        found = local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ImpossibleTime("Enter a real date and time, like 20 November 2026, 4:40pm") from error
    if found.year < _EARLIEST_YEAR:
        raise ImpossibleTime("Check the year in which the resident told us")
    if found > now:
        raise ImpossibleTime("The time when the resident told us must be in the past")
    return found
