"""The Complaint Handling Code as data: the figures that bind every landlord, whatever its policy says."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

CODES = Path(__file__).with_name("codes")

TermName = Literal["acknowledge_1", "respond_1", "extend_1", "acknowledge_2", "respond_2", "extend_2"]
TERM_NAMES: tuple[TermName, ...] = (
    "acknowledge_1",
    "respond_1",
    "extend_1",
    "acknowledge_2",
    "respond_2",
    "extend_2",
)

# What a term counts from: the day the landlord heard of it, the acknowledgement at stage 1, the day the resident
# asked for stage 2, the acknowledgement at stage 2, or (extensions) the date that was due.
CountedFrom = Literal["received", "acknowledged", "escalated", "acknowledged_2", "due"]


class Limit(BaseModel):
    """One duty of the Code: within `days` working days of `counted_from`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clause: str
    days: PositiveInt
    counted_from: CountedFrom = Field(alias="from")
    duty: str


class Code(BaseModel):
    """One edition of the Code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    title: str
    valid_from: date
    max_stages: int
    min_stages: int
    acknowledge_1: Limit
    respond_1: Limit
    extend_1: Limit
    acknowledge_2: Limit
    respond_2: Limit
    extend_2: Limit

    def limit(self, term: TermName) -> Limit:
        return getattr(self, term)  # type: ignore[no-any-return]


def versions() -> tuple[str, ...]:
    """The editions of the Code there are."""
    return tuple(sorted(found.stem for found in CODES.glob("*.toml")))


@cache
def code(version: str) -> Code:
    """An edition of the Code; raises LookupError naming the editions there are."""
    if version not in versions():
        raise LookupError(f"There is no edition {version!r} of the Code here. There are: {', '.join(versions())}.")
    return Code.model_validate(tomllib.loads((CODES / f"{version}.toml").read_text("utf-8")))
