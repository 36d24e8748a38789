"""The journal: what happened, in order, so that any later change of the record shows.

Each line's hash covers the line and the hash of the line before it. A line holds identifiers and
decisions, never a body, a name or an address.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select, text
from sqlalchemy.orm import Session

from casework.storage.tables import Case, JournalLine, Message

GENESIS = "0" * 64
_PENDING = "earshot.journal"
_TABLE = cast(Table, JournalLine.__table__)
_LOCK = 0x4EA25407  # any fixed number: the advisory lock that PostgreSQL writers of the journal share


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold, and how."""

    seq: int
    sentence: str


def write(
    session: Session,
    event: str,
    *,
    at: datetime,
    actor: str = "earshot",
    case: Case | None = None,
    message: Message | None = None,
    case_id: int | None = None,
    **details: Any,
) -> None:
    """Put one line on the journal; it is chained when the transaction commits.

    A case or message may be new and without an id as yet; `case_id` serves where only the id is at hand.
    """
    session.info.setdefault(_PENDING, []).append((event, at, actor, case, message, case_id, details))


def seal(session: Session) -> None:
    """Chain the pending lines to the journal; called once, just before the commit.

    Writers wait for each other only here, and only until their commit.
    """
    pending = session.info.pop(_PENDING, [])
    if not pending:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    head = session.execute(select(JournalLine.seq, JournalLine.hash).order_by(JournalLine.seq.desc()).limit(1)).first()
    seq, previous = (head.seq, head.hash) if head else (0, GENESIS)
    rows = []
    for event, at, actor, case, message, case_id, details in pending:
        seq += 1
        row = {
            "seq": seq,
            "at": at,
            "event": event,
            "actor": actor,
            "case_id": case.id if case else case_id,
            "message_id": message.id if message else None,
            "details": details,
            "previous": previous,
        }
        previous = row["hash"] = _hash(row)
        rows.append(row)
    session.execute(insert(_TABLE), rows)  # the bare table: one statement, whichever ids are empty


def verify(session: Session) -> Iterator[Break]:
    """Every place where the chain does not hold; none means that nothing was changed or taken out."""
    expected, previous = 1, GENESIS
    for line in session.scalars(select(JournalLine).order_by(JournalLine.seq).execution_options(yield_per=1000)):
        if line.seq != expected:
            yield Break(line.seq, f"Line {expected} is missing: the journal jumps to line {line.seq}.")
        if line.previous != previous:
            yield Break(line.seq, f"Line {line.seq} does not follow the line before it.")
        row = {name: getattr(line, name) for name in _HASHED}
        if _hash(row) != line.hash:
            yield Break(line.seq, f"Line {line.seq} was changed after it was written.")
        expected, previous = line.seq + 1, line.hash


_HASHED = ("seq", "at", "event", "actor", "case_id", "message_id", "details", "previous")


def _hash(row: dict[str, Any]) -> str:
    said = {name: row[name] for name in _HASHED}
    said["at"] = row["at"].timestamp()
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
