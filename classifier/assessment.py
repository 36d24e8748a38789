"""What a reading found, with the words it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from classifier.labels import Hazard, Label, Vulnerability, Want


@dataclass(frozen=True, slots=True)
class Evidence:
    """One span of the message that made a difference.

    `start` and `end` are character offsets into the text as it was given, so `text[start:end]` is what a
    console highlights. `clause` is the Code clause or the policy heading that makes the cue matter, or "".
    """

    cue: str
    text: str
    start: int
    end: int
    clause: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"cue": self.cue, "text": self.text, "start": self.start, "end": self.end, "clause": self.clause}


@dataclass(frozen=True, slots=True)
class Assessment:
    """The reading of one message: the machine proposes, people decide.

    `review` is true when the reader is not sure enough: a person, or the resident, decides; `review_reasons`
    says why (`unsure`, `said_complaint`, `declined_to_complain`, `other_language`, `empty`, `unreadable`, `too_long`).
    `probabilities` are calibrated and independent of one another. `language` is an ISO 639-1 code or "und".
    `flags` names other duties that the words may wake (`subject_access`, `legal`, `press_or_mp`, …).
    `version` names the model that read it.
    """

    primary: Label
    labels: tuple[Label, ...]
    probabilities: Mapping[Label, float]
    review: bool
    urgent: bool = False
    hazards: tuple[Hazard, ...] = ()
    vulnerability: tuple[Vulnerability, ...] = ()
    wants: tuple[Want, ...] = ()
    repeat_contact: bool = False
    multiple_households: bool = False
    advocate: bool = False
    evidence: tuple[Evidence, ...] = ()
    review_reasons: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    language: str = "en"
    version: str = ""

    def as_json(self) -> dict[str, Any]:
        """The contract of `earshot classify`, without the caller's `id`; keys are added freely, never renamed."""
        return {
            "primary": self.primary.value,
            "labels": [label.value for label in self.labels],
            "probabilities": {label.value: round(value, 4) for label, value in self.probabilities.items()},
            "review": self.review,
            "urgent": self.urgent,
            "hazards": [hazard.value for hazard in self.hazards],
            "vulnerability": [who.value for who in self.vulnerability],
            "wants": [want.value for want in self.wants],
            "repeat_contact": self.repeat_contact,
            "multiple_households": self.multiple_households,
            "advocate": self.advocate,
            "evidence": [piece.as_json() for piece in self.evidence],
            "review_reasons": list(self.review_reasons),
            "flags": list(self.flags),
            "language": self.language,
            "version": self.version,
        }
