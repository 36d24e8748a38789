"""Which labels a message has together: the eight mixes that the annotation guide allows, weighed against one another.

A message is one of the eight, so their chances add up to one, and what speaks for one speaks against the others: a
comment is never anything else, and something still to be done is far likelier beside a complaint than beside praise.
"""

import numpy as np
from numpy.typing import NDArray

from classifier.labels import PRECEDENCE, Label
from classifier.newton import Slope, lowest

Floats = NDArray[np.float64]
Mix = tuple[Label, ...]
C, S, P, K = PRECEDENCE
MIXES: tuple[Mix, ...] = ((C,), (C, S), (S,), (P,), (K,), (S, P), (C, P), (C, S, P))
HELD: Floats = np.array([[label in mix for label in PRECEDENCE] for mix in MIXES], dtype=np.float64)
COMPLAINT_BEGINS = 0.45  # a little under a half: a complaint taken for something else is the dearer mistake
PULL = 18.0  # how strongly the weights are pulled towards nought: there are few messages to choose them on


def head_of(mix: Mix) -> str:
    """The name under which the statistics say how likely exactly this mix is."""
    return "just " + " and ".join(mix)


# what the weights count: the labels one by one, and the mixes
SEEN: tuple[str, ...] = (*PRECEDENCE, *map(head_of, MIXES))


def chances_of(logits: Floats, weights: Floats) -> Floats:
    """Of each mix, one row a message; `logits` are of `SEEN`, `weights` a row more (the last for itself)."""
    sums = logits @ weights[:-1] + weights[-1]
    raised = np.exp(sums - sums.max(axis=1, keepdims=True))
    chances: Floats = raised / raised.sum(axis=1, keepdims=True)
    return chances


def labels_of(chances: Floats) -> Floats:
    """The chance of each label, in the order of `PRECEDENCE`: the sum of the mixes that hold it."""
    return np.asarray(chances @ HELD)


def likeliest(chances: Floats) -> NDArray[np.int64]:
    """The place of the mix that each message is taken to be: first whether it is a complaint, then what else."""
    complaint = labels_of(chances)[:, 0] >= COMPLAINT_BEGINS
    in_accord = np.where(HELD[:, 0] == complaint[:, None], chances, -1.0)
    return np.asarray(in_accord.argmax(axis=1))


def weighed(logits: Floats, truth: NDArray[np.int64]) -> Floats:
    """The weights that make the mixes that hold (places in `MIXES`) likeliest."""
    seen = np.hstack([logits, np.ones((len(logits), 1))])
    held, kinds = np.eye(len(MIXES))[truth], len(MIXES)
    pull = np.full((seen.shape[1], kinds), PULL)
    pull[-1] = 1.0

    def lie(flat: Floats) -> Slope:
        weights = flat.reshape(pull.shape)
        chances = chances_of(logits, weights)
        spread = chances[:, :, None] * (np.eye(kinds) - chances[:, None, :])
        bend = np.einsum("nab,nf,ng->fagb", spread, seen, seen, optimize=True).reshape(pull.size, pull.size)
        missed = -np.log(np.maximum(chances[np.arange(len(truth)), truth], 1e-300)).sum()
        return Slope(
            float(missed + (pull * weights**2).sum() / 2),
            (seen.T @ (chances - held) + pull * weights).ravel(),
            bend + np.diag(pull.ravel()),
        )

    return lowest(np.zeros(pull.size), lie).reshape(pull.shape)
