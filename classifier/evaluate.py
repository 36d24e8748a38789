"""Counts the model on the test split, beside two plain ones: `python -m classifier.evaluate [--model FOLDER]`.

Prints the table and writes `classifier/metrics/test.json`. Nobody tunes on the test split: only these counts leave it.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from classifier.assessment import Assessment
from classifier.baselines import judged, plain_bag, tf_idf
from classifier.corpus import Message, heldout, training
from classifier.decision import FACTS
from classifier.labels import Hazard, Label, Vulnerability, Want
from classifier.measures import Figures, by_group, calibration_error, of_messages, precision_recall, share
from classifier.pipeline import load

METRICS = Path(__file__).parent / "metrics" / "test.json"


def report(model: Path | None = None) -> dict[str, Any]:
    """Every figure of one model on the test split, and the plain ones beside it."""
    reader = load(model)
    everything = heldout("test")
    messages = [found for found in everything if found.language == "en"]
    read = reader.assess_many([found.text for found in messages])
    return {
        "model": reader.version,
        "trained_on": len(training()),
        "table": {"earshot": earshot(messages, read), **plain(messages)},
        "labels": {
            label.value: precision_recall(
                (label in m.labels, label in a.labels) for m, a in zip(messages, read, strict=True)
            )
            for label in Label
        },
        "safety": safety(messages, read),
        "attributes": attributes(messages, read),
        "groups": {
            "channel": by_group(messages, read, lambda found: found.channel),
            "register": by_group(messages, read, lambda found: found.register),
        },
        "other_languages": foreign(everything, reader.assess_many([found.text for found in everything])),
    }


def earshot(messages: Sequence[Message], read: Sequence[Assessment]) -> Figures:
    chances = np.array([found.probabilities[Label.COMPLAINT] for found in read])
    truth = np.array([Label.COMPLAINT in found.labels for found in messages], dtype=np.float64)
    return {**of_messages(messages, read), "calibration_error": calibration_error(chances, truth)}


def plain(messages: Sequence[Message]) -> dict[str, Figures]:
    train = [found for found in training() if found.language == "en"]
    dev = [found for found in heldout("dev") if found.language == "en"]
    texts = [found.text for found in (*dev, *messages)]
    return {
        name: judged(dev, chances[: len(dev)], messages, chances[len(dev) :])
        for name, chances in (
            ("tf_idf_logistic", tf_idf(train, texts)),
            ("spacy_bag_of_words", plain_bag(train, texts)),
        )
    }


def safety(messages: Sequence[Message], read: Sequence[Assessment]) -> dict[str, Figures]:
    pairs = list(zip(messages, read, strict=True))
    return {
        "hazards": precision_recall((hazard in m.hazards, hazard in a.hazards) for hazard in Hazard for m, a in pairs),
        "any_hazard_alerted": precision_recall((bool(m.hazards), bool(a.hazards) or a.urgent) for m, a in pairs),
        "urgent": precision_recall((m.urgent, a.urgent) for m, a in pairs),
    }


def attributes(messages: Sequence[Message], read: Sequence[Assessment]) -> dict[str, Figures]:
    pairs = list(zip(messages, read, strict=True))
    return {
        "vulnerability": precision_recall(
            (one in m.vulnerability, one in a.vulnerability) for one in Vulnerability for m, a in pairs
        ),
        "wants": precision_recall((one in m.wants, one in a.wants) for one in Want for m, a in pairs),
        **{name: precision_recall((getattr(m, name), getattr(a, name)) for m, a in pairs) for name in FACTS[:3]},
    }


def foreign(messages: Sequence[Message], read: Sequence[Assessment]) -> Figures:
    """How many messages in other languages are sent to a person, and how many English ones are taken for foreign."""
    pairs = list(zip(messages, read, strict=True))
    other = [a for m, a in pairs if m.language != "en"]
    taken = [a for m, a in pairs if m.language == "en" and a.language not in ("en", "und")]
    return {
        "messages": len(other),
        "reviewed": share(sum(a.review for a in other), len(other)),
        "named": share(sum(a.language == m.language for m, a in pairs if m.language != "en"), len(other)),
        "english_taken_for_foreign": share(len(taken), len(messages) - len(other)),
    }


def as_table(figures: dict[str, Any]) -> str:
    columns = ("macro_f1", "missed_complaints", "review_rate", "calibration_error")
    lines = [
        f"{'on ' + str(figures['table']['earshot']['messages']) + ' unseen messages':28}"
        + "".join(f"{name:>20}" for name in columns)
    ]
    lines += [
        f"{name:28}" + "".join(f"{row[column]:>20.4f}" for column in columns) for name, row in figures["table"].items()
    ]
    for part in ("labels", "safety", "attributes"):
        lines.append("")
        lines += [
            f"{name:28}precision {row['precision']:.3f}   recall {row['recall']:.3f}   of {row['true']}"
            for name, row in figures[part].items()
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=None)
    found = report(parser.parse_args().model)
    METRICS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(as_table(found) + "\n")
