"""What a channel folder offers. The registry builds a `Channel` from the names found in the folder.

A folder `channels/<name>/` holds

    __init__.py    a docstring only
    settings.py    DESCRIPTION: Description; Settings (pydantic-settings, prefix EARSHOT_); settings()
    inbound.py     read(raw, *, received_at, **context) -> InboundMessage, pure: no clock, no network
    outbound.py    send(message, *, now) -> Receipt, and ask(message, *, now) -> Receipt | None
                   where the provider can be asked whether it already has a message, and
                   reply_address(token) -> str where an answer can carry a token back   (optional file)
    webhook.py     HOOKS: tuple[Hook, ...]                                            (optional file)
    forward.py     original(message, *, ours, asked, authserv_id) -> Original | None: what somebody first
                   wrote, in a message that a colleague passed on                     (optional file)
    collect.py     source() -> Source | None: what must be fetched, None when not set up (optional file)
    media.py       fetch(medium) -> Attachment: a file kept at the provider, as it stands in a message's
                   details["media"]                                                   (optional file)
    recover.py     recover(external_id, *, now) -> InboundMessage | None: a message that was announced
                   without proof, as the provider itself has it                       (optional file)
    README.md      what it hears, what it needs, what it cannot do
    samples/       NAME.<ext> (a raw payload) beside NAME.json (the InboundMessage it must become)

What a channel may put into a message's `details` for the rest of the house:

    media          [{…}, …]: files kept at the provider, each as `fetch` of media.py wants it
    burst          {"key", "quiet"}: messages with the same key are one, until nothing has come for so many seconds
    way            {…}: what only the channel knows of the way back, given to `send` as OutboundMessage.way
    recovered      how it was heard where its own door had missed it; a second hearing is then no copy
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic_settings import BaseSettings

from channels.message import Attachment, InboundMessage, OutboundMessage, Receipt

MOST_BYTES_OF_A_FILE = 20 * 1024 * 1024
"""No provider's file is larger, but for what people cannot have meant to send."""

AddressKind = Literal["email", "phone", "telegram", "none"]


@dataclass(frozen=True, slots=True)
class Description:
    """What the rest of the house may know of a channel without importing it.

    `form` picks the template: `short` for texts and chats, `email` for mail. `answers` is False
    for a channel that only listens (the web form): its answers leave by the channel whose
    `address_kind` fits the address that the resident left. `buttons` is True where the choices of an
    OutboundMessage are shown; a pressed one comes in as a message with its data in `details["button"]`.
    """

    name: str
    label: str
    form: Literal["short", "email"]
    address_kind: AddressKind
    max_length: int | None = None
    answers: bool = True
    buttons: bool = False


@dataclass(frozen=True, slots=True)
class PushedRequest:
    """An HTTP request as a webhook sees it, free of any framework.

    `url` is the public address that the provider called, with its query, as it was signed.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    content_type: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """What one pushed request carried: messages, receipts, both or neither."""

    messages: tuple[InboundMessage, ...] = ()
    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say back to the provider once everything that it pushed is committed (law 1)."""

    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200


@dataclass(frozen=True, slots=True)
class Hook:
    """One pushed door: `read` verifies and reads (BadSignature, UnreadablePayload), `answer` replies.

    `read` gets the request and `now`; `answer` gets what was pushed, after it has been committed.
    """

    path: str
    read: Callable[[PushedRequest, datetime], Pushed]
    answer: Callable[[Pushed], Answer]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that a source holds and that could not be read: `raw` is all that there is of it.

    `too_large_for` is set where its sender can be told to send it in another way: the largest that is read, in bytes.
    """

    our_address: str
    raw: bytes
    reason: str
    too_large_for: int = 0


@dataclass(frozen=True, slots=True)
class Collected:
    """One batch from a source. `position` is stored with it; `handle` is the source's own, for `settle`.

    `remark` is a sentence that staff should hear: the source is not what it was.
    """

    position: dict[str, Any]
    messages: tuple[InboundMessage, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    more: bool = False
    remark: str = ""
    handle: Any = None


@dataclass(frozen=True, slots=True)
class Original:
    """What somebody first wrote, found in a message of a colleague who passed it on.

    `sent_at` is None where no date can be read. `external_id`, `references` and `attachments` are there only where it
    came whole. `note` is what the colleague wrote beside it. `proven` says whether the message is truly the
    colleague's; None where nobody can tell.
    """

    sender: str
    sender_name: str
    sent_at: datetime | None
    subject: str
    text: str
    new_text: str
    attachments: tuple[Attachment, ...] = ()
    external_id: str = ""
    references: tuple[str, ...] = ()
    note: str = ""
    proven: bool | None = None


class Unwrapper(Protocol):
    def __call__(
        self, message: InboundMessage, *, ours: Collection[str], asked: bool, authserv_id: str
    ) -> Original | None: ...


class Source(Protocol):
    """A door that we must go and look behind: a mailbox, a bot without a public address.

    Every method raises ChannelError, after which the source is closed and opened anew.
    """

    name: str

    def open(self) -> None: ...

    def close(self) -> None: ...

    def fetch(self, position: dict[str, Any] | None, *, limit: int, now: datetime) -> Collected:
        """What came after `position`, oldest first."""
        ...

    def settle(self, collected: Collected) -> None:
        """Tidy up at the source what has been committed (law 1: only then)."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait until there may be more, at most so long."""
        ...


class Accountable(Source, Protocol):
    """A source that can also be compared with the book (law 9); see `intake/balance.py`."""

    def inventory(self, since: datetime, *, until: datetime) -> Iterable[str]:
        """The external id of everything that came there in that time, be it collected or not."""
        ...

    def recover(self, external_ids: Collection[str]) -> Collected:
        """Some of these once more, if they wait there to be collected; also those that were passed over."""
        ...

    def tidy(self, external_ids: Collection[str]) -> int:
        """Tidy up those that are in the book and wait there all the same; gives how many."""
        ...

    def digests(self, external_ids: Collection[str]) -> dict[str, str]:
        """The SHA-256 of the bytes of each, to be known by where its name does not tell."""
        ...


class Reader(Protocol):
    def __call__(self, raw: bytes, *, received_at: datetime, **context: str) -> InboundMessage: ...


class Sender(Protocol):
    def __call__(self, message: OutboundMessage, *, now: datetime) -> Receipt: ...


class Asker(Protocol):
    def __call__(self, message: OutboundMessage, *, now: datetime) -> Receipt | None: ...


class ReplyAddress(Protocol):
    """Our address with a token in it, which comes back as `details["case_token"]`; '' where that is switched off."""

    def __call__(self, token: str) -> str: ...


class MediumFetcher(Protocol):
    def __call__(self, medium: Mapping[str, Any]) -> Attachment: ...


class Recoverer(Protocol):
    def __call__(self, external_id: str, *, now: datetime) -> InboundMessage | None: ...


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel folder as the registry found it; what it cannot do is None."""

    description: Description
    read: Reader
    settings: Callable[[], BaseSettings]
    send: Sender | None = None
    ask: Asker | None = None
    reply_address: ReplyAddress | None = None
    hooks: tuple[Hook, ...] = ()
    source: Callable[[], Source | None] | None = None
    fetch_medium: MediumFetcher | None = None
    recover: Recoverer | None = None
    original: Unwrapper | None = None

    @property
    def name(self) -> str:
        return self.description.name
