"""The figures by which a reading is judged, from what was said and what is true."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.assessment import Assessment
from classifier.corpus import Message
from classifier.labels import FACTS, Hazard, Label, Vulnerability, Want

Figures = dict[str, float]
BINS = 10


def share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0


def precision_recall(pairs: Iterable[tuple[bool, bool]]) -> Figures:
    """Of (true, said) pairs: precision, recall, F1 and how many were true."""
    counted = list(pairs)
    hits = sum(true and said for true, said in counted)
    true_ones, said_ones = sum(true for true, _ in counted), sum(said for _, said in counted)
    return {
        "precision": share(hits, said_ones),
        "recall": share(hits, true_ones),
        "f1": share(2 * hits, true_ones + said_ones),
        "true": true_ones,
    }


def labels_and_misses(
    truth: Sequence[frozenset[Label]], said: Sequence[frozenset[Label]], review: Sequence[bool]
) -> Figures:
    """What a table compares: macro-F1, complaints silently missed (neither said nor reviewed), the share reviewed."""
    each = [
        precision_recall((label in t, label in s) for t, s in zip(truth, said, strict=True))["f1"] for label in Label
    ]
    complaints = [
        (label, reviewed) for t, label, reviewed in zip(truth, said, review, strict=True) if Label.COMPLAINT in t
    ]
    missed = sum(Label.COMPLAINT not in s and not r for s, r in complaints)
    return {
        "messages": len(truth),
        "macro_f1": round(sum(each) / len(each), 4),
        "complaints": len(complaints),
        "missed": missed,
        "missed_complaints": share(missed, len(complaints)),
        "review_rate": share(sum(review), len(review)),
    }


def calibration_error(chances: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """The expected calibration error over ten bins of equal width."""
    bins = np.minimum((chances * BINS).astype(int), BINS - 1)
    gaps = [
        abs(float(chances[bins == number].mean()) - float(truth[bins == number].mean()))
        * float((bins == number).mean())
        for number in range(BINS)
        if (bins == number).any()
    ]
    return round(sum(gaps), 4)


def of_messages(messages: Sequence[Message], read: Sequence[Assessment]) -> Figures:
    return labels_and_misses(
        [found.labels for found in messages],
        [frozenset(found.labels) for found in read],
        [found.review for found in read],
    )


def of_labels(messages: Sequence[Message], read: Sequence[Assessment]) -> dict[str, Figures]:
    pairs = list(zip(messages, read, strict=True))
    return {label.value: precision_recall((label in m.labels, label in a.labels) for m, a in pairs) for label in Label}


def of_alarms(messages: Sequence[Message], read: Sequence[Assessment]) -> dict[str, Figures]:
    pairs = list(zip(messages, read, strict=True))
    return {
        "hazards": precision_recall((hazard in m.hazards, hazard in a.hazards) for hazard in Hazard for m, a in pairs),
        "any_hazard_alerted": precision_recall((bool(m.hazards), bool(a.hazards) or a.urgent) for m, a in pairs),
        "urgent": precision_recall((m.urgent, a.urgent) for m, a in pairs),
        **{
            f"hazard {hazard.value}": precision_recall((hazard in m.hazards, hazard in a.hazards) for m, a in pairs)
            for hazard in Hazard
        },
    }


def of_attributes(messages: Sequence[Message], read: Sequence[Assessment]) -> dict[str, Figures]:
    pairs = list(zip(messages, read, strict=True))
    return {
        "vulnerability": precision_recall(
            (one in m.vulnerability, one in a.vulnerability) for one in Vulnerability for m, a in pairs
        ),
        "wants": precision_recall((one in m.wants, one in a.wants) for one in Want for m, a in pairs),
        **{name: precision_recall((getattr(m, name), getattr(a, name)) for m, a in pairs) for name in FACTS[:3]},
    }


def by_group(
    messages: Sequence[Message], read: Sequence[Assessment], group: Callable[[Message], str], least: int = 20
) -> dict[str, Figures]:
    """The same figures for each group that has at least `least` messages."""
    names = sorted({group(found) for found in messages})
    chosen = {name: [number for number, found in enumerate(messages) if group(found) == name] for name in names}
    return {
        name: of_messages([messages[number] for number in numbers], [read[number] for number in numbers])
        for name, numbers in chosen.items()
        if len(numbers) >= least
    }
