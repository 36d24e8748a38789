"""What casework needs to know of a reading, whoever made it: a classifier or a person."""

from collections.abc import Sequence
from dataclasses import dataclass

COMPLAINT = "complaint"

_SAID = {"damp_mould": "damp and mould", "structural": "something structural"}


@dataclass(frozen=True, slots=True)
class Reading:
    """`kind` is the label that governs; `review` means that a person or the resident must decide (law 6)."""

    kind: str
    labels: tuple[str, ...]
    review: bool = False
    urgent: bool = False
    hazards: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()

    @property
    def is_complaint(self) -> bool:
        return COMPLAINT in self.labels

    @property
    def wants_stage_2(self) -> bool:
        return "escalate_stage_2" in self.wants


def hazard_words(hazards: Sequence[str]) -> str:
    """The hazards as people say them: "damp and mould, no water"."""
    return ", ".join(_SAID.get(hazard, hazard.replace("_", " ")) for hazard in hazards)
