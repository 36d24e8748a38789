"""The step that says what the statistics may count, as one bag of features a sentence.

A bag holds the tidied words, pairs of neighbours, pieces of longer words, the classes of words in the order they
come (so that "never turned up" and "didn't show" look alike) and the cues. Only features met at least
`least` times in training have a row; anything else is unknown rather than a collision.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import ensure_path, minibatch

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


class Bag(NamedTuple):
    """Known features of a message in the order of its sentences: their rows, worths, and how many a sentence has."""

    rows: NDArray[np.int32]
    worths: Worths
    sizes: Places


class Counted(NamedTuple):
    """Every feature of some messages, the sentence (of them all) that it belongs to, and its kind."""

    keys: Keys
    owners: Places
    kinds: Places


class Bags:
    """Leaves a `Bag` on `Doc._.bags`."""

    def __init__(self, nlp: Language, least: int, most: int) -> None:
        self.strings = nlp.vocab.strings
        self.least = least
        self.most = most
        self._pieces: dict[int, Keys] = {}
        self._classes = Classes()
        self._cue_keys = {(cue.kind, cue.name): _hash(f"cue:{cue.kind}:{cue.name}") for cue in book.book().cues}
        self.keys: Keys = np.zeros(0, dtype=np.uint64)
        self.worths: Worths = np.zeros(0, dtype=np.float32)
        self._index()

    def __call__(self, doc: Doc) -> Doc:
        self._fill([doc])
        return doc

    def pipe(self, docs: Iterable[Doc], batch_size: int) -> Iterator[Doc]:
        """Counts many messages at once, which costs half as much for short ones."""
        for batch in minibatch(docs, batch_size):  # type: ignore[no-untyped-call]
            self._fill(batch)
            yield from batch

    def _fill(self, docs: Sequence[Doc]) -> None:
        counted = self.features(docs)
        slots = self._slots[(counted.keys >> np.uint64(20)) & np.uint64((1 << TABLE_BITS) - 1)]
        known = self._checks[slots] == counted.keys
        order = np.argsort(counted.owners[known], kind="stable")
        rows = slots[known][order]
        worths = self._row_worths[rows]
        many = [len(doc._.heard.sentences) for doc in docs]
        sizes = np.bincount(counted.owners[known], minlength=sum(many))
        ends = np.concatenate([[0], np.cumsum(sizes)])
        sentence = 0
        for doc, count in zip(docs, many, strict=True):
            first, last = ends[sentence], ends[sentence + count]
            doc._.bags = Bag(rows[first:last], worths[first:last], sizes[sentence : sentence + count])
            sentence += count

    def features(self, docs: Sequence[Doc]) -> Counted:
        heard: list[Heard] = [doc._.heard for doc in docs]
        norms: Keys = np.concatenate([_NO_KEYS, *(doc.to_array("NORM") for doc in docs)]).astype(np.uint64)
        message = np.repeat(np.arange(len(docs)), [len(doc) for doc in docs])
        lengths = [end - start for one in heard for start, end in one.sentences]
        owner = np.repeat(np.arange(len(lengths)), lengths)
        pieces = [self._pieces_of(norm) for norm in norms.tolist()]
        beside, apart = message[:-1] == message[1:], message[:-2] == message[2:]
        starts = np.concatenate([[0], np.cumsum([len(doc) for doc in docs])]).tolist()
        cues = [(start, found) for start, one in zip(starts, heard, strict=False) for found in one.cues]
        class_keys, class_places = self._classes.features("".join(one.spelling for one in heard), message)
        parts: list[tuple[Keys, Places]] = [
            (norms, owner),
            (((norms[:-1] * _TURN) ^ (norms[1:] + _PAIR))[beside], owner[:-1][beside]),
            (((norms[:-2] * _TURN) ^ (norms[2:] + _SKIP))[apart], owner[: len(apart)][apart]),
            (np.concatenate([_NO_KEYS, *pieces]), np.repeat(owner, [len(piece) for piece in pieces])),
            (class_keys, owner[class_places]),
            (
                np.array([self._cue_keys[found.cue.kind, found.cue.name] for _, found in cues], dtype=np.uint64),
                owner[np.array([start + found.start for start, found in cues], dtype=np.int64)],
            ),
        ]
        return Counted(
            np.concatenate([part for part, _ in parts]),
            np.concatenate([owners for _, owners in parts]),
            np.repeat(np.arange(len(parts)), [len(part) for part, _ in parts]),
        )

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
            counted = self.features([hearing(example.reference.copy())])
            found = dict(zip(counted.keys.tolist(), counted.kinds.tolist(), strict=True))
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


class Classes:
    """Which classes of `words.toml` each letter of the phrasebook belongs to, as tables indexed by the letter."""

    def __init__(self) -> None:
        alphabet = book.book().alphabet
        found: dict[str, list[int]] = {}
        for name in alphabet.class_names():
            for letter in alphabet.members(name):
                found.setdefault(letter, []).append(_hash(f"class:{name}"))
        letters = max(map(ord, (*alphabet.letters.values(), *found))) + 1
        self._every = np.array([name for names in found.values() for name in names], dtype=np.uint64)
        self._start = np.zeros(letters, dtype=np.int64)
        self._count = np.zeros(letters, dtype=np.int64)
        start = 0
        for letter, names in found.items():
            self._start[ord(letter)], self._count[ord(letter)] = start, len(names)
            start += len(names)

    def features(self, spelling: str, message: Places) -> tuple[Keys, Places]:
        """Each class of each word, and the first classes of two and of three words that have any, in order."""
        letters = np.frombuffer(spelling.encode("utf-32-le"), dtype=np.uint32)
        counts = self._count[letters]
        where = np.flatnonzero(counts)
        counts, starts = counts[where], self._start[letters[where]]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        every = self._every[np.repeat(starts, counts) + within]
        first, of = self._every[starts], message[where]
        pairs = (first[:-1] * _TURN) ^ (first[1:] + _CLASSES)
        triples = (pairs[:-1] * _TURN) ^ (first[2:] + _THREE)
        two, three = of[:-1] == of[1:], of[:-2] == of[2:]
        return (
            np.concatenate([every + _CLASS, pairs[two], triples[three]]),
            np.concatenate([np.repeat(where, counts), where[:-1][two], where[: len(three)][three]]),
        )


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
