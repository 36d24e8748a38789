"""How a book stands, looked at from outside while the house works on it."""

from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from casework.storage import journal, messages
from casework.storage.sessions import Book
from casework.storage.tables import Case

T = TypeVar("T")


def whole(book: Book) -> list[Case]:
    """Every case in the book, oldest first, as it stands now, with all that belongs to it."""
    parts = (
        selectinload(Case.messages),
        selectinload(Case.clocks),
        selectinload(Case.notices),
        joinedload(Case.person),
        joinedload(Case.handler),
    )
    with book.reading() as session:
        return free(session, list(session.scalars(select(Case).options(*parts).order_by(Case.id))))


def check_the_books(book: Book) -> None:
    """The journal's chain holds, the ledger balances, and nothing waits (laws 9 and 11)."""
    with book.reading() as session:
        assert list(journal.verify(session)) == []
        parts = messages.ledger(session, since=datetime(2000, 1, 1, tzinfo=UTC), until=datetime.now(UTC))
    assert parts.pop("seen") == sum(parts.values())
    assert parts["waiting"] == 0


def free(session: Session, rows: T) -> T:
    """The rows, to be looked at after the session has ended, as they stood in it."""
    session.expunge_all()
    return rows
