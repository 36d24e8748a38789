"""Chooses, on the dev split, the calibration and the thresholds, at the prices that mistakes have.

A complaint silently taken for something else costs as much as `PRICE` reviews that were not needed, and a hazard or an
urgent message unseen as much as `ALARM` false alarms.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language

from classifier.corpus import Message
from classifier.decision import Tuning
from classifier.labels import HEADS, Hazard, Label
from classifier.manners import core_of

PRICE = 20.0
ALARM = 4.0
PULL = 1.0  # how strongly calibration is pulled towards leaving things as they are
ALARMS = frozenset({"urgent", *(hazard.value for hazard in Hazard)})
Floats = NDArray[np.float64]


def tuned(nlp: Language, messages: Sequence[Message]) -> Tuning:
    english = [found for found in messages if found.language == "en"]
    docs = list(nlp.pipe([core_of(found.text).text for found in english]))
    tuning = Tuning()
    for head in HEADS:
        raw = _logit(np.array([doc.cats[head] for doc in docs], dtype=np.float64))
        truth = np.array([found.says(head) for found in english], dtype=np.float64)
        slope, shift = calibration(raw, truth)
        chances = _chance(slope * raw + shift)
        tuning.slope[head], tuning.shift[head] = slope, shift
        tuning.begins[head] = cheapest_start(chances, truth) if head in ALARMS else best_start(chances, truth)
        if head == Label.COMPLAINT:
            tuning.doubt = doubt_from(chances, truth, tuning.begins[head])
            tuning.cue_doubt = tuning.doubt / 2
    return tuning


def calibrated(known: Floats, truth: Floats, unknown: Floats) -> tuple[Floats, Floats]:
    """Both columns of raw chances, calibrated by the first."""
    slope, shift = calibration(_logit(known), truth)
    return _chance(slope * _logit(known) + shift), _chance(slope * _logit(unknown) + shift)


def calibration(logits: Floats, truth: Floats) -> tuple[float, float]:
    """Platt's slope and shift, by Newton's method with a light pull towards (1, 0)."""
    ends = np.stack([logits, np.ones_like(logits)], axis=1)
    prior = np.array([1.0, 0.0])
    weights, pull = prior.copy(), PULL * np.eye(2)
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


def cheapest_start(chances: Floats, truth: Floats) -> float:
    """The threshold at which unseen alarms, at their price, and false ones cost least; among equals the lowest."""

    def cost(start: float) -> float:
        given = chances >= start
        return float(ALARM * (truth * ~given).sum() + ((1 - truth) * given).sum())

    return float(min(np.arange(0.04, 0.61, 0.02), key=lambda start: (cost(start), start)))


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
