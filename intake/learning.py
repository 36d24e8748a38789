"""What is done for the reader's sake without being asked: the blind sample of each week, the end of old examples."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from casework.settings import settings
from casework.storage import bell, examples, rereading
from casework.storage.sessions import Book


def ring_for_learning(book: Book, *, now: datetime) -> bool:
    """Ring if a week has no sample yet or an example has been kept for as long as it may be."""
    due = _is_due(book, now=now)
    if due:
        bell.ring_now(bell.TEND_LEARNING, [0])  # whoever hears it looks for itself
    return due


def tend(book: Book, *, now: datetime) -> int:
    """Delete the examples that are past their time, and draw this week's sample; returns how much was done."""
    if not _is_due(book, now=now):
        return 0
    with book.transaction() as session:
        done = examples.drop_expired(session, now=now)
    try:
        with book.transaction() as session:
            if _sample_is_wanted() and rereading.is_due(session, now=now):
                done += rereading.draw(session, size=settings().blind_sample, now=now)
    except IntegrityError:
        return done  # another worker has drawn it at the same moment
    return done


def _is_due(book: Book, *, now: datetime) -> bool:
    with book.reading() as session:
        wanted = _sample_is_wanted() and rereading.is_due(session, now=now)
        return wanted or examples.expired(session, now=now) is not None


def _sample_is_wanted() -> bool:
    return settings().blind_sample > 0
