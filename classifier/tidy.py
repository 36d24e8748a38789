"""Tidies shorthand, stretched letters and slips word by word; offsets stay those of the text as it was written."""

import re
from collections.abc import Iterable
from functools import cache

from classifier import book
from classifier.phrases import Alphabet, is_past

_STRETCHED = re.compile(r"(.)\1{2,}")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*(?:st|nd|rd|th|am|pm|k|%|p|am)?")
_SOFT_MARKS = frozenset(",-–—'\"()[]:/*_‘’“”…;&+~#")
_ENDS = frozenset({".", "!", "!!", "!!!", "...", "…."})
LONGEST_WORD = 40
SAFE_TO_MEND = 7  # shorter words have too many honest neighbours: faces is not faeces


class Tidy:
    """Maps a written word to its tidied form; `known` words are never taken for slips of other words."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._forms = book.shorthand()
        self._book = book.book().alphabet
        self.known = frozenset(known)
        self._slips = _slips(
            frozenset(word for word in self._book.letters if len(word) >= SAFE_TO_MEND and word.isalpha())
        )

    def __call__(self, word: str) -> str:
        lower = word.lower().replace("’", "'")
        if len(lower) > LONGEST_WORD:
            return lower[:LONGEST_WORD]
        if lower in self._forms:
            return self._forms[lower]
        if lower in self._book.letters or lower in self.known or not lower.isalpha():
            return lower
        squeezed = _STRETCHED.sub(r"\1", lower)
        if squeezed != lower:
            doubled = _STRETCHED.sub(r"\1\1", lower)
            return doubled if doubled in self._book.letters or doubled in self.known else self(squeezed)
        return self._mended(lower) if len(lower) >= SAFE_TO_MEND - 1 else lower

    def _mended(self, word: str) -> str:
        for variant in (word, *_shortened(word)):
            target = self._slips.get(variant)
            if target is not None and target[0] == word[0] and _one_slip_apart(word, target):
                return self._forms.get(target, target)
        return word


def letter_of(tidied: str, alphabet: Alphabet) -> str:
    """The letter that spells a tidied word for the phrasebook."""
    letter = alphabet.letters.get(tidied)
    if letter is not None:
        return letter
    if tidied in _SOFT_MARKS:
        return alphabet.SOFT
    if tidied in _ENDS or not tidied.strip():
        return alphabet.END if tidied in _ENDS or "\n" in tidied else alphabet.SOFT
    if tidied[0] == "?":
        return alphabet.QUESTION
    if _NUMBER.fullmatch(tidied):
        return _number(tidied, alphabet)
    return alphabet.PAST_VERB if is_past(tidied) else alphabet.OTHER


def _number(digits: str, alphabet: Alphabet) -> str:
    if digits.isascii() and digits.isdigit() and len(digits) <= 4:
        value = int(digits)
        if 66 <= value <= 109:
            return alphabet.OLD_AGE
        if 1950 <= value <= 2049:
            return alphabet.YEAR
    return alphabet.NUMBER


@cache
def _slips(words: frozenset[str]) -> dict[str, str]:
    table: dict[str, str] = {}
    for word in sorted(words):
        for variant in (word, *_shortened(word)):
            table.setdefault(variant, word)
    return table


def _shortened(word: str) -> list[str]:
    return [word[:place] + word[place + 1 :] for place in range(1, len(word))]


def _one_slip_apart(left: str, right: str) -> bool:
    """One letter added, lost or changed, or two neighbours swapped."""
    if abs(len(left) - len(right)) > 1:
        return False
    if len(left) != len(right):
        return True  # they share a form shortened by one, so one holds one letter more
    different = [place for place in range(len(left)) if left[place] != right[place]]
    if len(different) <= 1:
        return True
    first, *rest = different
    return rest == [first + 1] and left[first] == right[first + 1] and left[first + 1] == right[first]
