"""The layer of `textcat_multilabel` that reads words in their context: what a word means, between its neighbours.

Each word has a meaning, a short row of numbers that learnt from far more English than our corpus holds
(`meanings.py`). A window of three words reads it between its neighbours, and a wider mix of those readings reads it
again; then the strongest reading anywhere in the message leads, so that one decisive sentence in a long letter
counts, beside the mean of all.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc
from thinc.api import Model, Shim

from classifier.meanings import NO_WORD, lexicon

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Context = Model[Sequence[Doc], Any]
REACH = 2  # how many words to each side the mix hears
AT_ONCE = 4096  # words whose readings are held at one time

Doc.set_extension("readings", default=None, force=True)


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
    """The words of a batch in a line, `REACH` empty places before and after each message."""

    words: Ints  # with the empty places
    spoken: NDArray[np.bool_]  # which places hold a word
    starts: list[int]  # where each message begins and
    ends: list[int]  # ends in that line


def words_in_context(width: int, nO: int | None = None) -> Context:
    """`width` is how many readings are made of a word; the meanings themselves are not learnt anew."""
    return Model(
        "words_in_context",
        forward,
        init=_init,
        params=dict.fromkeys(("W1", "b1", "M2", "W2", "b2", "Wo", "bo")),
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
    for name, fan_in, fan_out in (("1", 3 * depth, width), ("2", width, width), ("o", 2 * width, outputs)):
        first: Any = {"W": _drawn(fan_in, fan_out), "b": np.zeros(fan_out, dtype=np.float32)}
        for letter, weights in first.items():
            model.set_param(letter + name, weights)
    taps = 2 * REACH + 1
    mix: Any = np.random.uniform(-1, 1, (taps, width)).astype(np.float32)
    model.set_param("M2", mix)


def forward(model: Context, docs: Sequence[Doc], is_train: bool) -> tuple[Any, Callable[[Any], Sequence[Doc]]]:
    if is_train:
        _table(model).products = None
        return _learning(model, docs, layout([doc._.meanings for doc in docs]))
    pooled = np.concatenate([_read(model, some) for some in _bounded(docs)])
    return pooled @ _param(model, "Wo") + _param(model, "bo"), lambda _: docs


def _bounded(docs: Sequence[Doc]) -> Iterator[list[Doc]]:
    """Messages in lots of about `AT_ONCE` words."""
    some: list[Doc] = []
    many = 0
    for doc in docs:
        if some and many + len(doc) > AT_ONCE:
            yield some
            some, many = [], 0
        some.append(doc)
        many += len(doc)
    if some:
        yield some


def _read(model: Context, docs: Sequence[Doc]) -> Floats:
    """The strongest and the mean reading of each message; leaves the readings of its words on `Doc._.readings`."""
    at = layout([doc._.meanings for doc in docs])
    second = readings(model, at)
    for doc, start, end in zip(docs, at.starts, at.ends, strict=True):
        doc._.readings = second[start:end]
    edges = np.stack([at.starts, at.ends], axis=1).ravel()
    strongest, sums = (pool.reduceat(second, edges, axis=0)[::2] for pool in (np.maximum, np.add))
    roots = np.sqrt(np.subtract(at.ends, at.starts)).astype(np.float32)
    return np.hstack([strongest, sums / roots[:, None]])


def readings(model: Context, at: Layout) -> Floats:
    """What is made of each place. The first window is looked up: each meaning times each of its three places."""
    kept = _table(model)
    if kept.products is None:
        kept.products = np.stack([lexicon().meanings @ part for part in np.split(_param(model, "W1"), 3)])
    before, here, after = (table.take(at.words, axis=0) for table in kept.products)
    first: Floats = here
    first[1:] += before[:-1]
    first[:-1] += after[1:]
    first += _param(model, "b1")
    np.maximum(first, 0, out=first)
    first[~at.spoken] = 0
    second: Floats = _mixed(first, _param(model, "M2")) @ _param(model, "W2")
    second += _param(model, "b2")
    np.maximum(second, 0, out=second)
    second += first
    return second


def layout(rows: Sequence[Ints]) -> Layout:
    """Each message has at least one row."""
    empty = np.full(REACH, NO_WORD, dtype=np.int64)
    words = np.concatenate([empty, *(piece for row in rows for piece in (row, empty))])
    sizes = np.array([len(row) for row in rows])
    ends = np.cumsum(sizes + REACH)
    spoken = np.zeros(len(words), dtype=np.bool_)
    for start, end in zip((ends - sizes).tolist(), ends.tolist(), strict=True):
        spoken[start:end] = True
    return Layout(words, spoken, (ends - sizes).tolist(), ends.tolist())


def _learning(model: Context, docs: Sequence[Doc], at: Layout) -> tuple[Any, Callable[[Any], Sequence[Doc]]]:
    w1, mix, w2, wo = (_param(model, name) for name in ("W1", "M2", "W2", "Wo"))
    width, rate = model.attrs["width"], model.attrs["dropout_rate"]
    meanings = lexicon().meanings[at.words]
    meanings *= _kept(model, meanings.shape, rate)
    around = np.concatenate([_shifted(meanings, shift) for shift in (-1, 0, 1)], axis=1)
    first = np.maximum(around @ w1 + _param(model, "b1"), 0) * at.spoken[:, None]
    mixed = _mixed(first, mix)
    raised = np.maximum(mixed @ w2 + _param(model, "b2"), 0)
    second = first + raised
    spans = list(zip(at.starts, at.ends, strict=True))
    strongest = np.array([start + second[start:end].argmax(axis=0) for start, end in spans])
    roots = np.sqrt([end - start for start, end in spans], dtype=np.float32)[:, None]
    sums = np.array([second[start:end].sum(axis=0) for start, end in spans])
    pooled = np.hstack([second[strongest, np.arange(width)], sums / roots])
    kept = _kept(model, pooled.shape, rate)
    pooled *= kept

    def backprop(d_scores: Any) -> Sequence[Doc]:
        model.inc_grad("Wo", pooled.T @ d_scores)
        model.inc_grad("bo", d_scores.sum(axis=0))
        d_pooled = (d_scores @ wo.T) * kept
        d_second = np.zeros_like(second)
        for (start, end), d_sum in zip(spans, d_pooled[:, width:] / roots, strict=True):
            d_second[start:end] = d_sum
        np.add.at(d_second, (strongest, np.arange(width)), d_pooled[:, :width])
        d_raised = d_second * (raised > 0)
        model.inc_grad("W2", mixed.T @ d_raised)
        model.inc_grad("b2", d_raised.sum(axis=0))
        d_mixed = d_raised @ w2.T
        shifts = range(-REACH, REACH + 1)
        d_mix: Any = np.stack([(d_mixed * _shifted(first, shift)).sum(axis=0) for shift in shifts])
        model.inc_grad("M2", d_mix)
        d_first = d_second + sum(_shifted(d_mixed, -shift) * tap for shift, tap in zip(shifts, mix, strict=True))
        d_first *= first > 0
        model.inc_grad("W1", around.T @ d_first)
        model.inc_grad("b1", d_first.sum(axis=0))
        return docs

    return pooled @ wo + _param(model, "bo"), backprop


def _shifted(lined: Floats, shift: int) -> Floats:
    """At each place what stands `shift` places on; nothing beyond the ends."""
    moved = np.zeros_like(lined)
    if shift > 0:
        moved[:-shift] = lined[shift:]
    elif shift < 0:
        moved[-shift:] = lined[:shift]
    else:
        moved[:] = lined
    return moved


def _mixed(first: Floats, mix: Floats) -> Floats:
    """Each reading with the same reading of its neighbours, each place at its own weight."""
    mixed: Floats = first * mix[REACH]
    for shift in range(1, REACH + 1):
        mixed[:-shift] += first[shift:] * mix[REACH + shift]
        mixed[shift:] += first[:-shift] * mix[REACH - shift]
    return mixed


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
