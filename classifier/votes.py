"""The statistical layer of `textcat_multilabel`: the message as a whole votes, and so does each sentence.

A linear score over all features says what a message is about; a second one over each sentence, pooled so that the
strongest sentence leads, lets one decisive sentence in a long letter count.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Model
from thinc.types import Floats2d, Ints1d

SHARPNESS = 1.0


@registry.architectures("earshot.SentenceVotes.v1")
def sentence_votes(rows: int, nO: int | None = None) -> Model[list[Doc], Floats2d]:
    """`rows` is one more than the most features that the bags may know."""
    return Model(
        "sentence_votes",
        forward,
        init=_init,
        params={"W": None, "b": None},
        dims={"nO": nO},
        attrs={"rows": rows, "multi_label": True},
    )


def _init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    if Y is not None and model.has_dim("nO") is None:
        model.set_dim("nO", Y.shape[1])
    width = model.get_dim("nO")
    model.set_param("W", model.ops.alloc2f(model.attrs["rows"], 2 * width))
    model.set_param("b", model.ops.alloc1f(width))


def forward(
    model: Model[list[Doc], Floats2d], docs: Sequence[Doc], is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], list[Doc]]]:
    weights, bias = model.get_param("W"), model.get_param("b")
    width = bias.shape[0]
    rows, sizes, owners = _flat(docs)
    scores = _sums(weights[rows], sizes)
    whole_scale = 1.0 / np.sqrt(np.maximum(1, np.bincount(owners, weights=sizes, minlength=len(docs))))
    own_scale = 1.0 / np.sqrt(sizes)
    whole = _per_doc(scores[:, :width], owners, len(docs)) * whole_scale[:, None]
    votes = scores[:, width:] * own_scale[:, None]
    shares, pooled = _pool(votes, owners, len(docs))
    chances = 1.0 / (1.0 + np.exp(-(whole + pooled + bias)))

    def backprop(d_chances: Floats2d) -> list[Doc]:
        # spaCy hands us chance minus truth: taken as the slope of the logit, that is the logistic loss
        d_whole = (d_chances * whole_scale[:, None])[owners]
        d_votes = d_chances[owners] * shares * (1.0 + (votes - pooled[owners]) / SHARPNESS) * own_scale[:, None]
        slope = np.repeat(np.hstack([d_whole, d_votes]), sizes, axis=0)
        grad = np.stack([np.bincount(rows, weights=column, minlength=len(weights)) for column in slope.T], axis=1)
        model.inc_grad("W", grad.astype(np.float32))
        model.inc_grad("b", d_chances.sum(axis=0))
        return []

    return chances.astype(np.float32), backprop


def _flat(docs: Sequence[Doc]) -> tuple[Ints1d, Ints1d, Ints1d]:
    """All rows in a line, the size of each sentence that has any, and the message it belongs to."""
    bags = [doc._.bags for doc in docs]
    rows = np.concatenate([bag[0] for bag in bags]) if bags else np.zeros(0, dtype=np.int32)
    lengths = np.concatenate([bag[1] for bag in bags])
    owners = np.repeat(np.arange(len(bags)), [len(bag[1]) for bag in bags])
    kept = lengths > 0
    return rows, lengths[kept], owners[kept]


def _sums(values: Floats2d, sizes: Ints1d) -> Floats2d:
    if not len(sizes):
        return np.zeros((0, values.shape[1]), dtype=np.float32)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return np.add.reduceat(values, starts, axis=0)


def _per_doc(values: Floats2d, owners: Ints1d, count: int) -> Floats2d:
    total = np.zeros((count, values.shape[1]), dtype=np.float32)
    np.add.at(total, owners, values)
    return total


def _pool(votes: Floats2d, owners: Ints1d, count: int) -> tuple[Floats2d, Floats2d]:
    top = np.full((count, votes.shape[1]), -np.inf, dtype=np.float32)
    np.maximum.at(top, owners, votes)
    raised = np.exp((votes - top[owners]) / SHARPNESS)
    shares = raised / _per_doc(raised, owners, count)[owners]
    return shares, _per_doc(shares * votes, owners, count)
