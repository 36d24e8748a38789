"""Counts a model on the test split, beside two plain ones: `python -m classifier.evaluate [--model FOLDER]`.

Writes `metrics/test.json`, which the model card quotes and the floors in `tests/classifier` stand on.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifier import agreement
from classifier.assessment import Assessment
from classifier.baselines import judged, plain_bag, tf_idf
from classifier.corpus import Message, heldout, training
from classifier.labels import Label
from classifier.measures import (
    Figures,
    by_group,
    calibration_error,
    of_alarms,
    of_attributes,
    of_labels,
    of_messages,
    share,
)
from classifier.pipeline import load

METRICS = Path(__file__).parent / "metrics" / "test.json"
GROUPS = ("channel", "register", "variety")


def report(model: Path | None = None) -> dict[str, Any]:
    """Every figure of one model on the test split, and the plain ones beside it."""
    reader = load(model)
    everything = heldout("test")
    messages = [found for found in everything if found.language == "en"]
    read = reader.assess_many([found.text for found in messages])
    abroad = [found for found in (*training(), *everything) if found.language != "en"]
    return {
        "model": reader.version,
        "trained_on": len(training()),
        "table": {"earshot": earshot(messages, read), **plain(messages)},
        "labels": of_labels(messages, read),
        "alarms": of_alarms(messages, read),
        "attributes": of_attributes(messages, read),
        "groups": groups(messages, read),
        "other_languages": foreign(abroad, reader.assess_many([found.text for found in abroad]), messages, read),
        "second_reading": agreement.of_labels(frozenset(found.id for found in messages)),
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


def groups(messages: Sequence[Message], read: Sequence[Assessment]) -> dict[str, dict[str, Figures]]:
    return {name: by_group(messages, read, lambda found, name=name: getattr(found, name)) for name in GROUPS}  # type: ignore[misc]


def foreign(
    abroad: Sequence[Message],
    read_abroad: Sequence[Assessment],
    english: Sequence[Message],
    read_english: Sequence[Assessment],
) -> Figures:
    """How many messages in other languages are sent to a person, and how many English ones are taken for foreign.

    None of them is trained on, whichever file it stands in."""
    named = sum(a.language == m.language for m, a in zip(abroad, read_abroad, strict=True))
    taken = sum(a.language not in ("en", "und") for a in read_english)
    return {
        "messages": len(abroad),
        "reviewed": share(sum(a.review for a in read_abroad), len(abroad)),
        "named": share(named, len(abroad)),
        "english_taken_for_foreign": share(taken, len(english)),
    }


def as_table(figures: dict[str, Any]) -> str:
    columns = ("macro_f1", "missed_complaints", "review_rate", "calibration_error")
    lines = [
        f"{'on ' + str(figures['table']['earshot']['messages']) + ' unseen messages':30}"
        + "".join(f"{name:>20}" for name in columns)
    ]
    lines += [
        f"{name:30}" + "".join(f"{row[column]:>20.4f}" for column in columns) for name, row in figures["table"].items()
    ]
    for part in ("labels", "alarms", "attributes"):
        lines.append("")
        lines += [
            f"{name:30}precision {row['precision']:.3f}   recall {row['recall']:.3f}   of {row['true']}"
            for name, row in figures[part].items()
        ]
    for part in GROUPS:
        lines.append("")
        lines += [
            f"{part + ' ' + name:30}macro-F1 {row['macro_f1']:.3f}   missed {row['missed']} of {row['complaints']}"
            f"   reviewed {row['review_rate']:.3f}   of {row['messages']}"
            for name, row in figures["groups"][part].items()
        ]
    for part in ("other_languages", "second_reading"):
        lines += ["", f"{part:30}" + "   ".join(f"{name} {value}" for name, value in figures[part].items())]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=None)
    found = report(parser.parse_args().model)
    METRICS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(as_table(found) + "\n")
