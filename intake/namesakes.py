"""Two mails of one name: a mail program that uses a Message-ID twice must not make the second letter vanish (law 9).

The name that a provider gives is believed. A Message-ID is the sender's own word, so what stands in the two decides:
the same words, or the same with a footer more, are one message; other words are another.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from casework.storage.tables import Message
from channels.message import InboundMessage
from channels.payloads import storable

Name = tuple[str, str, str]

_ASKED_AT_ONCE = 500  # PostgreSQL runs out of stack over a list of ten thousand
_TELLING = 2000
"""Characters that are compared: the same two thousand are not written twice by chance."""


def set_apart(
    session: Session, arrived: Sequence[InboundMessage], fresh: Collection[Name]
) -> tuple[list[InboundMessage], list[InboundMessage]]:
    """`arrived`, with a name of its own for each that only shares its name with one that is stored; and those alone."""
    doubtful = [message for message in arrived if _is_the_senders_word(message)]
    if not doubtful:
        return list(arrived), []
    stored = _stored(session, {name_of(message) for message in doubtful})
    named, namesakes, first = [], [], set(fresh)
    for message in arrived:
        name = name_of(message)
        if name in first:
            first.discard(name)  # the one that was stored just now
        elif name in stored and not _is_the_same(message, *stored[name]):
            digest = hashlib.sha256(_words(message).encode("utf-8", "replace")).hexdigest()[:16]
            message = replace(message, external_id=f"{message.external_id} {digest}")
            namesakes.append(message)
        named.append(message)
    return named, namesakes


def name_of(message: InboundMessage) -> Name:
    """What a message is known by for ever."""
    return storable(message.channel), storable(message.our_address), storable(message.external_id)


def _is_the_senders_word(message: InboundMessage) -> bool:
    return message.external_id.startswith("<")


def _is_the_same(message: InboundMessage, digest: str, words: str) -> bool:
    """The same bytes are the same message, even if another version read them otherwise, or its words were deleted."""
    return hashlib.sha256(message.raw).hexdigest() == digest or _same(words, _words(message))


def _stored(session: Session, names: set[Name]) -> dict[Name, tuple[str, str]]:
    columns, wanted = (Message.channel, Message.our_address, Message.external_id), list(names)
    stored: dict[Name, tuple[str, str]] = {}
    for start in range(0, len(wanted), _ASKED_AT_ONCE):
        some = tuple_(*columns).in_(wanted[start : start + _ASKED_AT_ONCE])
        rows = session.execute(select(*columns, Message.raw_sha256, Message.subject, Message.text).where(some))
        stored |= {(row[0], row[1], row[2]): (row.raw_sha256, _plain(f"{row.subject} {row.text}")) for row in rows}
    return stored


def _words(message: InboundMessage) -> str:
    return _plain(f"{storable(message.subject)} {storable(message.text)}")


def _plain(words: str) -> str:
    return "".join(words.split())[:_TELLING]


def _same(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and len(short) * 2 >= len(long)
