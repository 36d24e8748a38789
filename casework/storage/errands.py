"""What is still to be fetched at a provider: files of messages, and messages that nobody has proved yet.

An errand is taken by a conditional UPDATE that puts off its next try, so that of two collectors one goes, and one
that dies on the way is followed by the next.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from casework.storage.errand_table import Errand

Outcome = Literal["kept", "duplicate", "unknown", "given_up"]

FILE, MESSAGE = "file", "message"

LASTS = timedelta(minutes=5)
"""So long an errand may take; then whoever took it has ended, and another goes."""

BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (20, 60, 300, 1800, 7200, 21_600, 43_200))
"""About a day in all: as long as a provider's bad day, and short enough for a person to ask the resident again."""

_WAITING = text("errand.ended_at IS NULL")  # in the very words of the partial index


def row(
    channel: str, what: str, name: str, *, now: datetime, message_id: int | None = None, details: Any = None
) -> dict[str, Any]:
    """An errand as `owe` stores it."""
    return {
        "channel": channel,
        "what": what,
        "name": name,
        "message_id": message_id,
        "details": dict(details or {}),
        "created_at": now,
        "next_try_at": now,
        "attempts": 0,
        "outcome": "",
        "reason": "",
    }


def owe(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep errands; one that stands there already stays as it is."""
    if rows:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        unique = ["channel", "what", "name"]
        session.execute(dialect.insert(Errand).on_conflict_do_nothing(index_elements=unique), list(rows))


def announced_since(session: Session, since: datetime) -> int:
    """How many messages were announced without proof since then."""
    those = select(func.count()).select_from(Errand).where(text("errand.what = 'message'"), Errand.created_at >= since)
    return session.scalar(those) or 0


def take(session: Session, *, now: datetime, limit: int) -> list[Errand]:
    """Errands whose time has come, each now this caller's for `LASTS`."""
    due = select(Errand).where(_WAITING, Errand.next_try_at <= now).order_by(Errand.next_try_at, Errand.id)
    found = list(session.scalars(due.limit(limit).with_for_update(of=Errand, skip_locked=True)))
    for errand in found:
        errand.attempts += 1
        errand.next_try_at = now + LASTS
    return found


def is_waiting(session: Session, *, now: datetime) -> bool:
    """Whether there is any errand whose time has come."""
    return session.scalar(select(Errand.id).where(_WAITING, Errand.next_try_at <= now).limit(1)) is not None


def end(session: Session, errand: Errand, outcome: Outcome, *, now: datetime, reason: str = "") -> bool:
    """Say how an errand ended; False when somebody has said so before."""
    ended = session.execute(
        update(Errand)
        .where(Errand.id == errand.id, Errand.ended_at.is_(None))
        .values(ended_at=now, outcome=outcome, reason=reason)
        .returning(Errand.id)
        .execution_options(synchronize_session=False)
    )
    return ended.first() is not None


def put_off(session: Session, errand: Errand, reason: str, *, now: datetime) -> None:
    """Try again later, further apart each time."""
    later = now + BACK_OFF[min(errand.attempts, len(BACK_OFF)) - 1]
    session.execute(
        update(Errand)
        .where(Errand.id == errand.id, Errand.ended_at.is_(None))
        .values(next_try_at=later, reason=reason)
        .execution_options(synchronize_session=False)
    )


def is_hopeless(errand: Errand) -> bool:
    """Whether it has been tried as often as makes sense."""
    return errand.attempts > len(BACK_OFF)
