"""Chooses, on the dev split, the calibration and the thresholds, at the price that a missed complaint has.

A complaint silently taken for something else costs as much as `PRICE` reviews that were not needed.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language

from classifier.corpus import Message
from classifier.decision import FACTS, Tuning
from classifier.labels import Label

PRICE = 20.0
Floats = NDArray[np.float64]


def tuned(nlp: Language, messages: Sequence[Message]) -> Tuning:
    english = [found for found in messages if found.language == "en"]
    docs = list(nlp.pipe([found.text for found in english]))
    raw = np.array([[doc.cats[label.value] for label in Label] for doc in docs], dtype=np.float64)
    truth = np.array([[label in found.labels for label in Label] for found in english], dtype=np.float64)
    tuning = Tuning()
    for column, label in enumerate(Label):
        slope, shift = calibration(_logit(raw[:, column]), truth[:, column])
        chances = _chance(slope * _logit(raw[:, column]) + shift)
        tuning.slope[label.value], tuning.shift[label.value] = slope, shift
        tuning.begins[label.value] = best_start(chances, truth[:, column])
        if label is Label.COMPLAINT:
            tuning.doubt = doubt_from(chances, truth[:, column], tuning.begins[label.value])
            tuning.cue_doubt = tuning.doubt / 2
    for fact in FACTS:
        chances = np.array([doc.cats[fact] for doc in docs], dtype=np.float64)
        tuning.facts[fact] = best_start(
            chances, np.array([bool(getattr(found, fact)) for found in english], dtype=np.float64)
        )
    return tuning


def calibrated(known: Floats, truth: Floats, unknown: Floats) -> tuple[Floats, Floats]:
    """Both columns of raw chances, calibrated by the first."""
    slope, shift = calibration(_logit(known), truth)
    return _chance(slope * _logit(known) + shift), _chance(slope * _logit(unknown) + shift)


def calibration(logits: Floats, truth: Floats) -> tuple[float, float]:
    """Platt's slope and shift, by Newton's method with a light pull towards (1, 0)."""
    ends = np.stack([logits, np.ones_like(logits)], axis=1)
    prior = np.array([1.0, 0.0])
    weights, pull = prior.copy(), np.eye(2)
    for _ in range(50):
        chance = _chance(ends @ weights)
        slope = ends.T @ (chance - truth) + pull @ (weights - prior)
        bend = (ends * (chance * (1 - chance))[:, None]).T @ ends + pull
        step = np.linalg.solve(bend, slope)
        weights -= step
        if float(np.abs(step).max()) < 1e-9:
            break
    return float(max(weights[0], 0.05)), float(weights[1])


def best_start(chances: Floats, truth: Floats) -> float:
    """The threshold of the best F1; among equals the one nearest to a half."""

    def f1(start: float) -> float:
        given = chances >= start
        return float(2 * (given * truth).sum() / max(1.0, given.sum() + truth.sum()))

    return float(max(np.arange(0.2, 0.71, 0.02), key=lambda start: (round(f1(start), 3), -abs(start - 0.5))))


def doubt_from(chances: Floats, truth: Floats, start: float) -> float:
    """Where doubt begins: the cheapest sum of missed complaints and needless reviews."""

    def cost(doubt: float) -> float:
        missed = ((chances < doubt) & (truth == 1)).sum()
        needless = ((chances >= doubt) & (chances < start) & (truth == 0)).sum()
        return float(PRICE * missed + needless)

    return float(min(np.arange(0.005, start, 0.005), key=lambda doubt: (cost(doubt), -doubt)))


def _logit(chances: Floats) -> Floats:
    clipped = np.clip(chances, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _chance(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))
