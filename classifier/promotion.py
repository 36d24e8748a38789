"""Whether a new model may take the place of the old one: both have read the same messages, and nothing got worse.

Worse means worse beyond noise. The messages are drawn again, with replacement, `ROUNDS` times (seeded, the same for
both models: a paired bootstrap); a measure is worse where the middle 95 % of the differences, new less old, lies
whole below nought. No measure may be worse: the F1 of each label; the share read exactly right, in all and in each
channel and language group of at least `LEAST` messages; complaints not silently missed; hazards found. Of messages that
need no person it may lose up to `ASKED_MORE`, since asking is the safe side. A model that is better at nothing and
lower at something is not promoted either, however little it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.assessment import Assessment
from classifier.corpus import Message
from classifier.labels import Label

ROUNDS = 2000
LEAST = 5
ASKED_MORE = 0.05
WITHOUT_A_PERSON = "needs no person"
"""Sending less to review is no gain by itself, so it never speaks for a model, only against it."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """One message, what is true of it, and what both models made of it."""

    message: Message
    old: Assessment
    new: Assessment


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table; `low` and `high` hold the middle 95 % of new less old, `of` is how many count in it.

    So much as is `allowed` it may lose.
    """

    name: str
    old: float
    new: float
    low: float
    high: float
    of: int
    allowed: float = 0.0

    @property
    def lower(self) -> bool:
        """Lower than before, beyond noise."""
        return self.high < 0

    @property
    def worse(self) -> bool:
        """Lower by more than is allowed, beyond noise."""
        return self.high < -self.allowed

    def as_json(self) -> dict[str, Any]:
        figures = {name: round(getattr(self, name), 4) for name in ("old", "new", "low", "high")}
        return {"measure": self.name, **figures, "of": self.of, "worse": self.worse}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to promote, and why in words."""

    promote: bool
    why: str


def verdict(measures: Iterable[Measure]) -> Verdict:
    """Decides by all measures, of however many sets of messages."""
    counted = list(measures)
    worse = [measure for measure in counted if measure.worse]
    if worse:
        return Verdict(False, "It got worse, beyond noise, at: " + "; ".join(map(_in_words, worse)) + ".")
    lower = [measure for measure in counted if measure.new < measure.old]
    gains = [measure for measure in counted if measure.new > measure.old and WITHOUT_A_PERSON not in measure.name]
    if lower and not gains:
        return Verdict(False, "It is better at nothing, and lower at: " + "; ".join(map(_in_words, lower)) + ".")
    if not gains:
        return Verdict(True, "It is worse at nothing, and better at nothing.")
    best = max(gains, key=lambda measure: measure.new - measure.old)
    borne = [measure for measure in counted if measure.lower]
    but = " That is borne: " + "; ".join(map(_in_words, borne)) + "." if borne else ""
    return Verdict(True, f"It is worse at nothing beyond noise; the most gained: {_in_words(best)}.{but}")


def compare(judged: Sequence[Judged], *, of: str, seed: int = 20240401) -> list[Measure]:
    """Every measure of one set of messages, its name beginning with `of`; none where the set is empty."""
    if not judged:
        return []
    draws = np.random.default_rng(seed).multinomial(len(judged), [1 / len(judged)] * len(judged), size=ROUNDS)
    weights = np.vstack([np.ones(len(judged)), draws])  # the first row is the set itself
    right = _pairs(judged, lambda message, read: (float(frozenset(read.labels) == message.labels), 1.0))
    found = [_measure(f"{of}: every label right", right, weights, len(judged))]
    for label in Label:
        named = _pairs(judged, lambda message, read, label=label: _f1(label in message.labels, label in read.labels))
        true = sum(label in one.message.labels for one in judged)
        found.append(_measure(f"{of}: {_plain(label.value)} (F1)", named, weights, true))
    for name, values, count in _safety(judged):
        allowed = ASKED_MORE if name == WITHOUT_A_PERSON else 0.0
        found.append(replace(_measure(f"{of}: {name}", values, weights, count), allowed=allowed))
    for name, chosen in _groups([one.message for one in judged]):
        in_group = right * chosen[:, None, None]
        found.append(_measure(f"{of}: {name}", in_group, weights, int(chosen.sum())))
    return found


def group_of(message: Message) -> str:
    """The language group of a message: how its writer uses English."""
    return message.variety


def _safety(judged: Sequence[Judged]) -> list[tuple[str, Floats, int]]:
    complaints = [Label.COMPLAINT in one.message.labels for one in judged]
    heard = _pairs(
        judged,
        lambda message, read: (
            float(Label.COMPLAINT in message.labels and (Label.COMPLAINT in read.labels or read.review)),
            float(Label.COMPLAINT in message.labels),
        ),
    )
    hazards = _pairs(
        judged, lambda message, read: (float(len(message.hazards & {*read.hazards})), float(len(message.hazards)))
    )
    alone = _pairs(judged, lambda _, read: (float(not read.review), 1.0))
    return [
        ("complaints not silently missed", heard, sum(complaints)),
        ("hazards found", hazards, sum(len(one.message.hazards) for one in judged)),
        (WITHOUT_A_PERSON, alone, len(judged)),
    ]


def _groups(messages: Sequence[Message]) -> list[tuple[str, Floats]]:
    """Each channel and each language group that is large enough, with a 1 for each message in it."""
    by_name: dict[str, list[int]] = {}
    for number, message in enumerate(messages):
        by_name.setdefault(f"by {message.channel}", []).append(number)
        by_name.setdefault(f"in {group_of(message)} English", []).append(number)
    chosen = []
    for name, numbers in sorted(by_name.items()):
        if len(numbers) >= LEAST:
            marks = np.zeros(len(messages))
            marks[numbers] = 1.0
            chosen.append((name, marks))
    return chosen


def _pairs(judged: Sequence[Judged], part: Any) -> Floats:
    """What each message adds above and below the line of a ratio: messages × (old, new) × (above, below)."""
    return np.array([[part(one.message, one.old), part(one.message, one.new)] for one in judged], dtype=np.float64)


def _f1(true: bool, said: bool) -> tuple[float, float]:
    return 2.0 * (true and said), float(true) + float(said)


def _measure(name: str, values: Floats, weights: Floats, of: int) -> Measure:
    """Where there is nothing to find and nothing was said, nothing was missed: that counts as 1."""
    above, below = weights @ values[:, :, 0], weights @ values[:, :, 1]
    scores = np.divide(above, below, out=np.ones_like(above), where=below > 0)
    low, high = np.percentile(scores[1:, 1] - scores[1:, 0], [2.5, 97.5])
    return Measure(name, float(scores[0, 0]), float(scores[0, 1]), float(low), float(high), of)


def _in_words(measure: Measure) -> str:
    return f"{measure.name} ({measure.old:.3f} → {measure.new:.3f})"


def _plain(name: str) -> str:
    return name.replace("_", " ")
