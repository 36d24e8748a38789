"""Once a day each source is compared with the book: nothing is lost there without being noticed (law 9).

What waits there and was passed over is collected now; what the book has and still waits there is tidied up; what was
put away there and is not in the book is put to staff, since it may have been deleted here on purpose.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy.orm import Session

from casework.storage import ledger
from casework.storage.sessions import Book
from casework.storage.tables import Balance
from channels.channel import Accountable, Collected, Source
from channels.errors import ChannelError
from intake.answer import alert_staff
from intake.desk import Desk

log = logging.getLogger(__name__)

EVERY = timedelta(hours=24)
AGAIN_AFTER_TROUBLE = timedelta(hours=1)
SETTLED = timedelta(minutes=10)
"""What is younger may be on its way into the book at this moment, by another worker."""

OVERLAP = timedelta(hours=24)
"""How much longer than since the last time: a source's own dates may be off, and days are counted in its time zone."""

Store = Callable[[Session, Collected], None]


def is_due(book: Book, source: Source, *, now: datetime) -> bool:
    """Whether the source can be compared, and has not been for a day."""
    if not hasattr(source, "inventory"):
        return False
    with book.reading() as session:
        last = ledger.newest(session, source.name)
    return not last or now - last[0].at >= (AGAIN_AFTER_TROUBLE if last[0].trouble else EVERY)


def compare(desk: Desk, source: Source, store: Store, *, now: datetime) -> Balance:
    """Compare, make good, record, and tell staff where it does not balance.

    Raises ChannelError like any other use of the source; that it could not be compared is on record by then.
    """
    with desk.book.reading() as session:
        last = ledger.newest(session, source.name)
    since = min([row.at for row in last] + [now]) - OVERLAP
    try:
        return _compare(desk, cast(Accountable, source), store, since=since, now=now)
    except ChannelError as error:
        with desk.book.transaction() as session:
            ledger.record(session, source.name, since=since, now=now, trouble=error.sentence)
        raise


def tell_of_late_ones(desk: Desk, *, now: datetime) -> None:
    """Tell staff, once a day, of messages that have waited too long: whoever should read them hangs or does not run."""
    with desk.book.reading() as session:
        late = ledger.late(session, now=now)
    if not late:
        return
    sentence = (
        f"The ledger does not balance: {_messages(late)} waited for more than ten minutes and nobody has read "
        "them. Are the workers running?"
    )
    with desk.book.transaction() as session:
        alert_staff(session, desk, "ledger", sentence, case=None, round=f"late:{now:%Y-%m-%d}", now=now)


def _compare(desk: Desk, source: Accountable, store: Store, *, since: datetime, now: datetime) -> Balance:
    channel = source.name.partition(":")[0]
    held = set(source.inventory(since, until=now - SETTLED))
    with desk.book.reading() as session:
        known = ledger.known(session, channel, held)
    fetched = _recover(desk, source, store, held - known)
    tidied = source.tidy(known)
    missing = held - known - fetched
    digests = source.digests(missing) if missing else {}
    with desk.book.transaction() as session:
        by_bytes = ledger.known_by_bytes(session, channel, set(digests.values()))
        astray = {name for name in missing if digests.get(name) not in by_bytes}
        found = ledger.record(
            session,
            source.name,
            since=since,
            now=now,
            held=len(held),
            known=len(held) - len(fetched) - len(astray),
            fetched=len(fetched),
            tidied=tidied,
            astray=len(astray),
        )
        _tell(session, desk, found, now=now)
    return found


def _messages(count: int) -> str:
    return f"{count} {'message' if count == 1 else 'messages'}"


def _recover(desk: Desk, source: Accountable, store: Store, missing: set[str]) -> set[str]:
    fetched: set[str] = set()
    while wanted := missing - fetched:
        recovered = source.recover(wanted)
        names = {message.external_id for message in recovered.messages} & wanted
        with desk.book.transaction() as session:
            store(session, recovered)
        source.settle(recovered)
        fetched |= names
        if not names:
            break
    return fetched


def _tell(session: Session, desk: Desk, found: Balance, *, now: datetime) -> None:
    if found.fetched or found.astray:
        log.warning("%d messages had been passed over and %d are astray.", found.fetched, found.astray)
    if not found.astray:
        return
    sentence = (
        f"The ledger does not balance: {found.source.partition(':')[2]} holds {_messages(found.astray)} that the book "
        "has not. If the database was restored from a copy, move them back into the inbox and they are read again."
    )
    alert_staff(session, desk, "ledger", sentence, case=None, round=f"ledger:{found.source}:{now:%Y-%m-%d}", now=now)
