"""Finds messages of the corpus that are nearly the same, so that no text is counted, or learned, twice."""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from classifier.corpus import Message

ALIKE = 0.6
RUN = 4
_WORDS = re.compile(r"\w+")
_COMMON = 12  # a run of words shared by more messages than this is a turn of phrase, not a copy


def near_duplicates(messages: Sequence[Message]) -> list[tuple[str, str]]:
    """Pairs of ids whose runs of four words overlap by more than ALIKE; there are only so many ways to say STOP,
    so texts of fewer than four words are not compared."""
    runs = {found.id: _runs(found.text) for found in messages}
    holders: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, own in runs.items():
        for run in own:
            holders[run].append(name)
    candidates = {pair for names in holders.values() if len(names) <= _COMMON for pair in combinations(names, 2)}
    return sorted(pair for pair in candidates if _likeness(runs[pair[0]], runs[pair[1]]) > ALIKE)


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = [word.lower() for word in _WORDS.findall(text)]
    return frozenset(tuple(words[place : place + RUN]) for place in range(len(words) - RUN + 1))


def _likeness(left: frozenset[tuple[str, ...]], right: frozenset[tuple[str, ...]]) -> float:
    return len(left & right) / len(left | right)
