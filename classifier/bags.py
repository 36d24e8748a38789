"""The third step: what the statistics may count, as one bag of features a sentence.

A bag holds the tidied words, pairs of neighbours, pieces of longer words, the classes of words in the order they
come (so that "never turned up" and "didn't show" look alike) and the cues. Only features met at least
`least` times in training have a row; anything else is unknown rather than a collision.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import ensure_path

from classifier import book

Keys = NDArray[np.uint64]
TABLE_BITS = 17
REMEMBERED = 50_000


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


_PAIR, _SKIP, _CLASS, _CLASSES, _THREE = (
    np.uint64(_hash(f"earshot.{name}")) for name in ("pair", "skip", "class", "classes", "three")
)
_TURN = np.uint64(0x9E3779B97F4A7C15)


Doc.set_extension("bags", default=None, force=True)


class Bags:
    """Leaves `(rows, lengths)` on `Doc._.bags`: the rows of known features, and how many each sentence has."""

    def __init__(self, nlp: Language, least: int, most: int) -> None:
        self.strings = nlp.vocab.strings
        self.least = least
        self.most = most
        self._pieces: dict[int, Keys] = {}
        self._classes = _classes_by_letter()
        self._cue_keys = {cue.name: _hash(f"cue:{cue.kind}:{cue.name}") for cue in book.book().cues}
        self.keys: Keys = np.zeros(0, dtype=np.uint64)
        self._index()

    def __call__(self, doc: Doc) -> Doc:
        keys, owners = self.features(doc)
        slots = self._slots[(keys >> np.uint64(20)) & np.uint64((1 << TABLE_BITS) - 1)]
        known = self._checks[slots] == keys
        doc._.bags = (slots[known], np.bincount(owners[known], minlength=len(doc._.sentences)).astype(np.int32))
        return doc

    def features(self, doc: Doc) -> tuple[Keys, NDArray[np.int64]]:
        """Every feature of the message and the sentence it belongs to, in the order of the sentences."""
        norms: Keys = doc.to_array("NORM").astype(np.uint64)
        owner_of = np.repeat(np.arange(len(doc._.sentences)), [end - start for start, end in doc._.sentences])
        parts: list[Keys] = [norms]
        owners: list[NDArray[np.int64]] = [owner_of]
        for step, salt in ((1, _PAIR), (2, _SKIP)):
            if len(norms) > step:
                parts.append((norms[:-step] * _TURN) ^ (norms[step:] + salt))
                owners.append(owner_of[:-step])
        pieces = [self._pieces_of(norm) for norm in norms.tolist()]
        parts.extend(pieces)
        owners.append(np.repeat(owner_of, [len(piece) for piece in pieces]))
        for keys, places in (self._class_features(doc), self._cue_features(doc)):
            if len(keys):
                parts.append(keys)
                owners.append(owner_of[places])
        keys, owner = np.concatenate(parts), np.concatenate(owners)
        order = np.argsort(owner, kind="stable")
        return keys[order], owner[order]

    def _class_features(self, doc: Doc) -> tuple[Keys, NDArray[np.int64]]:
        every: list[int] = []
        first: list[int] = []
        places: list[int] = []
        owners: list[int] = []
        classes = self._classes
        for place, letter in enumerate(doc._.spelling):
            found = classes.get(letter)
            if found is not None:
                first.append(found[0])
                owners.append(place)
                every.extend(found)
                places.extend([place] * len(found))
        if not first:
            return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
        single = np.array(first, dtype=np.uint64)
        where = np.array(owners)
        pairs = (single[:-1] * _TURN) ^ (single[1:] + _CLASSES)
        triples = (pairs[:-1] * _TURN) ^ (single[2:] + _THREE)
        return (
            np.concatenate([np.array(every, dtype=np.uint64) + _CLASS, pairs, triples]),
            np.concatenate([np.array(places), where[: len(pairs)], where[: len(triples)]]),
        )

    def _cue_features(self, doc: Doc) -> tuple[Keys, NDArray[np.int64]]:
        names = [self._cue_keys[found.cue.name] for found in doc._.cues]
        return np.array(names, dtype=np.uint64), np.array([found.start for found in doc._.cues], dtype=np.int64)

    def _pieces_of(self, norm: int) -> Keys:
        pieces = self._pieces.get(norm)
        if pieces is None:
            if len(self._pieces) > REMEMBERED:
                self._pieces.clear()
            pieces = self._pieces[norm] = _pieces(self.strings[norm])
        return pieces

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language, seen: Counter[int] | None = None
    ) -> None:
        """Gives a row to each feature met in at least `least` training messages."""
        met: Counter[int] = Counter()
        hearing = nlp.get_pipe("cues")
        for example in get_examples():
            met.update(np.unique(self.features(hearing(example.reference.copy()))[0]).tolist())
        self.keys = np.array(
            [key for key, count in met.most_common() if count >= self.least][: self.most], dtype=np.uint64
        )
        self._index()

    def _index(self) -> None:
        """Most frequent first: where two share a slot, the more frequent stays."""
        self._slots = np.zeros(1 << TABLE_BITS, dtype=np.int32)
        places = (self.keys >> np.uint64(20)) & np.uint64((1 << TABLE_BITS) - 1)
        self._slots[places[::-1]] = np.arange(len(self.keys), 0, -1, dtype=np.int32)
        self._checks = np.concatenate([np.zeros(1, dtype=np.uint64), self.keys])

    def to_disk(self, path: Path | str, *, exclude: tuple[str, ...] = ()) -> None:
        with ensure_path(path).open("wb") as file:
            np.save(file, self.keys)

    def from_disk(self, path: Path | str, *, exclude: tuple[str, ...] = ()) -> "Bags":
        with ensure_path(path).open("rb") as file:
            self.keys = np.load(file)
        self._index()
        return self


def _classes_by_letter() -> dict[str, tuple[int, ...]]:
    alphabet = book.book().alphabet
    found: dict[str, list[int]] = {}
    for name in alphabet.class_names():
        for letter in alphabet.members(name):
            found.setdefault(letter, []).append(_hash(f"class:{name}"))
    return {letter: tuple(names) for letter, names in found.items()}


def _pieces(word: str) -> Keys:
    """The start of a longer word, and its runs of four letters."""
    if len(word) < 5 or not word.isalpha():
        return np.zeros(0, dtype=np.uint64)
    word = word[:24]
    runs = {word[place : place + 4] for place in range(len(word) - 3)}
    return np.array([_hash(f"piece:{piece}") for piece in sorted(runs | {"^" + word[:5]})], dtype=np.uint64)


@Language.factory("earshot_bags", default_config={"least": 2, "most": 32767})
def _bags(nlp: Language, name: str, least: int, most: int) -> Bags:
    return Bags(nlp, least, most)
