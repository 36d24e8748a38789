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
from classifier.reading import Heard

Keys = NDArray[np.uint64]
Places = NDArray[np.int64]
Worths = NDArray[np.float32]
# what a feature of each kind weighs: words, neighbours, words one apart, pieces of words, classes, cues
KINDS: Worths = np.array([1.0, 1.0, 0.5, 0.5, 1.0, 2.0], dtype=np.float32)
_NO_KEYS: Keys = np.zeros(0, dtype=np.uint64)
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
    """Leaves `(rows, worths, lengths)` on `Doc._.bags`: known features, what each is worth, how many a sentence has."""

    def __init__(self, nlp: Language, least: int, most: int) -> None:
        self.strings = nlp.vocab.strings
        self.least = least
        self.most = most
        self._pieces: dict[int, Keys] = {}
        self._classes = _classes_by_letter()
        self._cue_keys = {cue.name: _hash(f"cue:{cue.kind}:{cue.name}") for cue in book.book().cues}
        self.keys: Keys = np.zeros(0, dtype=np.uint64)
        self.worths: Worths = np.zeros(0, dtype=np.float32)
        self._index()

    def __call__(self, doc: Doc) -> Doc:
        heard = doc._.heard
        keys, owners, _ = self.features(doc, heard)
        slots = self._slots[(keys >> np.uint64(20)) & np.uint64((1 << TABLE_BITS) - 1)]
        known = self._checks[slots] == keys
        rows = slots[known]
        lengths = np.bincount(owners[known], minlength=len(heard.sentences))
        doc._.bags = (rows, self._row_worths[rows], lengths)
        return doc

    def features(self, doc: Doc, heard: Heard) -> tuple[Keys, Places, Places]:
        """Every feature of the message, the sentence that it belongs to and its kind, in the order of the sentences."""
        norms: Keys = doc.to_array("NORM").astype(np.uint64)
        owner_of = np.repeat(np.arange(len(heard.sentences)), [end - start for start, end in heard.sentences])
        pieces = [self._pieces_of(norm) for norm in norms.tolist()]
        parts: list[tuple[Keys, Places]] = [
            (norms, owner_of),
            ((norms[:-1] * _TURN) ^ (norms[1:] + _PAIR), owner_of[:-1]),
            ((norms[:-2] * _TURN) ^ (norms[2:] + _SKIP), owner_of[: max(0, len(norms) - 2)]),
            (np.concatenate([_NO_KEYS, *pieces]), np.repeat(owner_of, [len(piece) for piece in pieces])),
        ]
        for keys, places in (self._class_features(heard.spelling), self._cue_features(heard.cues)):
            parts.append((keys, owner_of[places]))
        keys = np.concatenate([part for part, _ in parts])
        owners = np.concatenate([owner for _, owner in parts])
        kinds = np.repeat(np.arange(len(parts)), [len(part) for part, _ in parts])
        order = np.argsort(owners, kind="stable")
        return keys[order], owners[order], kinds[order]

    def _class_features(self, spelling: str) -> tuple[Keys, Places]:
        every: list[int] = []
        first: list[int] = []
        places: list[int] = []
        owners: list[int] = []
        classes = self._classes
        for place, letter in enumerate(spelling):
            found = classes.get(letter)
            if found is not None:
                first.append(found[0])
                owners.append(place)
                every.extend(found)
                places.extend([place] * len(found))
        if not first:
            return _NO_KEYS, np.zeros(0, dtype=np.int64)
        single = np.array(first, dtype=np.uint64)
        where = np.array(owners)
        pairs = (single[:-1] * _TURN) ^ (single[1:] + _CLASSES)
        triples = (pairs[:-1] * _TURN) ^ (single[2:] + _THREE)
        return (
            np.concatenate([np.array(every, dtype=np.uint64) + _CLASS, pairs, triples]),
            np.concatenate([np.array(places), where[: len(pairs)], where[: len(triples)]]),
        )

    def _cue_features(self, cues: list[book.Found]) -> tuple[Keys, Places]:
        names = [self._cue_keys[found.cue.name] for found in cues]
        return np.array(names, dtype=np.uint64), np.array([found.start for found in cues], dtype=np.int64)

    def _pieces_of(self, norm: int) -> Keys:
        pieces = self._pieces.get(norm)
        if pieces is None:
            if len(self._pieces) > REMEMBERED:
                self._pieces.clear()
            pieces = self._pieces[norm] = _pieces(self.strings[norm])
        return pieces

    def initialize(self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language) -> None:
        """Gives a row to each feature met in at least `least` training messages."""
        met: Counter[int] = Counter()
        kind_of: dict[int, int] = {}
        hearing = nlp.get_pipe("cues")
        count = 0
        for count, example in enumerate(get_examples(), start=1):  # noqa: B007 (how many there were)
            doc = hearing(example.reference.copy())
            keys, _, kinds = self.features(doc, doc._.heard)
            found = dict(zip(keys.tolist(), kinds.tolist(), strict=True))
            met.update(found.keys())
            kind_of.update(found)
        kept = [(key, number) for key, number in met.most_common() if number >= self.least][: self.most]
        self.keys = np.array([key for key, _ in kept], dtype=np.uint64)
        rarity = np.log((1 + count) / (1 + np.array([number for _, number in kept]))) + 1
        self.worths = (rarity * KINDS[[kind_of[key] for key, _ in kept]]).astype(np.float32)
        self._index()

    def _index(self) -> None:
        """Most frequent first: where two share a slot, the more frequent stays."""
        self._slots = np.zeros(1 << TABLE_BITS, dtype=np.int32)
        places = (self.keys >> np.uint64(20)) & np.uint64((1 << TABLE_BITS) - 1)
        self._slots[places[::-1]] = np.arange(len(self.keys), 0, -1, dtype=np.int32)
        self._checks = np.concatenate([np.zeros(1, dtype=np.uint64), self.keys])
        self._row_worths = np.concatenate([np.zeros(1, dtype=np.float32), self.worths])

    def to_disk(self, path: Path | str, *, exclude: tuple[str, ...] = ()) -> None:
        with ensure_path(path).open("wb") as file:
            np.save(file, self.keys)
            np.save(file, self.worths)

    def from_disk(self, path: Path | str, *, exclude: tuple[str, ...] = ()) -> "Bags":
        with ensure_path(path).open("rb") as file:
            self.keys = np.load(file)
            self.worths = np.load(file)
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
        return _NO_KEYS
    word = word[:24]
    runs = {word[place : place + 4] for place in range(len(word) - 3)}
    return np.array([_hash(f"piece:{piece}") for piece in sorted(runs | {"^" + word[:5]})], dtype=np.uint64)


@Language.factory("earshot_bags", default_config={"least": 2, "most": 32767})
def _bags(nlp: Language, name: str, least: int, most: int) -> Bags:
    return Bags(nlp, least, most)
