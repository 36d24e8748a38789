"""Finds in the book whatever the bell did not say: messages that wait, and clocks whose time has come (law 3)."""

from datetime import datetime

from casework.storage import bell, messages
from casework.storage.sessions import Book
from intake.watch import due_for_a_look

_MANY = 400


def ring_for_waiting(book: Book, *, now: datetime) -> int:
    """Ring for waiting messages and for clocks to look at; returns how many it found."""
    with book.reading() as session:
        waiting = messages.waiting(session, now=now, limit=_MANY)
        looks = due_for_a_look(session, now=now, limit=1)
    bell.ring_now(bell.PROCESS_MESSAGES, waiting)
    bell.ring_now(bell.WATCH_CLOCKS, looks)
    return len(waiting) + len(looks)
