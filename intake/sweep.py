"""Finds in the book whatever the bell did not say: messages that wait, and clocks whose time has come (law 3).

New cases to be compared with others have no bell of their own: nobody waits for it, and a second later is soon enough.
"""

from datetime import datetime

from sqlalchemy import select

from casework.storage import bell, messages
from casework.storage.sessions import Book
from casework.storage.tables import Case
from casework.storage.waits import TO_COMPARE
from intake.watch import due_for_a_look

_MANY = 400


def ring_for_waiting(book: Book, *, now: datetime) -> int:
    """Ring for waiting messages, clocks to look at and cases to compare; returns how many it found."""
    with book.reading() as session:
        waiting = messages.waiting(session, now=now, limit=_MANY)
        looks = due_for_a_look(session, now=now, limit=1)
        new = list(session.scalars(select(Case.id).where(TO_COMPARE).limit(1)))
    bell.ring_now(bell.PROCESS_MESSAGES, waiting)
    bell.ring_now(bell.WATCH_CLOCKS, looks)
    bell.ring_now(bell.COMPARE_CASES, new)
    return len(waiting) + len(looks) + len(new)
