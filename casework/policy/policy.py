"""A landlord's complaints policy: what it promises, in its own words, and what it leaves unsaid."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, field_validator, model_validator

from casework.calendar import NATIONS
from casework.policy.code import TERM_NAMES, Code, CountedFrom, TermName, code, versions
from casework.policy.ombudsman import OmbudsmanContact, ombudsman_versions

State = Literal["stated", "unstated"]
Unit = Literal["working", "calendar", "unstated"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


class Term(_Table):
    """One time limit as the landlord's own document gives it; `clause` is the Code's clause that it answers.

    `unstated` means that the document does not say, and then the Code's figure applies. A stated term may still
    leave its unit or its start unsaid: days without a unit are read as calendar days, the reading that binds the
    landlord most, and a missing start as the Code's.
    """

    clause: str
    state: State
    days: PositiveInt | None = None
    unit: Unit = "unstated"
    counted_from: CountedFrom | None = Field(default=None, alias="from")
    heading: str = ""
    words: str = ""

    @property
    def stated(self) -> bool:
        return self.state == "stated"

    @model_validator(mode="after")
    def _says_what_it_states(self) -> Self:
        if self.stated and not (self.days and self.heading and self.words):
            raise ValueError("a stated term needs its days, and the heading and words that it rests on")
        if not self.stated and (self.days or self.counted_from):
            raise ValueError("an unstated term has no days and no start: the Code's figure applies")
        return self


class Stage(_Table):
    """A stage that the landlord's document names; the Code knows only 1 and 2."""

    number: int
    name: str
    heading: str = ""
    words: str = ""


class Escalation(_Table):
    """What the landlord asks of a resident who wants stage 2; `days` is a soft window and never bars a request."""

    state: State
    days: PositiveInt | None = None
    unit: Unit = "unstated"
    counted_from: Literal["decision", "received"] | None = Field(default=None, alias="from")
    reasons_required: bool = False
    heading: str = ""
    words: str = ""


class PrintedContact(_Table):
    """The Ombudsman's details as the landlord's own document prints them, right or stale."""

    web: str = ""
    phone: str = ""
    post: str = ""
    email: str = ""
    heading: str
    words: str


class Policy(_Table):
    """The complaints policy of one landlord, read from one TOML file."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    version: str = Field(min_length=1)
    title: str
    landlord: str
    nation: str
    code_version: str
    timezone: Literal["Europe/London"] = "Europe/London"
    failsafe_hour: int = Field(default=14, ge=6, le=20)
    staff_warnings_from_day: PositiveInt = 3
    progress_update_every: PositiveInt = 5
    ombudsman_key: str = Field(default="housing-ombudsman", alias="ombudsman")
    ombudsman_printed: PrintedContact | None = None
    emergency: Mapping[str, str]
    stages: tuple[Stage, ...]
    acknowledge_1: Term
    respond_1: Term
    extend_1: Term
    acknowledge_2: Term
    respond_2: Term
    extend_2: Term
    escalation: Escalation
    closures: Mapping[date, str] = Field(default_factory=dict)  # days off that are told, and do count

    @field_validator("nation")
    @classmethod
    def _nation_has_a_calendar(cls, nation: str) -> str:
        if nation not in NATIONS:
            raise ValueError(f"there is no calendar for {nation!r}; there are: {', '.join(NATIONS)}")
        return nation

    @field_validator("code_version")
    @classmethod
    def _code_is_known(cls, version: str) -> str:
        if version not in versions():
            raise ValueError(f"there is no edition {version!r} of the Code; there are: {', '.join(versions())}")
        return version

    @field_validator("ombudsman_key")
    @classmethod
    def _ombudsman_is_known(cls, key: str) -> str:
        try:
            ombudsman_versions(key)
        except LookupError as unknown:
            raise ValueError(str(unknown)) from unknown
        return key

    @field_validator("emergency")
    @classmethod
    def _emergency_has_a_general_line(cls, lines: Mapping[str, str]) -> Mapping[str, str]:
        if not {"general", "gas"} <= set(lines):
            raise ValueError("the emergency lines need at least 'general' and 'gas'")
        return lines

    @model_validator(mode="after")
    def _terms_answer_their_clauses(self) -> Self:
        for name in TERM_NAMES:
            clause = self.code.limit(name).clause
            if self.term(name).clause != clause:
                raise ValueError(f"{name} answers clause {clause} of the Code, not {self.term(name).clause}")
        return self

    @property
    def code(self) -> Code:
        """The edition of the Code that this policy is held against."""
        return code(self.code_version)

    @cached_property
    def stamp(self) -> str:
        """Name, version and a fingerprint of the content: what a clock keeps to say by which policy it was set."""
        return f"{self.name} {self.version} #{sha256(self.model_dump_json().encode()).hexdigest()[:8]}"

    @property
    def ombudsman(self) -> OmbudsmanContact:
        """The newest contact block; use `ombudsman_on` for what held on a given day."""
        return ombudsman_versions(self.ombudsman_key)[-1]

    def ombudsman_on(self, day: date) -> OmbudsmanContact:
        """The contact block that holds on `day` (the oldest known, for days before it)."""
        known = ombudsman_versions(self.ombudsman_key)
        return next((contact for contact in reversed(known) if contact.valid_from <= day), known[0])

    @property
    def emergency_line(self) -> str:
        """What every receipt says about emergencies: gas, then danger of any kind."""
        return f"{self.emergency['gas']} {self.emergency['general']}"

    def emergency_line_for(self, hazard: str) -> str:
        """The line for one hazard (`gas`, `fire` …); the general one where there is none of its own."""
        return self.emergency.get(hazard, self.emergency["general"])

    def term(self, name: TermName) -> Term:
        return getattr(self, name)  # type: ignore[no-any-return]
