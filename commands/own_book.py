"""The landlord's book, for a command: brought up to date when opened, closed when the command is through."""

from collections.abc import Iterator
from contextlib import contextmanager

from casework.storage import schema
from casework.storage.sessions import Book, book


@contextmanager
def own_book() -> Iterator[Book]:
    ours = book()
    try:
        schema.upgrade(ours)
        yield ours
    finally:
        ours.close()
