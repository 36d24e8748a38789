"""What is true of the whole book."""

from sqlalchemy.orm import Session

from casework.storage.tables import BookFact

_DEMO = "demo"


def is_demo(session: Session) -> bool:
    """Whether this book holds the demo neighbourhood and nothing real."""
    return session.get(BookFact, _DEMO) is not None


def mark_demo(session: Session) -> None:
    """Say that this book is the demo's, for ever."""
    session.merge(BookFact(name=_DEMO, value="yes"))
