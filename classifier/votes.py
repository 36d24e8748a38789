"""The layer of `textcat_multilabel` that counts features: the message as a whole votes, and so does each sentence.

A linear score over all features says what a message is about; a second one over each sentence, pooled so that the
strongest sentence leads, lets one decisive sentence in a long letter count.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc
from thinc.api import Model

from classifier.bags import Bag

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Votes = Model[Sequence[Doc], Any]
GAIN = 5.0  # rare features must learn faster than the windows of `context.py`, and one optimizer serves both


class Flat(NamedTuple):
    """All features of a batch in a line, what each is worth, the size of each sentence that has any, its message."""

    rows: Ints
    worths: Floats
    sizes: Ints
    owners: Ints


def sentence_votes(rows: int, nO: int | None = None) -> Votes:
    """`rows` is one more than the most features that the bags may know."""
    return Model(
        "sentence_votes",
        forward,
        init=_init,
        params={"W": None, "b": None},
        dims={"nO": nO},
        attrs={"rows": rows},
    )


def _init(model: Votes, X: Any = None, Y: Any = None) -> None:
    if Y is not None and model.has_dim("nO") is None:
        model.set_dim("nO", Y.shape[1])
    width = model.get_dim("nO")
    model.set_param("W", model.ops.alloc2f(model.attrs["rows"], 2 * width))
    model.set_param("b", model.ops.alloc1f(width))


def forward(model: Votes, docs: Sequence[Doc], is_train: bool) -> tuple[Any, Callable[[Any], Sequence[Doc]]]:
    weights: Floats = np.asarray(model.get_param("W"))
    bias: Floats = np.asarray(model.get_param("b"))
    if is_train:
        return _learning(model, docs, weights, bias)
    return GAIN * (np.stack([_read(doc._.bags, weights) for doc in docs]) + bias), lambda _: docs


def _read(bag: Bag, weights: Floats) -> Floats:
    """What one message votes; the same sums as in learning, one message at a time, which is faster."""
    width = weights.shape[1] // 2
    if not len(bag.rows):
        return np.zeros(width, dtype=np.float32)
    chosen = weights.take(bag.rows, axis=0)
    squares = bag.worths * bag.worths
    sizes = [size for size in bag.sizes.tolist() if size]
    if len(sizes) == 1:
        summed = (bag.worths @ chosen) / np.sqrt(max(1e-6, float(squares.sum())))
        only: Floats = summed[:width] + summed[width:]
        return only.astype(np.float32)
    starts = list(accumulate(sizes, initial=0))
    scores = np.stack([bag.worths[a:b] @ chosen[a:b] for a, b in pairwise(starts)])
    own = np.maximum(1e-6, np.add.reduceat(squares, starts[:-1]))[:, None]
    votes = scores[:, width:] / np.sqrt(own)
    raised = np.exp(votes - votes.max(axis=0))
    whole = scores[:, :width].sum(axis=0) / np.sqrt(max(1e-6, float(squares.sum())))
    read: Floats = whole + (raised * votes).sum(axis=0) / raised.sum(axis=0)
    return read.astype(np.float32)


def by_sentence(model: Votes, bag: Bag, heads: Sequence[int]) -> Floats:
    """What each sentence of a message adds to the vote of the whole, one row a sentence and one column a head."""
    weights: Floats = np.asarray(model.get_param("W"))[np.ix_(bag.rows, np.asarray(heads))] * bag.worths[:, None]
    ends = bag.sizes.cumsum()
    summed = np.vstack([np.zeros((1, len(heads)), dtype=np.float32), weights.cumsum(axis=0)])
    added = summed[ends] - summed[ends - bag.sizes]
    scaled: Floats = GAIN * added / np.sqrt(max(1e-6, float((bag.worths**2).sum())))
    return scaled


def _learning(
    model: Votes, docs: Sequence[Doc], weights: Floats, bias: Floats
) -> tuple[Any, Callable[[Any], Sequence[Doc]]]:
    width, flat = len(bias), _flat(docs)
    scores = _sums(weights[flat.rows] * flat.worths[:, None], flat.sizes)
    squares = _sums(np.square(flat.worths)[:, None], flat.sizes)
    own_scale = _scale(squares)
    whole_scale = _scale(_per_doc(squares, flat.owners, len(docs)))
    whole = _per_doc(scores[:, :width], flat.owners, len(docs)) * whole_scale
    votes = scores[:, width:] * own_scale
    shares, pooled = _pool(votes, flat.owners, len(docs))

    def backprop(d_scores: Any) -> Sequence[Doc]:
        d_scores = d_scores * GAIN
        d_whole = (d_scores * whole_scale)[flat.owners]
        d_votes = d_scores[flat.owners] * shares * (1.0 + votes - pooled[flat.owners]) * own_scale
        slope = np.repeat(np.hstack([d_whole, d_votes]), flat.sizes, axis=0) * flat.worths[:, None]
        columns: list[Any] = [np.bincount(flat.rows, weights=column, minlength=len(weights)) for column in slope.T]
        slope_of_weights: Any = np.stack(columns, axis=1).astype(np.float32)
        model.inc_grad("W", slope_of_weights)
        model.inc_grad("b", d_scores.sum(axis=0))
        return docs

    return GAIN * (whole + pooled + bias), backprop


def _scale(squares: Floats) -> Floats:
    scaled: Floats = (1.0 / np.sqrt(np.maximum(1e-6, squares))).astype(np.float32)
    return scaled


def _flat(docs: Sequence[Doc]) -> Flat:
    bags = [doc._.bags for doc in docs]
    lengths = _joined(bags, 2)
    owners = np.repeat(np.arange(len(bags)), [len(bag[2]) for bag in bags])
    kept = lengths > 0
    return Flat(_joined(bags, 0), _joined(bags, 1), lengths[kept], owners[kept])


def _joined(bags: Sequence[tuple[Any, Any, Any]], part: int) -> Any:
    return np.concatenate([bag[part] for bag in bags])


def _sums(values: Floats, sizes: Ints) -> Floats:
    """Adds up consecutive stretches of the given sizes, none of them empty."""
    if not len(sizes):
        return np.zeros((0, values.shape[1]), dtype=np.float32)
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)[:-1]])
    summed: Floats = np.add.reduceat(values, starts, axis=0)
    return summed


def _per_doc(values: Floats, owners: Ints, count: int) -> Floats:
    total = np.zeros((count, values.shape[1]), dtype=np.float32)
    np.add.at(total, owners, values)
    return total


def _pool(votes: Floats, owners: Ints, count: int) -> tuple[Floats, Floats]:
    """Each sentence's share of its message's say, and the pooled vote: the strongest sentence leads."""
    top = np.full((count, votes.shape[1]), -np.inf, dtype=np.float32)
    np.maximum.at(top, owners, votes)
    raised = np.exp(votes - top[owners])
    shares = raised / _per_doc(raised, owners, count)[owners]
    return shares, _per_doc(shares * votes, owners, count)
