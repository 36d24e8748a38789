"""Goes and looks behind the doors that nobody pushes: one thread a source, each with its own back-off.

What a source gives is committed together with how far it was read; only then is it tidied there (law 1).
A source that fails is closed and opened anew, later each time, and never stops the others; staff hear of it.
"""

import logging
import random
import threading
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from casework.storage import journal
from casework.storage.sessions import Book, book
from casework.storage.tables import Position
from casework.storage.trouble import passes, where
from channels import registry
from channels.channel import Collected, Source, Unreadable
from channels.errors import ChannelError, Contested
from channels.message import InboundMessage
from intake import balance, contested, too_large
from intake.accept import store, store_unreadable
from intake.answer import alert_staff
from intake.desk import desk
from intake.outage import Outage, look_after

log = logging.getLogger(__name__)

TOGETHER = 50
WATCH_SECONDS = 10.0
"""A server may keep the news of a mail to itself; looking costs under a millisecond, and a receipt has a minute."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


def sources() -> list[Source]:
    """Every source that is set up."""
    found = (channel.source() for channel in registry.every() if channel.source is not None)
    return [source for source in found if source is not None]


def run_forever(stop: threading.Event) -> None:
    """Collect from every source until `stop` is set; returns at once when there is none."""
    threads = [threading.Thread(target=_collect, args=(source, stop), name=source.name) for source in sources()]
    for thread in threads:
        thread.daemon = True
        thread.start()
    for thread in threads:
        while thread.is_alive() and not stop.wait(0.5):
            pass


def look_after_sources(*, now: datetime) -> None:
    """Tell staff of sources that are set up and that nobody reads, and of messages that nobody processes."""
    balance.tell_of_late_ones(desk(), now=now)
    look_after(desk(), [source.name for source in sources()], now=now)


def collect_once(book: Book, source: Source, *, now: datetime, limit: int = TOGETHER) -> Collected:
    """One batch: fetched, committed with its position, then tidied at the source."""
    collected = source.fetch(_position(book, source), limit=limit, now=now)
    try:
        with book.transaction() as session:
            _store(session, source, collected, now=now)
    except SQLAlchemyError as error:
        if passes(error):
            raise
        log.error("A batch is stored one by one: %s", where(error))
        _store_one_by_one(book, source, collected, now=now)
    source.settle(collected)
    return collected


def _store(session: Session, source: Source, collected: Collected, *, now: datetime) -> None:
    _store_again(source, session, collected, now=now)
    if collected.remark:
        _remark(session, source, collected, now=now)
    session.merge(Position(source=source.name, value=collected.position, at=now))


def _store_one_by_one(book: Book, source: Source, collected: Collected, *, now: datetime) -> None:
    """The same, each message by itself: one that the book does not take is kept as bytes, and the others come in."""
    for message in collected.messages:
        try:
            with book.transaction() as session:
                store(session, [message], now=now)
        except SQLAlchemyError as error:
            if passes(error):
                raise
            with book.transaction() as session:
                _set_aside(session, source, _as_bytes(message, error), now=now)
    with book.transaction() as session:
        _store(
            session, source, Collected(collected.position, (), collected.unreadable, remark=collected.remark), now=now
        )


def _as_bytes(message: InboundMessage, error: SQLAlchemyError) -> Unreadable:
    return Unreadable(
        message.our_address, message.raw, f"The book did not take what was read ({type(error).__name__})."
    )


def _set_aside(session: Session, source: Source, item: Unreadable, *, now: datetime) -> None:
    """Quarantine what could not be read, tell staff, and answer whoever sent something too large."""
    channel = source.name.partition(":")[0]
    number = store_unreadable(
        session, channel=channel, our_address=item.our_address, raw=item.raw, received_at=now, reason=item.reason,
        now=now,
    )  # fmt: skip
    ours = desk()
    sentence = "Something came in that could not be read. Please look at it in the quarantine."
    round = f"set_aside:{source.name}:{now:%Y-%m-%dT%H}"
    alert_staff(session, ours, "quarantine", sentence, case=None, round=round, now=now)
    too_large.answer(session, ours, channel, item, number, now=now)


def _remark(session: Session, source: Source, collected: Collected, *, now: datetime) -> None:
    journal.write(session, "source_changed", at=now, source=source.name.partition(":")[0])
    round = f"changed:{source.name}:{sorted(collected.position.items())}"
    alert_staff(session, desk(), "mailbox", collected.remark, case=None, round=round, now=now)


def _collect(source: Source, stop: threading.Event) -> None:
    pause, outage = _FIRST_PAUSE, Outage(source.name)
    while not stop.is_set():
        try:
            outage.begin(book(), now=datetime.now(UTC))
            source.open()
            while not stop.is_set():
                collected = collect_once(book(), source, now=datetime.now(UTC))
                outage.ended(desk(), now=datetime.now(UTC))
                if not collected.more:
                    _compare_when_due(source)
                    source.wait(WATCH_SECONDS)
                pause = _FIRST_PAUSE
        except Exception as error:  # whatever it is, the next try may go well: a thread that ended would never try
            _note(outage, error)
        finally:
            source.close()
        # Jitter, so that boxes do not all come back in step; nothing secret hangs on it.
        stop.wait(pause * random.uniform(0.5, 1.5))  # noqa: S311
        pause = min(pause * 2, _LONGEST_PAUSE)


def _compare_when_due(source: Source) -> None:
    """Once a day, over the connection that is open anyway, and when nothing else is to be read."""
    now = datetime.now(UTC)
    if balance.is_due(book(), source, now=now):
        balance.compare(desk(), source, partial(_store_again, source, now=now), now=now)


def _store_again(source: Source, session: Session, collected: Collected, *, now: datetime) -> None:
    store(session, collected.messages, now=now)
    for item in collected.unreadable:
        _set_aside(session, source, item, now=now)


def _note(outage: Outage, error: Exception) -> None:
    if isinstance(error, SQLAlchemyError):
        log.warning("What was collected could not be stored (%s), and is collected again.", type(error).__name__)
        return
    if isinstance(error, Contested):
        log.error("A source is emptied by somebody else, too: %s", error.sentence)
        contested.tell_staff(book(), outage.source, error, now=datetime.now(UTC))
        return
    if not isinstance(error, ChannelError):
        log.error("Collecting from a source failed unforeseen: %s", where(error))
        error = ChannelError(f"Earshot could not go on there ({type(error).__name__}).")
    else:
        log.warning("Collecting from a source failed, and will be tried again: %s", error.sentence)
    try:
        outage.failed(desk(), error, now=datetime.now(UTC))
    except SQLAlchemyError as trouble:
        log.warning("Staff could not be told of it (%s).", type(trouble).__name__)


def _position(book: Book, source: Source) -> dict[str, object] | None:
    with book.reading() as session:
        row = session.get(Position, source.name)
        return row.value if row is not None else None
