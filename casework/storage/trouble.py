"""What went wrong, told without a resident's words, and whether waiting helps."""

import traceback
from pathlib import Path

from sqlalchemy.exc import InterfaceError, OperationalError

_HOUSE = Path(__file__).parents[2]

# SQLSTATE classes: the connection is gone, a deadlock or a lost race, resources, locks, an operator, the system.
_PASSING_CLASSES = ("08", "40", "53", "55", "57", "58")
_PASSING_WORDS = ("database is locked", "database table is locked", "disk i/o", "unable to open", "disk is full")


def where(error: BaseException) -> str:
    """An error's kind and where in the house it arose, without its words, which may quote a resident (law 12)."""
    ours = [place for frame in traceback.extract_tb(error.__traceback__) if (place := _place(frame))]
    return f"{type(error).__name__} at {ours[-1]}" if ours else type(error).__name__


def _place(frame: traceback.FrameSummary) -> str:
    path = Path(frame.filename)
    if not path.is_relative_to(_HOUSE) or "site-packages" in path.parts:
        return ""
    return f"{path.relative_to(_HOUSE)}:{frame.lineno}"


def passes(error: BaseException) -> bool:
    """Whether the book itself is in trouble, for now: no message and no notice is to blame for it."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return str(state).startswith(_PASSING_CLASSES)
    said = str(error.orig).lower()
    # Without a state, psycopg speaks of the connection itself; SQLite has words only.
    return any(words in said for words in _PASSING_WORDS) or type(error.orig).__module__.startswith("psycopg")
