"""The five things that cross the edge of the house: all frozen, every time aware."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

MessageKind = Literal["message", "auto_reply", "bounce", "empty"]
ReceiptStatus = Literal["accepted", "delivered", "failed"]

MOST_DATA = 64
"""Bytes that come back with a pressed button: no chat that we know of carries more."""


def _require_aware(name: str, moment: datetime | None) -> None:
    if moment is not None and moment.tzinfo is None:
        raise ValueError(f"{name} has no time zone: {moment!r}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message; `content` is the decoded bytes."""

    filename: str
    content_type: str
    content: bytes
    inline: bool = False

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message as a channel heard it.

    `(channel, our_address, external_id)` names it for ever: the same three mean the same message.
    `raw` is the payload byte for byte. `text` is the whole decoded body, `new_text` what the sender
    wrote this time (no quoted history, no signature). `sender` is normalised so that equal senders
    compare equal: lower-case e-mail, E.164 phone, decimal chat id; empty when anonymous.
    `received_at` is when the landlord or any of its staff first got it, which can be long before
    it was typed in (Code 5.12). `details` holds what only this channel knows, as JSON values.
    """

    channel: str
    our_address: str
    external_id: str
    received_at: datetime
    raw: bytes
    text: str
    new_text: str
    sender: str = ""
    sender_name: str = ""
    kind: MessageKind = "message"
    subject: str = ""
    sent_at: datetime | None = None
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    problems: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require_aware("received_at", self.received_at)
        _require_aware("sent_at", self.sent_at)
        if not (self.channel and self.our_address and self.external_id):
            raise ValueError("A message needs its channel, our address and an external id to be known again.")


@dataclass(frozen=True, slots=True)
class Choice:
    """A button under a message: the words on it, and what comes back when it is pressed (at most 64 bytes)."""

    label: str
    data: str

    def __post_init__(self) -> None:
        if not self.label or not 0 < len(self.data.encode()) <= MOST_DATA:
            raise ValueError(f"A choice needs a label, and data of 1 to {MOST_DATA} bytes: {self.data!r}")


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One rendered notice, ready to leave.

    `key` is the notice's own idempotent name (a keyed hash of its outbox row, [a-z0-9]{32}): e-mail
    makes its Message-ID of it, SMS puts it in the status call-back's address. `reply_to` is where
    an answer is asked to come to, unless that is simply our address. `first_tried_at` is set when the
    message may already have gone and is being asked about. `choices` are buttons, for channels that
    have them. `way` is the `details["way"]` of the message that is answered, as its own channel put
    it there.
    """

    key: str
    channel: str
    to: str
    text: str
    subject: str = ""
    html: str = ""
    to_name: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""
    first_tried_at: datetime | None = None
    choices: tuple[Choice, ...] = ()
    way: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require_aware("first_tried_at", self.first_tried_at)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider said of a message that we sent.

    Tied to its notice by `key` (ours) or `provider_id` (theirs); at least one is set. `accepted`
    means the provider has taken it over, `delivered` is its proof of delivery, `failed` is final; `stopped` says
    that it failed since the owner of the address wants nothing of ours. `moved_to` is the address that the one we
    wrote to has become, where the provider says so.
    """

    channel: str
    status: ReceiptStatus
    at: datetime
    key: str = ""
    provider_id: str = ""
    detail: str = ""
    permanent: bool = False
    raw: bytes = b""
    moved_to: str = ""
    stopped: bool = False

    def __post_init__(self) -> None:
        _require_aware("at", self.at)
        if not (self.key or self.provider_id):
            raise ValueError("A receipt needs our key or the provider's id.")
