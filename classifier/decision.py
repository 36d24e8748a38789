"""The last step: one calibrated decision out of the statistics and the cues.

Statistics propose what a message is; rules say what it is dangerous to miss. A rule can raise a hazard, urgency or a
review, and nothing here can take one away.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import exp, log
from pathlib import Path
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import ensure_path

from classifier.assessment import Assessment
from classifier.book import HINT
from classifier.evidence import DISSATISFIED, Grounds, evidence_of
from classifier.labels import HEADS, PRECEDENCE, Hazard, Label, Vulnerability, Want, primary_of
from classifier.languages import language_of
from classifier.reading import Heard

Doc.set_extension("assessment", default=None, force=True)

TEXT = "earshot_text"  # where the Reader leaves the text that it gave to spaCy
LABELS = frozenset(label.value for label in Label)
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
    """What `train` chooses on the dev split: what a head's logit, its cues and its hints weigh, where each begins."""

    slope: dict[str, float] = field(default_factory=lambda: dict.fromkeys(HEADS, 1.0))
    shift: dict[str, float] = field(default_factory=lambda: dict.fromkeys(HEADS, 0.0))
    cue: dict[str, float] = field(default_factory=lambda: dict.fromkeys(HEADS, 0.0))
    hint: dict[str, float] = field(default_factory=lambda: dict.fromkeys(HEADS, 0.0))
    begins: dict[str, float] = field(default_factory=lambda: dict.fromkeys(HEADS, 0.5))
    doubt: float = 0.1


class Deciding:
    """Leaves the finished Assessment on `Doc._.assessment`; its version is filled in by the Reader."""

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp
        self.tuning = Tuning()

    def __call__(self, doc: Doc) -> Doc:
        doc._.assessment = self.decide(doc)
        return doc

    def decide(self, doc: Doc) -> Assessment:
        heard: Heard = doc._.heard
        named = cues_and_hints(doc)
        names = named.cues
        # spaCy scores an empty message differently alone than among others: nothing was said, so nothing is likely
        chances = self._chances(doc, named) if len(doc) else dict.fromkeys(HEADS, 0.0)
        said = frozenset(head for head in HEADS if chances[head] >= self.tuning.begins[head])
        labels = self._labels(chances, said, names, len(doc)) if len(doc) else (Label.COMMENT,)
        text = doc.user_data.get(TEXT) or doc.text  # spaCy joins its text anew each time it is asked
        language = language_of(text)
        reasons = self._reasons(labels, chances, names, language, text)
        alarms = {found.cue.name for found in heard.cues if found.cue.kind == "hazard"}
        hazards = tuple(hazard for hazard in Hazard if hazard in said or hazard in alarms)
        people = tuple(who for who in Vulnerability if who in said)
        said -= {Want.STOP_MESSAGES} - names  # only somebody's own words stop messages
        urgent = "urgent" in said or _must_be_urgent(heard, people)
        return Assessment(
            primary=primary_of(frozenset(labels)),
            labels=labels,
            probabilities={label: chances[label] for label in Label},
            review=bool(reasons),
            urgent=urgent,
            hazards=hazards,
            vulnerability=people,
            wants=tuple(want for want in Want if want in said),
            repeat_contact="repeat_contact" in said,
            multiple_households="multiple_households" in said,
            advocate="advocate" in said,
            evidence=evidence_of(
                self.nlp,
                doc,
                text,
                Grounds(
                    labels, frozenset({*said, *hazards} - LABELS | ({"urgent"} if urgent else set())), bool(reasons)
                ),
            ),
            review_reasons=reasons,
            flags=tuple(dict.fromkeys(found.cue.name for found in heard.cues if found.cue.kind == "flag")),
            language=language,
        )

    def _chances(self, doc: Doc, heard: "Named") -> dict[str, float]:
        tuning = self.tuning
        return {
            head: _chance(
                _logit(doc.cats[head]) * tuning.slope[head]
                + tuning.shift[head]
                + (tuning.cue[head] if head in heard.cues else 0.0)
                + (tuning.hint[head] if head in heard.hints else 0.0)
            )
            for head in HEADS
        }

    def _labels(
        self, chances: Mapping[str, float], said: frozenset[str], names: frozenset[str], length: int
    ) -> tuple[Label, ...]:
        """Labels other than comment hold together; a message is a comment only when it is nothing else."""
        found = tuple(label for label in PRECEDENCE if label in said and label is not Label.COMMENT)
        if found == (Label.COMPLIMENT,) and "praise" not in names and length <= POLITE_LENGTH:
            found = () if "polite_thanks" in names else found
        if found or Label.COMMENT in said:
            return found or (Label.COMMENT,)
        return (max(PRECEDENCE, key=lambda label: chances[label] / self.tuning.begins[label]),)

    def _reasons(
        self, labels: tuple[Label, ...], chances: Mapping[str, float], names: frozenset[str], language: str, text: str
    ) -> tuple[str, ...]:
        """Why a person or the resident should decide; empty when the reader is sure."""
        reasons = []
        if language == "und":
            reasons.append("unreadable" if text.strip() else "empty")
        elif language != "en":
            reasons.append("other_language")
        if Label.COMPLAINT not in labels:
            if chances[Label.COMPLAINT] >= self.tuning.doubt:
                reasons.append("unsure")
            if "declined_to_complain" in names and len(names & DISSATISFIED) > 1:
                reasons.append("declined_to_complain")
        return tuple(reasons)

    def to_disk(self, path: Path | str, *, exclude: tuple[str, ...] = ()) -> None:
        ensure_path(path).write_text(json.dumps(asdict(self.tuning), indent=1), encoding="utf-8")

    def from_disk(self, path: Path | str, *, exclude: tuple[str, ...] = ()) -> "Deciding":
        self.tuning = Tuning(**json.loads(ensure_path(path).read_text(encoding="utf-8")))
        return self


class Named(NamedTuple):
    """The names of the cues, and of the hints, that were heard."""

    cues: frozenset[str]
    hints: frozenset[str]


def cues_and_hints(doc: Doc) -> Named:
    heard: Heard = doc._.heard
    return Named(
        frozenset(found.cue.name for found in heard.cues if found.cue.kind != HINT),
        frozenset(found.cue.name for found in heard.cues if found.cue.kind == HINT),
    )


def _must_be_urgent(heard: Heard, people: tuple[Vulnerability, ...]) -> bool:
    """Whether a rule has staff alerted at once: a danger, a hazard that always is one, or one that meets the frail."""
    for found in heard.cues:
        rule = found.cue.urgent
        if rule == "always" or (rule == "vulnerable" and FRAIL.intersection(people)):
            return True
        if rule == "words" and not found.cue.urgent_words.isdisjoint(heard.spelling):
            return True
    return False


def _logit(raw: float) -> float:
    raw = min(max(raw, 1e-6), 1 - 1e-6)
    return log(raw / (1 - raw))


def _chance(logit: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, logit))))


@Language.factory("earshot_decision")
def _deciding(nlp: Language, name: str) -> Deciding:
    return Deciding(nlp)
