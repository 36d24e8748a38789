"""What workers run for the notifier: thin functions that take ids, open the book, and call."""

from datetime import UTC, datetime

from casework.storage import delivery
from casework.storage.sessions import book
from notifier import sweep
from notifier.deliver import deliver

BATCH = 100


def deliver_notices(ids: list[int]) -> int:
    """Send the notices in `ids`, and whatever else is due by then."""
    return _deliver(ids, alerts=False)


def deliver_alerts(ids: list[int]) -> int:
    """Send the staff alerts in `ids`, and whatever other alert is due by then."""
    return _deliver(ids, alerts=True)


def settle_doubts(_ids: list[int]) -> int:
    """Settle what was cut off, what is in doubt, and what has failed."""
    return sweep.settle(book(), now=_now)


def _deliver(ids: list[int], *, alerts: bool) -> int:
    with book().reading() as session:
        due = delivery.due(session, now=_now(), limit=BATCH, alerts=alerts)
    return deliver(book(), list(dict.fromkeys([*ids, *due]))[:BATCH], now=_now)


def _now() -> datetime:
    return datetime.now(UTC)
