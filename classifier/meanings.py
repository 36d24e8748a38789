"""The step that looks up what each word means: rows of `meanings.npz`, made once by `scripts/make-meanings.py`.

The rows come from a sentence encoder that has read far more English than our corpus holds, so that "damp", "mouldy"
and "fusty" lie near one another before any of our texts is read. Words without a row are `UNKNOWN`.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import NORM
from spacy.language import Language
from spacy.tokens import Doc

from classifier.phrases import Alphabet

FILE = Path(__file__).parent / "meanings.npz"
NO_WORD, UNKNOWN = 0, 1
REMEMBERED = 50_000
# what a number stands for matters, not which it is
NUMBERS = {Alphabet.NUMBER: "#number", Alphabet.OLD_AGE: "#age", Alphabet.YEAR: "#year"}

Doc.set_extension("meanings", default=None, force=True)


class Lexicon(NamedTuple):
    """Word to row, and the rows; row 0 is all zeros."""

    rows: dict[str, int]
    meanings: NDArray[np.float32]


@cache
def lexicon() -> Lexicon:
    with np.load(FILE) as file:
        words = file["words"].tobytes().decode("utf-8").split("\n")
        meanings = file["meanings"].astype(np.float32) * file["scale"]
    return Lexicon({word: row for row, word in enumerate(words)}, meanings)


class Meanings:
    """Leaves on `Doc._.meanings` one row a word, and one at least."""

    def __init__(self, nlp: Language) -> None:
        self.strings = nlp.vocab.strings
        self.rows = lexicon().rows
        self._known: dict[int, int] = {}

    def __call__(self, doc: Doc) -> Doc:
        norms = doc.to_array(NORM).tolist()
        known = self._known
        try:
            found = [known[norm] for norm in norms]
        except KeyError:
            self._learn(norms, doc._.heard.spelling)
            found = [known[norm] for norm in norms]
        doc._.meanings = np.array(found or [UNKNOWN], dtype=np.int64)
        return doc

    def pipe(self, docs: Iterable[Doc], batch_size: int) -> Iterator[Doc]:
        return map(self, docs)

    def _learn(self, norms: list[int], spelling: str) -> None:
        if len(self._known) > REMEMBERED:
            self._known.clear()
        for norm, letter in zip(norms, spelling, strict=True):
            if norm not in self._known:
                word = NUMBERS.get(letter) or self.strings[norm]
                self._known[norm] = self.rows.get(word, UNKNOWN)


@Language.factory("earshot_meanings")
def _meanings(nlp: Language, name: str) -> Meanings:
    return Meanings(nlp)
