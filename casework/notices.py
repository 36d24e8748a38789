"""Every kind of notice, as the facts that it needs: a missing fact means it cannot be owed.

One frozen dataclass a kind; the kind is also the name of its template folder in `notifier/templates/`.
What each must say is in the Code; the clause stands beside the field that exists because of it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar, Protocol

from pydantic import TypeAdapter

from casework.said_in_chat import IN_A_CHAT, CaseStatus, Greeting, GroupDeclined, Prompt


class Facts(Protocol):
    """What every kind of notice offers; the dataclasses below are the kinds."""

    kind: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Ombudsman:
    """How to reach the Ombudsman: dated data of the policy, never free text in a template (Code 3.7)."""

    web: str
    phone: str
    post: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """We have your message: goes within a minute, and is not the Code's acknowledgement.

    `about` is a label of the classifier; `joined` says that the message was added to a case that was open
    already; `choice` offers the resident to call it a complaint (Code 1.3, 1.5). `emergency` is empty
    unless a hazard was read. `by_another` says that the message came from an address that is not the resident's.
    """

    kind: ClassVar[str] = "receipt"

    landlord: str
    reference: str
    spoken: str
    name: str
    received_at: datetime
    heard_by: str
    own_words: str
    about: str
    joined: bool
    choice: bool
    acknowledge_by: date | None
    emergency: str
    follow_link: str
    ombudsman: Ombudsman
    by_another: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Your complaint is acknowledged, defined and logged (Code 6.2 at stage 1, 6.11 at stage 2).

    `understanding` and `outcomes_sought` are the complaint definition (Code 5.6); `responsibility` says what is
    and is not ours (5.7). `in_own_words` is true when the fail-safe sends it with the resident's own words
    because nobody had confirmed it by the last safe hour.
    """

    kind: ClassVar[str] = "acknowledgement"

    landlord: str
    reference: str
    spoken: str
    name: str
    stage: int
    received_at: datetime
    understanding: str
    in_own_words: bool
    outcomes_sought: str
    responsibility: str
    handler_name: str
    handler_contact: str
    respond_by: date
    follow_link: str
    ombudsman: Ombudsman
    language: str = ""

    def __post_init__(self) -> None:
        for needed in ("understanding", "outcomes_sought", "responsibility", "handler_name", "handler_contact"):
            if not getattr(self, needed).strip():
                raise MissingFact(self.kind, needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressUpdate:
    """What has happened, what is next, and when you will hear again (Code 5.9)."""

    kind: ClassVar[str] = "progress_update"

    landlord: str
    reference: str
    spoken: str
    name: str
    happened: str
    next_step: str
    next_update: date | None
    respond_by: date | None
    handler_name: str
    handler_contact: str
    follow_link: str
    ombudsman: Ombudsman
    language: str = ""

    def __post_init__(self) -> None:
        for needed in ("happened", "next_step"):
            if not getattr(self, needed).strip():
                raise MissingFact(self.kind, needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLarge:
    """Your message was too large to be read, and a person will look at it: how to send it so that it is read."""

    kind: ClassVar[str] = "too_large"

    landlord: str
    name: str
    received_at: datetime
    subject: str
    largest: str
    form_link: str
    emergency: str
    ombudsman: Ombudsman


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesJoined:
    """Two of your cases are dealt with as one from now on, or as two again, and which dates hold (Code 6.8).

    `reference` is the case to quote from now on, `other` the one that was joined to it or parted from it.
    """

    kind: ClassVar[str] = "cases_joined"

    landlord: str
    reference: str
    spoken: str
    other: str
    name: str
    parted: bool
    by_resident: bool
    acknowledge_by: date | None
    respond_by: date | None
    follow_link: str
    ombudsman: Ombudsman


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCode:
    """A code that proves an address. Only its nonce is kept; the words are made when it leaves, and are not kept."""

    kind: ClassVar[str] = "contact_code"

    landlord: str
    reference: str
    nonce: str
    works_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardHeard:
    """To the colleague who forwarded a resident's mail: where it stands now, and no word of it (law 12)."""

    kind: ClassVar[str] = "forward_heard"

    landlord: str
    reference: str
    name: str
    joined: bool
    received_at: datetime
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAlert:
    """Something that a person must see: a hazard, a date that comes near, a message in quarantine."""

    kind: ClassVar[str] = "staff_alert"

    why: str
    sentence: str
    reference: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn:
    """What you asked of us has been passed on to a person; `about` is the button that asked it."""

    kind: ClassVar[str] = "passed_on"

    landlord: str
    reference: str
    spoken: str
    name: str
    about: str
    follow_link: str
    ombudsman: Ombudsman


class MissingFact(ValueError):
    """Raised when a notice is made without a fact that the Code wants in it."""

    def __init__(self, kind: str, fact: str) -> None:
        super().__init__(f"The {kind} cannot be sent without its {fact.replace('_', ' ')}: please fill it in.")
        self.kind = kind
        self.fact = fact


Kind = (
    Receipt
    | Acknowledgement
    | ProgressUpdate
    | TooLarge
    | CasesJoined
    | ContactCode
    | ForwardHeard
    | StaffAlert
    | PassedOn
    | Greeting
    | Prompt
    | CaseStatus
    | GroupDeclined
)

KINDS: dict[str, type[Kind]] = {
    made.kind: made
    for made in (
        Receipt,
        Acknowledgement,
        ProgressUpdate,
        TooLarge,
        CasesJoined,
        ContactCode,
        ForwardHeard,
        StaffAlert,
        PassedOn,
        *IN_A_CHAT,
    )
}

NOT_KEPT = frozenset({ContactCode.kind})
"""Kinds whose words are a secret: they go out, and the book keeps only that they did."""


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(KINDS[kind])


def as_json(facts: Kind) -> dict[str, Any]:
    """The facts as JSON values, to be kept in the outbox."""
    kept: dict[str, Any] = _adapter(facts.kind).dump_python(facts, mode="json")
    return kept


def from_json(kind: str, kept: dict[str, Any]) -> Kind:
    """The facts as they were when they were owed; raises KeyError for a kind there is not."""
    made: Kind = _adapter(kind).validate_python(kept)
    return made
