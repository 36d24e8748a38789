"""Step one: put a message in the book, raw and parsed, before anybody is told that we have it (law 1).

UNIQUE (channel, our address, external id) is the dedupe (law 2): of two that arrive at the same moment one
is stored, and both get the same answer.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from casework.storage import bell, errands, messages
from casework.storage.sessions import Book
from casework.storage.tables import Message, StoredAttachment
from channels import registry
from channels.message import InboundMessage
from channels.payloads import storable, storable_value
from intake.namesakes import name_of as _name
from intake.namesakes import set_apart

_ASKED_AT_ONCE = 500  # PostgreSQL runs out of stack over a list of ten thousand


@dataclass(frozen=True, slots=True)
class Accepted:
    """Where a message stands in the book; `new` is False for a further copy of one that we have."""

    id: int
    new: bool


def accept(book: Book, message: InboundMessage, *, now: datetime) -> Accepted:
    """Store one message; when this returns, it is committed."""
    return accept_all(book, [message], now=now)[0]


def accept_all(book: Book, arrived: Sequence[InboundMessage], *, now: datetime) -> list[Accepted]:
    """Store messages in one transaction, and ring once for those that are new."""
    if not arrived:
        return []
    with book.transaction() as session:
        return store(session, arrived, now=now)


def store(session: Session, arrived: Sequence[InboundMessage], *, now: datetime) -> list[Accepted]:
    """The same inside a transaction of the caller's, who also stores how far a source was read."""
    if not arrived:
        return []
    fresh = _insert_new(session, arrived, now=now)
    if len(fresh) < len(arrived):
        arrived, namesakes = set_apart(session, arrived, fresh)
        fresh |= _insert_new(session, namesakes, now=now)
    known = dict(fresh)
    if len(known) < len({_name(message) for message in arrived}):
        known |= _find(session, [message for message in arrived if _name(message) not in known])
    answers, attachments, fetched, told = [], [], [], set()
    for message in arrived:
        name = _name(message)
        new = name in fresh and name not in told
        told.add(name)
        answers.append(Accepted(known[name], new))
        if new:
            attachments += files_of(known[name], message)
            fetched += files_to_fetch(known[name], message, now=now)
    if attachments:
        session.execute(insert(StoredAttachment), attachments)
    errands.owe(session, fetched)
    # What a provider's list gives again was heard already: no copy of it has come.
    copies = zip(arrived, answers, strict=True)
    _count_copies(session, [one.id for message, one in copies if not (one.new or message.details.get("recovered"))])
    for answer in answers:
        if answer.new:
            bell.ring(session, bell.PROCESS_MESSAGES, answer)
    return answers


def keep_unreadable(
    book: Book, *, channel: str, our_address: str, raw: bytes, received_at: datetime, reason: str, now: datetime
) -> int:
    """Put a payload that no channel could read straight into quarantine, byte for byte (law 9)."""
    with book.transaction() as session:
        return store_unreadable(
            session,
            channel=channel,
            our_address=our_address,
            raw=raw,
            received_at=received_at,
            reason=reason,
            now=now,
        )


def store_unreadable(
    session: Session, *, channel: str, our_address: str, raw: bytes, received_at: datetime, reason: str, now: datetime
) -> int:
    """The same inside a transaction of the caller's."""
    digest = hashlib.sha256(raw).hexdigest()
    name = (channel, storable(our_address) or "unknown", f"unreadable:{digest}")
    row = _bare_row(name, received_at=received_at, raw=raw, kind="unreadable", now=now)
    fresh = _insert(session, [row])
    if not fresh:
        [known] = _find_names(session, [name]).values()
        _count_copies(session, [known])
        return known
    kept = session.get_one(Message, fresh[name])
    messages.quarantine(session, kept, storable(reason), now=now)
    return kept.id


def _insert_new(
    session: Session, arrived: Sequence[InboundMessage], *, now: datetime
) -> dict[tuple[str, str, str], int]:
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for message in arrived:
        if _name(message) not in rows:
            rows[_name(message)] = _row(message, now=now)
    return _insert(session, list(rows.values()))


def _insert(session: Session, rows: list[dict[str, Any]]) -> dict[tuple[str, str, str], int]:
    if not rows:
        return {}
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(Message)
        .on_conflict_do_nothing(index_elements=["channel", "our_address", "external_id"])
        .returning(Message.id, Message.channel, Message.our_address, Message.external_id)
    )
    stored = session.execute(statement, rows)
    return {(row.channel, row.our_address, row.external_id): row.id for row in stored}


def _row(message: InboundMessage, *, now: datetime) -> dict[str, Any]:
    name = _name(message)
    bare = _bare_row(name, received_at=message.received_at, raw=message.raw, kind=message.kind, now=now)
    return bare | columns_of(message)


def columns_of(message: InboundMessage) -> dict[str, Any]:
    """What its channel read in a message, as the book can hold it."""
    details = dict(message.details)
    for name in ("reply_to", "to", "cc", "problems"):
        if getattr(message, name):
            details[name] = list(getattr(message, name))
    if message.sent_at:
        details["sent_at"] = message.sent_at.isoformat()
    words = ("sender", "sender_name", "subject", "text", "new_text", "in_reply_to")
    return {word: storable(getattr(message, word)) for word in words} | {
        "kind": message.kind,
        "references": [storable(reference) for reference in message.references],
        "details": _json(details),
        "burst": storable(str(details["burst"]["key"])) if details.get("burst") else None,
    }


def _bare_row(
    name: tuple[str, str, str], *, received_at: datetime, raw: bytes, kind: str, now: datetime
) -> dict[str, Any]:
    return dict(zip(("channel", "our_address", "external_id"), name, strict=True)) | {
        "received_at": received_at,
        "accepted_at": now,
        "raw": raw,
        "raw_sha256": hashlib.sha256(raw).hexdigest(),
        "kind": kind,
        **dict.fromkeys(("sender", "sender_name", "subject", "text", "new_text", "in_reply_to"), ""),
        "references": [],
        "details": {},
        "next_try_at": now,
        "burst": None,
        "copies": 0,
        "state": "accepted",
        "reason": "",
        "attempts": 0,
        "model_version": "",
    }


def _json(details: dict[str, Any]) -> Any:
    # As every database can hold it: no NUL, no half of a surrogate pair, no infinity, nothing but JSON.
    return storable_value(json.loads(json.dumps(details, default=str), parse_constant=str))


def files_of(message_id: int, message: InboundMessage) -> list[dict[str, Any]]:
    """The files that came with a message, as the book can hold them."""
    return [
        {
            "message_id": message_id,
            "filename": storable(attachment.filename),
            "content_type": storable(attachment.content_type),
            "size": attachment.size,
            "inline": attachment.inline,
            "content": attachment.content,
        }
        for attachment in message.attachments
    ]


def files_to_fetch(message_id: int, message: InboundMessage, *, now: datetime) -> list[dict[str, Any]]:
    """What must still be fetched of the files that came with a message, as errands."""
    kept = message.details.get("media") or ()
    if not kept or registry.get(message.channel).fetch_medium is None:
        return []
    return [
        errands.row(
            message.channel, errands.FILE, f"{message_id}:{number}", now=now, message_id=message_id,
            details=_json(dict(medium)),
        )
        for number, medium in enumerate(kept)
    ]  # fmt: skip


def _find(session: Session, arrived: Sequence[InboundMessage]) -> dict[tuple[str, str, str], int]:
    return _find_names(session, [_name(message) for message in arrived])


def _find_names(session: Session, names: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], int]:
    columns = (Message.channel, Message.our_address, Message.external_id)
    found: dict[tuple[str, str, str], int] = {}
    for start in range(0, len(names), _ASKED_AT_ONCE):
        asked = select(Message.id, *columns).where(tuple_(*columns).in_(names[start : start + _ASKED_AT_ONCE]))
        found |= {(row.channel, row.our_address, row.external_id): row.id for row in session.execute(asked)}
    return found


def _count_copies(session: Session, ids: list[int]) -> None:
    for again, times in Counter(ids).items():
        session.execute(update(Message).where(Message.id == again).values(copies=Message.copies + times))
