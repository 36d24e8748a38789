"""The layer of `textcat_multilabel` that reads words in their context: what a word means, between its neighbours.

Each word has a meaning, a short row of numbers that learnt from far more English than our corpus holds
(`meanings.py`). Two windows of three words, one upon the other, read it between its neighbours; then the strongest
reading anywhere in the message leads, so that one decisive sentence in a long letter counts, beside the mean of all.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc
from thinc.api import Model, Shim

from classifier.meanings import lexicon

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Context = Model[Sequence[Doc], Any]
TOGETHER = 32  # rows are multiplied in stacks of so many, so that a message alone is read exactly as among others


class Table(Shim):
    """Each meaning times the first window's weights: worked out when first read by, never kept on disk."""

    products: Floats | None = None

    def finish_update(self, optimizer: Any) -> None:
        """Nothing of it is learnt."""

    def to_bytes(self) -> bytes:
        return b""

    def from_bytes(self, bytes_data: bytes) -> "Table":
        return self


class Layout(NamedTuple):
    """The words of a batch in a line, an empty place before and after each message."""

    words: Ints  # with the empty places
    places: Ints  # of the words in that line
    starts: Ints  # of the messages among the words
    sizes: Ints


def words_in_context(width: int, nO: int | None = None) -> Context:
    """`width` is how many readings each window makes of a word; the meanings themselves are not learnt anew."""
    return Model(
        "words_in_context",
        forward,
        init=_init,
        params=dict.fromkeys(("W1", "b1", "W2", "b2", "Wo", "bo")),
        dims={"nO": nO},
        attrs={"width": width, "dropout_rate": 0.0},
        shims=[Table(None)],
    )


def _drawn(fan_in: int, fan_out: int) -> Floats:
    """First weights; spaCy's training has set numpy's seed."""
    spread = 1 / np.sqrt(fan_in)
    return np.random.uniform(-spread, spread, (fan_in, fan_out)).astype(np.float32)


def _init(model: Context, X: Any = None, Y: Any = None) -> None:
    if Y is not None and model.has_dim("nO") is None:
        model.set_dim("nO", Y.shape[1])
    width, depth, outputs = model.attrs["width"], lexicon().meanings.shape[1], model.get_dim("nO")
    for name, fan_in, fan_out in (("1", 3 * depth, width), ("2", 3 * width, width), ("o", 2 * width, outputs)):
        first: Any = {"W": _drawn(fan_in, fan_out), "b": np.zeros(fan_out, dtype=np.float32)}
        for letter, weights in first.items():
            model.set_param(letter + name, weights)


def forward(model: Context, docs: Sequence[Doc], is_train: bool) -> tuple[Any, Callable[[Any], Sequence[Doc]]]:
    at = layout([doc._.meanings for doc in docs])
    if is_train:
        _table(model).products = None
        return _learning(model, docs, at)
    second = readings(model, at)
    return _times(_pooled(second, at)[0], _param(model, "Wo")) + _param(model, "bo"), lambda _: docs


def readings(model: Context, at: Layout) -> Floats:
    """What both windows make of each word. The first is looked up: each meaning times each of its three places."""
    width = model.attrs["width"]
    kept = _table(model)
    if kept.products is None:
        kept.products = np.stack([lexicon().meanings @ part for part in np.split(_param(model, "W1"), 3)])
    table: Floats = kept.products
    first = table[1][at.words[at.places]]
    first += table[0][at.words[at.places - 1]]
    first += table[2][at.words[at.places + 1]]
    first += _param(model, "b1")
    np.maximum(first, 0, out=first)
    lined = np.zeros((len(at.words), width), dtype=np.float32)
    lined[at.places] = first
    second = _times(_window(lined, at.places), _param(model, "W2"))
    second += _param(model, "b2")
    np.maximum(second, 0, out=second)
    second += first
    return second


def layout(rows: Sequence[Ints]) -> Layout:
    """Each message has at least one row."""
    sizes = np.array([len(one) for one in rows], dtype=np.int64)
    owners = np.repeat(np.arange(len(rows)), sizes)
    places = np.arange(len(owners)) + owners + 1
    words = np.zeros(len(owners) + len(rows) + 1, dtype=np.int64)
    words[places] = np.concatenate(rows) if len(rows) else words[places]
    return Layout(words, places, np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64), sizes)


def _learning(model: Context, docs: Sequence[Doc], at: Layout) -> tuple[Any, Callable[[Any], Sequence[Doc]]]:
    w1, w2, wo = (_param(model, name) for name in ("W1", "W2", "Wo"))
    width, rate = model.attrs["width"], model.attrs["dropout_rate"]
    lined_words = lexicon().meanings[at.words]
    lined_words *= _kept(model, lined_words.shape, rate)
    seen = _window(lined_words, at.places)
    first = np.maximum(seen @ w1 + _param(model, "b1"), 0)
    lined = np.zeros((len(at.words), width), dtype=np.float32)
    lined[at.places] = first
    seen_again = _window(lined, at.places)
    raised = np.maximum(seen_again @ w2 + _param(model, "b2"), 0)
    second = first + raised
    pooled, leading = _pooled(second, at)
    kept = _kept(model, pooled.shape, rate)
    pooled *= kept

    def backprop(d_scores: Any) -> Sequence[Doc]:
        model.inc_grad("Wo", pooled.T @ d_scores)
        model.inc_grad("bo", d_scores.sum(axis=0))
        d_pooled = (d_scores @ wo.T) * kept
        owners = np.repeat(np.arange(len(at.sizes)), at.sizes)
        d_second = d_pooled[owners, :width] * leading
        d_second += (d_pooled[:, width:] / np.sqrt(at.sizes)[:, None])[owners].astype(np.float32)
        d_raised = d_second * (raised > 0)
        model.inc_grad("W2", seen_again.T @ d_raised)
        model.inc_grad("b2", d_raised.sum(axis=0))
        d_first = (d_second + _unwindow(d_raised @ w2.T, at, width)[at.places]) * (first > 0)
        model.inc_grad("W1", seen.T @ d_first)
        model.inc_grad("b1", d_first.sum(axis=0))
        return docs

    return pooled @ wo + _param(model, "bo"), backprop


def _window(lined: Floats, places: Ints) -> Floats:
    return np.concatenate([lined[places - 1], lined[places], lined[places + 1]], axis=1)


def _unwindow(d_window: Floats, at: Layout, width: int) -> Floats:
    d_lined = np.zeros((len(at.words), width), dtype=np.float32)
    for place, shift in enumerate((-1, 0, 1)):
        d_lined[at.places + shift] += d_window[:, place * width : (place + 1) * width]
    return d_lined


def _pooled(second: Floats, at: Layout) -> tuple[Floats, NDArray[np.bool_]]:
    """The strongest and the mean reading of each message, and which words were the strongest."""
    strongest = np.maximum.reduceat(second, at.starts, axis=0)
    mean = np.add.reduceat(second, at.starts, axis=0) / np.sqrt(at.sizes)[:, None].astype(np.float32)
    return np.hstack([strongest, mean]), second == np.repeat(strongest, at.sizes, axis=0)


def _times(rows: Floats, weights: Floats) -> Floats:
    """Rows times weights in whole stacks: what comes out for a row does not hang on how many there are."""
    short = -len(rows) % TOGETHER
    if short:
        rows = np.concatenate([rows, np.zeros((short, rows.shape[1]), dtype=np.float32)])
    product: Floats = rows @ weights
    return product[: len(product) - short]


def _kept(model: Context, shape: tuple[int, ...], rate: float) -> Floats:
    """What dropout leaves, scaled so that the sum stays."""
    mask: Floats = np.asarray(model.ops.get_dropout_mask(shape, rate or 0.0), dtype=np.float32)
    return mask


def _table(model: Context) -> Table:
    table = model.shims[0]
    assert isinstance(table, Table)  # noqa: S101 (for the type checker: there is no other)
    return table


def _param(model: Context, name: str) -> Floats:
    param: Any = model.get_param(name)
    kept: Floats = param
    return kept
