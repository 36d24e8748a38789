"""The first two steps of the pipeline: tidy the words, then hear the cues; both leave what they found on the Doc.

`Doc._.heard` holds the message as letters of the phrasebook, one a token, the token ranges of its sentences, and
the cues that were heard.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from spacy.attrs import LOWER, NORM, ORTH
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import compile_suffix_regex, ensure_path, registry

from classifier import book
from classifier.tidy import Tidy, letter_of

REMEMBERED = 50_000
OFTEN = 8
MOST_USUAL = 12_000
LONGEST_SENTENCE = 60
_SENTENCE = re.compile(r"[^|?]*[|?]+|[^|?]+")
UNITS = r"(?<=[0-9])(?:x|wks?|weeks?|mths?|months?|mnths?|days?|hrs?|hours?|mins?|yrs?|years?|nites?|nights?|times|yo)"

Doc.set_extension("heard", default=None, force=True)


class Heard(NamedTuple):
    """What `Doc._.heard` holds: plain values, so that they outlive a memory zone."""

    spelling: str
    sentences: list[tuple[int, int]]
    cues: list[book.Found]


def mend_tokenizer() -> Callable[[Language], Language]:
    """Splits "2wks" into number and unit, and keeps the "did" of "didn't" in the past."""

    def mend(nlp: Language) -> Language:
        tokenizer: Any = nlp.tokenizer
        tokenizer.rules = {text: [_as_written(piece) for piece in pieces] for text, pieces in tokenizer.rules.items()}
        tokenizer.suffix_search = compile_suffix_regex([*(nlp.Defaults.suffixes or ()), UNITS]).search
        return nlp

    return mend


def _as_written(piece: dict[int, str]) -> dict[int, str]:
    return {**piece, NORM: "did"} if piece[ORTH].lower() == "did" and NORM in piece else piece


registry.callbacks.register("earshot.tokenizer.v1", func=mend_tokenizer)


class Tidying:
    """Makes `token.norm` the tidied word; and has the tokenizer remember the `usual` pieces of text."""

    def __init__(self, nlp: Language) -> None:
        self.vocab: Any = nlp.vocab
        self.tokenizer: Any = nlp.tokenizer
        self.known: list[str] = []
        self.usual: list[str] = []
        self._install()

    def _install(self) -> None:
        self.tidy = Tidy(self.known)
        # nothing here asks for a word's shape, flags or sentiment, and working them out takes longer than tidying
        self.vocab.lex_attr_getters = {LOWER: str.lower, NORM: self.tidy}
        for lexeme in self.vocab:
            lexeme.norm_ = self.tidy(lexeme.text)
        # inside a memory zone spaCy remembers no piece that it has cut, and cuts every one anew
        self.tokenizer.max_cache_size = 2 * MOST_USUAL
        for piece in self.usual:
            self.tokenizer(piece)

    def know(self, words: Iterable[str], pieces: Iterable[str]) -> None:
        self.known, self.usual = sorted(words), sorted(pieces)
        self._install()

    def __call__(self, doc: Doc) -> Doc:
        return doc

    def initialize(self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language) -> None:
        """Learns which words are words, so that a rare one is not mended into a common one, and the usual pieces."""
        words: Counter[str] = Counter()
        pieces: Counter[str] = Counter()
        for example in get_examples():
            words.update(token.lower_ for token in example.reference)
            pieces.update(example.reference.text.split())
        usual = [piece for piece, count in pieces.most_common(MOST_USUAL) if count >= OFTEN]
        self.know([word for word, count in words.items() if count >= OFTEN and word.isalpha()], usual)

    def to_disk(self, path: Path | str, *, exclude: tuple[str, ...] = ()) -> None:
        held = {"known": self.known, "usual": self.usual}
        ensure_path(path).write_text(json.dumps(held, ensure_ascii=False, indent=0), encoding="utf-8")

    def from_disk(self, path: Path | str, *, exclude: tuple[str, ...] = ()) -> "Tidying":
        held = json.loads(ensure_path(path).read_text(encoding="utf-8"))
        self.know(held["known"], held["usual"])
        return self


class Hearing:
    """Spells the message in letters of the phrasebook, splits it, and finds the cues."""

    def __init__(self, nlp: Language) -> None:
        self.strings = nlp.vocab.strings
        self.book = book.book()
        self._letters: dict[int, str] = {}

    def __call__(self, doc: Doc) -> Doc:
        norms = doc.to_array(NORM).tolist()
        letters = self._letters
        try:
            spelling = "".join([letters[norm] for norm in norms])
        except KeyError:
            spelling = self._spell(norms)
        doc._.heard = Heard(spelling, sentences(spelling), self.book.find(spelling))
        return doc

    def _spell(self, norms: list[int]) -> str:
        if len(self._letters) > REMEMBERED:
            self._letters.clear()
        for norm in norms:
            if norm not in self._letters:
                self._letters[norm] = letter_of(self.strings[norm], self.book.alphabet)
        return "".join([self._letters[norm] for norm in norms])


def sentences(spelling: str) -> list[tuple[int, int]]:
    """Token ranges; a run without a full stop is cut into stretches, as dictated text has none."""
    found = [match.span() for match in _SENTENCE.finditer(spelling)]
    if all(end - begin <= LONGEST_SENTENCE for begin, end in found):
        return found
    return [
        (cut, min(cut + LONGEST_SENTENCE, end)) for begin, end in found for cut in range(begin, end, LONGEST_SENTENCE)
    ]


@Language.factory("earshot_tidy")
def _tidying(nlp: Language, name: str) -> Tidying:
    return Tidying(nlp)


@Language.factory("earshot_cues")
def _hearing(nlp: Language, name: str) -> Hearing:
    return Hearing(nlp)
