"""What is said in a conversation and nowhere else: it belongs to no case, and loses its sense on any other way."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """Who we are and what can be said here; `language` is that of the buttons, an ISO 639 code."""

    kind: ClassVar[str] = "greeting"

    landlord: str
    emergency: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Please write now; `about` is the button that was pressed, `reference` the case that it will be added to.

    `cases` are those that it may be about, or about none of them: two matters must not end in one case by chance.
    """

    kind: ClassVar[str] = "prompt"

    landlord: str
    about: str
    reference: str
    cases: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class CaseLine:
    """Where one case stands, what comes next (a kind of clock, empty for nothing) and by when."""

    reference: str
    kind: str
    state: str
    next_step: str
    by: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStatus:
    """Where your cases stand: for the chat that asked and for no other address (law 12), so it has no case."""

    kind: ClassVar[str] = "case_status"

    landlord: str
    cases: tuple[CaseLine, ...]
    more: int
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDeclined:
    """Please write to us alone: what is said in a group is read by everybody in it."""

    kind: ClassVar[str] = "group_declined"

    landlord: str
    language: str


IN_A_CHAT = (Greeting, Prompt, CaseStatus, GroupDeclined)
