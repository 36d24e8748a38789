"""Chooses, on the dev split, the calibration and the thresholds, at the prices that mistakes have.

A complaint silently taken for something else costs as much as `PRICE` reviews that were not needed, a hazard unseen as
much as `ALARM` false ones, and an urgent message unseen as much as `WAKING` people called at night for nothing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language

from classifier.corpus import Message
from classifier.decision import Tuning, cues_of, hints_of, logit, logits_of
from classifier.labels import HEADS, PRECEDENCE, Hazard
from classifier.manners import core_of
from classifier.mixes import MIXES, SEEN, weighed
from classifier.newton import Slope, lowest

PRICE = 20.0
DOUBT = 1 / (1 + PRICE)  # the calibrated chance of a complaint at which asking costs as much as not asking
ALARM = 7.0
WAKING = 5.0
PULL = 1.0  # how strongly calibration is pulled towards leaving things as they are
PRICES = {"urgent": WAKING, **dict.fromkeys((hazard.value for hazard in Hazard), ALARM)}
Floats = NDArray[np.float64]


def tuned(nlp: Language, messages: Sequence[Message]) -> Tuning:
    english = [found for found in messages if found.language == "en"]
    docs = list(nlp.pipe([core_of(found.text).text for found in english]))
    heard = [(cues_of(doc._.heard), hints_of(doc._.heard)) for doc in docs]
    tuning = Tuning()
    mixes = [tuple(label for label in PRECEDENCE if label in found.labels) for found in english]
    seen = logits_of(docs, SEEN)
    weights = weighed(seen, np.array([MIXES.index(mix) for mix in mixes]))
    tuning.mixes = weights.round(6).tolist()
    tuning.doubt = DOUBT
    for head in HEADS[len(PRECEDENCE) :]:
        named = np.array([(1.0, head in cues, head in hints) for cues, hints in heard])
        seen = np.hstack([logits_of(docs, [head]), named])
        truth = np.array([found.says(head) for found in english], dtype=np.float64)
        weights = calibration(seen, truth)
        chances = _chance(seen @ weights)
        tuning.slope[head], tuning.shift[head], tuning.cue[head], tuning.hint[head] = weights.tolist()
        price = PRICES.get(head)
        tuning.begins[head] = cheapest_start(chances, truth, price) if price else best_start(chances, truth)
    return tuning


def calibrated(known: Floats, truth: Floats, unknown: Floats) -> tuple[Floats, Floats]:
    """Both columns of raw chances, calibrated by the first."""
    seen, unseen = (np.stack([logit(raw), np.ones_like(raw)], axis=1) for raw in (known, unknown))
    weights = calibration(seen, truth)
    return _chance(seen @ weights), _chance(unseen @ weights)


def calibration(seen: Floats, truth: Floats) -> Floats:
    """Platt's weights of the columns, the first of them the logit: lightly pulled towards 1, 0, 0…"""
    prior = np.zeros(seen.shape[1])
    prior[0] = 1.0

    def lie(weights: Floats) -> Slope:
        sums, off = seen @ weights, weights - prior
        chance = _chance(sums)
        return Slope(
            float((np.logaddexp(0, sums) - truth * sums).sum() + PULL * off @ off / 2),
            seen.T @ (chance - truth) + PULL * off,
            (seen * (chance * (1 - chance))[:, None]).T @ seen + PULL * np.eye(len(prior)),
        )

    weights = lowest(prior, lie)
    weights[0] = max(weights[0], 0.05)
    return weights


def best_start(chances: Floats, truth: Floats) -> float:
    """The threshold of the best F1; among equals the one nearest to a half."""

    def f1(start: float) -> float:
        given = chances >= start
        return float(2 * (given * truth).sum() / max(1.0, given.sum() + truth.sum()))

    return float(max(np.arange(0.4, 0.71, 0.02), key=lambda start: (round(f1(start), 3), -abs(start - 0.5))))


def cheapest_start(chances: Floats, truth: Floats, price: float) -> float:
    """The threshold at which what is unseen, at its price, and false alarms cost least; among equals the lowest.

    Never below the chance at which that price is even: a few lucky rows of dev are no reason to alarm at less."""

    def cost(start: float) -> float:
        given = chances >= start
        return float(price * (truth * ~given).sum() + ((1 - truth) * given).sum())

    return float(min(np.arange(1 / (1 + price), 0.61, 0.02), key=lambda start: (cost(start), start)))


def _chance(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))
