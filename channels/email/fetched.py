"""What a mailbox hands out: how far it was read, mails, those that it could not hand out, and what lies in it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a box has been read: everything up to `last_uid`, under the numbering `uidvalidity`."""

    uidvalidity: int
    last_uid: int


class Mail(NamedTuple):
    """One mail as the server keeps it; `internal_date` is when the server received it."""

    uid: int
    raw: bytes
    internal_date: datetime


class Unfetched(NamedTuple):
    """A mail that was seen but not read, which must be quarantined: too large, or the server could not hand it out."""

    uid: int
    size: int
    reason: str
    header: bytes
    too_large: bool = False


class Listed(NamedTuple):
    """A mail that lies in the box, `waits` in the inbox or else in Processed; `named` is its Message-ID field."""

    waits: bool
    uid: int
    size: int
    internal_date: datetime
    named: bytes

    @classmethod
    def of(cls, waits: bool, uid: int, data: dict[bytes, Any]) -> Self:
        field = next((value for name, value in data.items() if name.startswith(b"BODY[HEADER")), b"")
        return cls(waits, uid, int(data[b"RFC822.SIZE"]), data[b"INTERNALDATE"].astimezone(UTC), field or b"")


@dataclass(frozen=True, slots=True)
class Fetched:
    """One batch. `renumbered`: the box was re-created, so old mails come again; `more`: others wait."""

    cursor: Cursor
    mails: tuple[Mail, ...] = ()
    unfetched: tuple[Unfetched, ...] = ()
    renumbered: bool = False
    more: bool = False
