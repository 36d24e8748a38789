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
