"""Tells English from the other languages that residents of the United Kingdom write in, by script and small words."""

import re
import unicodedata
from collections import Counter

from classifier import book

_WORDS = re.compile(r"[^\W\d_]+")
LOOKED_AT = 1_000
PLAINLY = 4  # one small English word in so many settles it


def language_of(text: str) -> str:
    """An ISO 639-1 code; "und" when there are no words, "en" unless another language is plainer than English."""
    words = _WORDS.findall(text[:LOOKED_AT].lower())
    if not words:
        return "und"
    small_words, scripts = book.languages()
    english = small_words["en"]
    if sum(word in english for word in words) * PLAINLY >= len(words):
        return "en"
    script = _script(words, scripts)
    if script:
        return script
    counts = Counter(words)
    scores = {language: sum(counts[word] for word in known) for language, known in small_words.items()}
    best = max(scores, key=lambda language: scores[language])
    plainer = scores[best] >= 2 and scores[best] > 1.5 * scores["en"] and scores[best] >= 0.12 * len(words)
    return best if best != "en" and plainer else "en"


def _script(words: list[str], scripts: dict[str, str]) -> str:
    found: Counter[str] = Counter()
    for word in words:
        name = unicodedata.name(word[0], "").split(" ")[0]
        found[scripts.get(name, "")] += 1
    code, count = found.most_common(1)[0]
    if code and count * 2 >= len(words):
        return code
    return ""
