"""The last step: one calibrated decision out of the statistics and the cues.

Statistics propose what a message is; rules say what it is dangerous to miss. A rule can raise a hazard, urgency or a
review, and nothing here can take one away.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import ensure_path, minibatch

from classifier.assessment import Assessment
from classifier.book import HINT
from classifier.evidence import DISSATISFIED, Grounds, Place, evidence_of
from classifier.labels import HEADS, PRECEDENCE, Hazard, Label, Vulnerability, Want, primary_of
from classifier.languages import language_of
from classifier.mixes import MIXES, SEEN, Mix, chances_of, labels_of, likeliest
from classifier.reading import Heard

Floats = NDArray[np.float64]

Doc.set_extension("assessment", default=None, force=True)

LONGEST = 50_000  # characters; a longer message is read so far and then always reviewed
GIVEN = "earshot_given"  # where the Reader leaves what it was given


class Given(NamedTuple):
    """A message as it was given, the part of it that is read, and the character at which that part begins."""

    text: str
    read: str
    start: int


LABELS = frozenset(label.value for label in Label)
PLACES = {head: place for place, head in enumerate(HEADS)}
# going through an enumeration afresh for each message would take longer than reading it
HAZARDS, PEOPLE, WANTS = tuple(Hazard), tuple(Vulnerability), tuple(Want)
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
    """What `train` chooses on the dev split: what a head's logit, its cues and its hints weigh, where each begins,
    what speaks for each mix of labels, and where doubt about a complaint does."""

    slope: dict[str, float] = field(default_factory=lambda: dict.fromkeys(HEADS, 1.0))
    shift: dict[str, float] = field(default_factory=lambda: dict.fromkeys(HEADS, 0.0))
    cue: dict[str, float] = field(default_factory=lambda: dict.fromkeys(HEADS, 0.0))
    hint: dict[str, float] = field(default_factory=lambda: dict.fromkeys(HEADS, 0.0))
    begins: dict[str, float] = field(default_factory=lambda: dict.fromkeys(HEADS, 0.5))
    mixes: list[list[float]] = field(default_factory=lambda: [[0.0] * len(MIXES)] * (len(SEEN) + 1))
    doubt: float = 0.1


class Deciding:
    """Leaves the finished Assessment on `Doc._.assessment`, signed with the `version` of the model."""

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp
        self.tuning = Tuning()
        self.version = ""

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc], batch_size=1))

    def pipe(self, docs: Iterable[Doc], batch_size: int) -> Iterator[Doc]:
        """The chances of many messages are worked out at once: one by one would take longer than all the rest."""
        begins = np.array([self.tuning.begins[head] for head in HEADS])
        for batch in minibatch(docs, batch_size):  # type: ignore[no-untyped-call]
            heard = [doc._.heard for doc in batch]
            mixes = self._mixes(batch)
            chances = self._chances(batch, heard)
            chances[:, : len(PRECEDENCE)] = labels_of(mixes)
            chances[[len(doc) == 0 for doc in batch]] = 0
            for doc, hearing, mix, row, given in zip(
                batch, heard, likeliest(mixes).tolist(), chances.tolist(), chances >= begins, strict=True
            ):
                said = frozenset(HEADS[place] for place in given.nonzero()[0].tolist())
                doc._.assessment = self._decide(doc, hearing, MIXES[mix], dict(zip(HEADS, row, strict=True)), said)
                yield doc

    def _decide(
        self, doc: Doc, heard: Heard, mix: Mix, chances: Mapping[str, float], said: frozenset[str]
    ) -> Assessment:
        names = cues_of(heard)
        labels = _labels(mix, names, len(doc))
        given = doc.user_data.get(GIVEN) or Given(doc.text, doc.text, 0)
        language = language_of(given.read)
        reasons = self._reasons(labels, chances, names, language, given)
        alarms = {found.cue.name for found in heard.cues if found.cue.kind == "hazard"}
        hazards = tuple(hazard for hazard in HAZARDS if hazard in said or hazard in alarms)
        people = tuple(who for who in PEOPLE if who in said)
        said -= {Want.STOP_MESSAGES} - names  # only somebody's own words stop messages
        urgent = "urgent" in said or _must_be_urgent(heard, people)
        grounds = Grounds(
            labels, frozenset({*said, *hazards} - LABELS | ({"urgent"} if urgent else set())), bool(reasons)
        )
        return Assessment(
            primary=primary_of(frozenset(labels)),
            labels=labels,
            probabilities={label: chances[label] for label in PRECEDENCE},
            review=bool(reasons),
            urgent=urgent,
            hazards=hazards,
            vulnerability=people,
            wants=tuple(want for want in WANTS if want in said),
            repeat_contact="repeat_contact" in said,
            multiple_households="multiple_households" in said,
            advocate="advocate" in said,
            evidence=evidence_of(self.nlp, doc, Place(given.text, given.start), grounds),
            review_reasons=reasons,
            flags=tuple(dict.fromkeys(found.cue.name for found in heard.cues if found.cue.kind == "flag")),
            language=language,
            version=self.version,
        )

    def _mixes(self, docs: Sequence[Doc]) -> Floats:
        """The chance of each mix of labels, one row a message."""
        return chances_of(logits_of(docs, SEEN), np.array(self.tuning.mixes))

    def _chances(self, docs: Sequence[Doc], heard: Sequence[Heard]) -> Floats:
        """Calibrated, one row a message and one column a head."""
        tuning = self.tuning
        slope, shift = (np.array([part[head] for head in HEADS]) for part in (tuning.slope, tuning.shift))
        logits = logits_of(docs, HEADS) * slope + shift
        for row, hearing in enumerate(heard):
            for kind, name in {(found.cue.kind == HINT, found.cue.name) for found in hearing.cues}:
                if name in PLACES:
                    logits[row, PLACES[name]] += (tuning.hint if kind else tuning.cue)[name]
        chances: Floats = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
        return chances

    def _reasons(
        self,
        labels: tuple[Label, ...],
        chances: Mapping[str, float],
        names: frozenset[str],
        language: str,
        given: Given,
    ) -> tuple[str, ...]:
        """Why a person or the resident should decide; empty when the reader is sure."""
        reasons = []
        if language == "und":
            reasons.append("unreadable" if given.text.strip() else "empty")
        elif language != "en":
            reasons.append("other_language")
        if Label.COMPLAINT not in labels:
            if chances[Label.COMPLAINT] >= self.tuning.doubt:
                reasons.append("unsure")
            if "said_complaint" in names:
                reasons.append("said_complaint")
            if "declined_to_complain" in names and len(names & DISSATISFIED) > 1:
                reasons.append("declined_to_complain")
        if len(given.text) > LONGEST:
            reasons.append("too_long")
        return tuple(reasons)

    def to_disk(self, path: Path | str, *, exclude: tuple[str, ...] = ()) -> None:
        ensure_path(path).write_text(json.dumps(asdict(self.tuning), indent=1), encoding="utf-8")

    def from_disk(self, path: Path | str, *, exclude: tuple[str, ...] = ()) -> "Deciding":
        self.tuning = Tuning(**json.loads(ensure_path(path).read_text(encoding="utf-8")))
        return self


def logits_of(docs: Sequence[Doc], heads: Sequence[str]) -> Floats:
    """What the statistics say of each head, one row a message, before any calibration."""
    return logit(np.array([[cats[head] for head in heads] for cats in (doc.cats for doc in docs)], dtype=np.float64))


def logit(chances: Floats) -> Floats:
    clipped = np.clip(chances, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _labels(mix: Mix, names: frozenset[str], length: int) -> Mix:
    """The mix; but nothing said is a comment, and so are a few polite thanks."""
    polite = length <= POLITE_LENGTH and "polite_thanks" in names and "praise" not in names
    return (Label.COMMENT,) if length == 0 or (polite and mix == (Label.COMPLIMENT,)) else mix


def cues_of(heard: Heard) -> frozenset[str]:
    """The names of the cues that were heard, without those that are only hints."""
    return frozenset(found.cue.name for found in heard.cues if found.cue.kind != HINT)


def hints_of(heard: Heard) -> frozenset[str]:
    return frozenset(found.cue.name for found in heard.cues if found.cue.kind == HINT)


def _must_be_urgent(heard: Heard, people: tuple[Vulnerability, ...]) -> bool:
    """Whether a rule has staff alerted at once: a danger, a hazard that always is one, or one that meets the frail."""
    for found in heard.cues:
        rule = found.cue.urgent
        if rule == "always" or (rule == "vulnerable" and FRAIL.intersection(people)):
            return True
        if rule == "words" and not found.cue.urgent_words.isdisjoint(heard.spelling):
            return True
    return False


@Language.factory("earshot_decision")
def _deciding(nlp: Language, name: str) -> Deciding:
    return Deciding(nlp)
