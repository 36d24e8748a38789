"""Goes and looks behind the doors that nobody pushes: one thread a source, each with its own back-off.

What a source gives is committed together with how far it was read; only then is it tidied there (law 1).
A source that fails is closed and opened anew, later each time, and never stops the others.
"""

import logging
import random
import threading
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from casework.storage.sessions import Book, book
from casework.storage.tables import Position
from channels import registry
from channels.channel import Collected, Source
from channels.errors import ChannelError, Contested
from intake import contested
from intake.accept import store, store_unreadable

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


def collect_once(book: Book, source: Source, *, now: datetime, limit: int = TOGETHER) -> Collected:
    """One batch: fetched, committed with its position, then tidied at the source."""
    collected = source.fetch(_position(book, source), limit=limit, now=now)
    with book.transaction() as session:
        store(session, collected.messages, now=now)
        for item in collected.unreadable:
            store_unreadable(
                session,
                channel=source.name.partition(":")[0],
                our_address=item.our_address,
                raw=item.raw,
                received_at=now,
                reason=item.reason,
                now=now,
            )
        session.merge(Position(source=source.name, value=collected.position, at=now))
    source.settle(collected)
    return collected


def _collect(source: Source, stop: threading.Event) -> None:
    pause = _FIRST_PAUSE
    while not stop.is_set():
        try:
            source.open()
            while not stop.is_set():
                if not collect_once(book(), source, now=datetime.now(UTC)).more:
                    source.wait(WATCH_SECONDS)
                pause = _FIRST_PAUSE
        except Contested as error:
            log.error("A source is emptied by somebody else, too: %s", error.sentence)
            contested.tell_staff(book(), source.name, error, now=datetime.now(UTC))
        except ChannelError as error:
            log.warning("Collecting from a source failed, and will be tried again: %s", error.sentence)
        except SQLAlchemyError as error:
            log.warning("What was collected could not be stored (%s), and is collected again.", type(error).__name__)
        finally:
            source.close()
        # Jitter, so that boxes do not all come back in step; nothing secret hangs on it.
        stop.wait(pause * random.uniform(0.5, 1.5))  # noqa: S311
        pause = min(pause * 2, _LONGEST_PAUSE)


def _position(book: Book, source: Source) -> dict[str, object] | None:
    with book.reading() as session:
        row = session.get(Position, source.name)
        return row.value if row is not None else None
