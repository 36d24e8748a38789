"""The last step: one calibrated decision out of the statistics and the cues, and the evidence for it.

Statistics propose what a message is; rules say what it is dangerous to miss. A rule can raise a hazard, urgency or a
review, and nothing here can take one away.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from math import exp, log
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import ensure_path

from classifier.assessment import Assessment, Evidence
from classifier.book import Found
from classifier.labels import PRECEDENCE, Hazard, Label, Vulnerability, Want, primary_of
from classifier.languages import language_of
from classifier.reading import Heard

Doc.set_extension("assessment", default=None, force=True)

TEXT = "earshot_text"  # where the Reader leaves the text that it gave to spaCy
FACTS = ("repeat_contact", "multiple_households", "advocate", "urgent")
SAYS_COMPLAINT = frozenset({"said_complaint", "escalate_stage_2", "plain_dissatisfaction"})
DISSATISFIED = frozenset(
    {
        *(
            "said_complaint",
            "unhappy",
            "earlier_report",
            "still_waiting",
            "nobody_came",
            "broken_promise",
            "poor_work",
            "plain_dissatisfaction",
        ),
        *(
            "staff_conduct",
            "unfair_decision",
            "wants_account",
            "irony",
            "nothing_changed",
            "harm_done",
            "declined_to_complain",
        ),
    }
)
BELONGS: Mapping[str, Label] = {
    **dict.fromkeys(DISSATISFIED, Label.COMPLAINT),
    "request": Label.SERVICE_REQUEST,
    "first_report": Label.SERVICE_REQUEST,
    "praise": Label.COMPLIMENT,
    "question": Label.COMMENT,
    "suggestion": Label.COMMENT,
    "survey": Label.COMMENT,
}
POLITE_LENGTH = 8  # thanks as politeness is not a compliment
FRAIL = frozenset(
    {
        Vulnerability.BABY,
        Vulnerability.ILLNESS,
        Vulnerability.MEDICAL_DEVICE,
        Vulnerability.PREGNANCY,
        Vulnerability.CHILD,
    }
)


@dataclass(slots=True)
class Tuning:
    """What `train` chooses on the dev split: a slope and shift a label, where a label begins, where doubt begins."""

    slope: dict[str, float] = field(default_factory=lambda: {label.value: 1.0 for label in Label})
    shift: dict[str, float] = field(default_factory=lambda: {label.value: 0.0 for label in Label})
    begins: dict[str, float] = field(default_factory=lambda: {label.value: 0.5 for label in Label})
    doubt: float = 0.1
    cue_doubt: float = 0.03
    facts: dict[str, float] = field(default_factory=lambda: dict.fromkeys(FACTS, 0.5))


class Deciding:
    """Leaves the finished Assessment on `Doc._.assessment`; its version is filled in by the Reader."""

    def __init__(self) -> None:
        self.tuning = Tuning()

    def __call__(self, doc: Doc) -> Doc:
        doc._.assessment = self.decide(doc)
        return doc

    def decide(self, doc: Doc) -> Assessment:
        heard: Heard = doc._.heard
        cues = heard.cues
        names = {found.cue.name for found in cues}
        # spaCy scores an empty message differently alone than among others: nothing was said, so nothing is likely
        chances = {label: self._calibrated(label, doc.cats[label]) if len(doc) else 0.0 for label in Label}
        labels = self._labels(chances, names, len(doc)) if len(doc) else (Label.COMMENT,)
        text = doc.user_data.get(TEXT) or doc.text  # spaCy joins its text anew each time it is asked
        language = language_of(text)
        reasons = self._reasons(labels, chances, names, language, text)
        hazards = _of_kind(cues, "hazard", Hazard)
        people = _of_kind(cues, "person", Vulnerability)
        facts = frozenset(fact for fact in FACTS if self._says(doc, fact))
        return Assessment(
            primary=primary_of(frozenset(labels)),
            labels=labels,
            probabilities=chances,
            review=bool(reasons),
            urgent=_urgent(cues, people, heard.spelling) or "urgent" in facts,
            hazards=hazards,
            vulnerability=people,
            wants=_of_kind(cues, "want", Want),
            repeat_contact="repeat_contact" in facts,
            multiple_households="multiple_households" in facts,
            advocate="advocate" in facts,
            evidence=tuple(_evidence(doc, text, _told(cues, labels, facts, bool(reasons)))),
            review_reasons=reasons,
            flags=tuple(dict.fromkeys(found.cue.name for found in cues if found.cue.kind == "flag")),
            language=language,
        )

    def _says(self, doc: Doc, fact: str) -> bool:
        return bool(len(doc) and doc.cats[fact] >= self.tuning.facts[fact])

    def _calibrated(self, label: Label, raw: float) -> float:
        raw = min(max(raw, 1e-6), 1 - 1e-6)
        logit = log(raw / (1 - raw)) * self.tuning.slope[label] + self.tuning.shift[label]
        return 1 / (1 + exp(-max(-30.0, min(30.0, logit))))

    def _labels(self, chances: Mapping[Label, float], names: set[str], length: int) -> tuple[Label, ...]:
        found = tuple(label for label in PRECEDENCE if chances[label] >= self.tuning.begins[label])
        if Label.COMPLIMENT in found and "praise" not in names and length <= POLITE_LENGTH and "polite_thanks" in names:
            found = tuple(label for label in found if label is not Label.COMPLIMENT) or (Label.COMMENT,)
        return found or (max(PRECEDENCE, key=lambda label: chances[label] / self.tuning.begins[label]),)

    def _reasons(
        self, labels: tuple[Label, ...], chances: Mapping[Label, float], names: set[str], language: str, text: str
    ) -> tuple[str, ...]:
        """Why a person or the resident should decide; empty when the reader is sure."""
        reasons = []
        if language == "und":
            reasons.append("unreadable" if text.strip() else "empty")
        elif language != "en":
            reasons.append("other_language")
        if Label.COMPLAINT not in labels:
            dissatisfied = len(names & DISSATISFIED)
            doubt = self.tuning.cue_doubt if dissatisfied >= 2 else self.tuning.doubt
            if chances[Label.COMPLAINT] >= doubt or names & SAYS_COMPLAINT:
                reasons.append("unsure")
            if "declined_to_complain" in names and dissatisfied >= 2:
                reasons.append("declined_to_complain")
        return tuple(reasons)

    def to_disk(self, path: Path | str, *, exclude: tuple[str, ...] = ()) -> None:
        ensure_path(path).write_text(json.dumps(asdict(self.tuning), indent=1), encoding="utf-8")

    def from_disk(self, path: Path | str, *, exclude: tuple[str, ...] = ()) -> "Deciding":
        self.tuning = Tuning(**json.loads(ensure_path(path).read_text(encoding="utf-8")))
        return self


def _of_kind(cues: Iterable[Found], kind: str, values: Any) -> tuple[Any, ...]:
    names = {found.cue.name for found in cues if found.cue.kind == kind}
    return tuple(value for value in values if value in names) if names else ()


def _urgent(cues: Iterable[Found], people: tuple[Vulnerability, ...], spelling: str) -> bool:
    """Whether staff are alerted at once: a danger, a hazard that always is one, or one that meets somebody frail."""
    for found in cues:
        rule = found.cue.urgent
        if rule == "always" or (rule == "vulnerable" and FRAIL.intersection(people)):
            return True
        if rule == "words" and not found.cue.urgent_words.isdisjoint(spelling):
            return True
    return False


def _told(cues: Iterable[Found], labels: tuple[Label, ...], facts: frozenset[str], unsure: bool) -> Iterable[Found]:
    """What an officer would point at: cues of a label or fact only where it was given, or is in doubt."""
    for found in cues:
        kind, name = found.cue.kind, found.cue.name
        if kind == "fact" and name not in facts:
            continue
        if kind == "cue":
            belongs = BELONGS.get(name)
            if belongs is None or (belongs not in labels and not (unsure and belongs is Label.COMPLAINT)):
                continue
        yield found


def _evidence(doc: Doc, text: str, cues: Iterable[Found]) -> Iterable[Evidence]:
    for found in cues:
        last = doc[found.end - 1]
        start, end = doc[found.start].idx, last.idx + len(last)
        yield Evidence(found.cue.name, text[start:end], start, end, found.cue.clause)


@Language.factory("earshot_decision")
def _deciding(nlp: Language, name: str) -> Deciding:
    return Deciding()
