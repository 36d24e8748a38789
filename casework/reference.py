"""Case references such as 4817-2736-K: easy to read out over the phone, hard to get wrong."""

import re
import secrets
import unicodedata
from random import Random

CHECK_LETTERS = "FHKLMQRWXYZ"  # eleven letters that neither look nor sound like each other or like a digit

# A silent 1 stands before the eight digits, so that a later numbering scheme can start from another.
# Weights 2 to 9 are all different and none is 0 modulo the prime 11: one wrong digit, or any two digits
# swapped, always changes the sum.
_SILENT_FIRST = 1
_WEIGHTS = range(2, 10)

_GAP = r"[\s.,\-_‐‑‒–—−\u00ad\u200b]{0,3}"
_CANONICAL = re.compile(rf"(?<![0-9])(?<![0-9][-.])([1-9][0-9]{{3}})-([0-9]{{4}})-([{CHECK_LETTERS}])(?![A-Za-z0-9])")
_LOOSE = re.compile(
    rf"(?<![A-Za-z0-9])(?<![0-9][\s.\-/])(?:ref|case|no)?([1-9][0-9]{{3}}){_GAP}([0-9]{{4}}){_GAP}([{CHECK_LETTERS}])"
    r"(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_PHONETIC = {
    "F": "Foxtrot",
    "H": "Hotel",
    "K": "Kilo",
    "L": "Lima",
    "M": "Mike",
    "Q": "Quebec",
    "R": "Romeo",
    "W": "Whiskey",
    "X": "X-ray",
    "Y": "Yankee",
    "Z": "Zulu",
}
_DIGIT_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def new_reference(random: Random | None = None) -> str:
    """A fresh reference; unguessable unless `random` is given. The caller makes sure that it is not taken."""
    source = random or secrets.SystemRandom()
    digits = str(source.randint(10_000_000, 99_999_999))
    return f"{digits[:4]}-{digits[4:]}-{_check_letter(digits)}"


def is_reference(text: str) -> bool:
    """Whether `text` is a reference in canonical form, check letter and all."""
    found = _CANONICAL.fullmatch(text)
    return found is not None and _check_letter(found[1] + found[2]) == found[3]


def find_reference(text: str) -> str | None:
    """The first valid reference in free text, in canonical form, however it was typed.

    Lower case, spaces, dots, commas, any kind of hyphen or none are all understood. A number with a wrong check
    letter is not a reference. Neither is a stretch of a longer number (a phone number, a date).
    """
    plain = unicodedata.normalize("NFKC", text)
    matches = sorted(
        (match for pattern in (_CANONICAL, _LOOSE) for match in pattern.finditer(plain)),
        key=lambda match: match.start(1),
    )
    for match in matches:
        digits, letter = match[1] + match[2], match[3].upper()
        if _check_letter(digits) == letter:
            return f"{match[1]}-{match[2]}-{letter}"
    return None


def spoken(reference: str) -> str:
    """How to read a canonical reference out: "four eight one seven, two seven three six, K for Kilo"."""
    if not is_reference(reference):
        raise ValueError(f"{reference!r} is not a case reference.")
    first, second, letter = reference.split("-")
    groups = (" ".join(_DIGIT_NAMES[int(digit)] for digit in group) for group in (first, second))
    return f"{', '.join(groups)}, {letter} for {_PHONETIC[letter]}"


def _check_letter(digits: str) -> str:
    weighted = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return CHECK_LETTERS[(_SILENT_FIRST + weighted) % 11]
