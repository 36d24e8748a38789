"""Loads `phrasebook/*.toml` and finds its cues in a message that is already spelt as a string of letters."""

import re
import tomllib
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from classifier.phrases import Alphabet, Phrase, compile_phrase

FOLDER = Path(__file__).parent / "phrasebook"
FILES = ("dissatisfaction", "other", "people", "hazards")
KINDS = ("cue", "want", "person", "fact", "flag", "hazard", "danger")
HINT = "hint"  # phrases that are too often about something else to raise a hazard, or to be shown as evidence
AWAAB = "Awaab's Law"
CLAUSES = {"hazard": AWAAB, HINT: AWAAB, "danger": AWAAB, "person": "5.10"}


@dataclass(frozen=True, slots=True)
class Cue:
    """A thing to listen for; `clause` is what makes it matter. `urgent` and `urgent_words` only for hazards.

    `guarding` holds a letter of every phrase in `unless`: a message without any need not be asked."""

    kind: str
    name: str
    clause: str
    phrases: tuple[Phrase, ...]
    unless: tuple[Phrase, ...] = ()
    urgent: str = ""
    urgent_words: frozenset[str] = frozenset()
    guarding: frozenset[str] = frozenset()


class Found(NamedTuple):
    """A cue in a message, from token `start` up to but without token `end`."""

    cue: Cue
    start: int
    end: int


@dataclass(slots=True)
class Book:
    """All cues over one alphabet, with an index from a letter to the phrases whose rarest word it is."""

    alphabet: Alphabet
    cues: tuple[Cue, ...]
    _index: dict[str, list[tuple[int, frozenset[str], Phrase]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for number, cue in enumerate(self.cues):
            for phrase in cue.phrases:
                for letter in phrase.rarest:
                    self._index[letter].append((number, phrase.also, phrase))

    def find(self, spelling: str) -> list[Found]:
        """Every cue in the message, in reading order; spans of one cue do not overlap."""
        present = frozenset(spelling)
        tried: dict[int, list[tuple[int, int]]] = {}
        seen: set[int] = set()
        for letter in self._index.keys() & present:
            for number, also, phrase in self._index[letter]:
                if also.isdisjoint(present) or id(phrase) in seen:
                    continue
                seen.add(id(phrase))
                if spans := [match.span() for match in phrase.find(spelling)]:
                    tried.setdefault(number, []).extend(spans)
        if not tried:
            return []
        ends = [match.start() for match in _BOUNDARY.finditer(spelling)]
        found = [
            Found(self.cues[number], start, end)
            for number, spans in tried.items()
            for start, end in _merged(_standing(self.cues[number], spans, spelling, present, ends))
        ]
        return sorted(found, key=lambda one: (one.start, one.end, one.cue.kind, one.cue.name))


_BOUNDARY = re.compile(r"[|?]")


def _standing(
    cue: Cue, spans: list[tuple[int, int]], spelling: str, present: frozenset[str], ends: list[int]
) -> list[tuple[int, int]]:
    """The spans in whose sentence nothing takes the cue back."""
    if cue.guarding.isdisjoint(present):
        return spans
    guards = [guard for guard in cue.unless if not (guard.rarest.isdisjoint(present) or guard.also.isdisjoint(present))]
    barred = {bisect_left(ends, match.start()) for guard in guards for match in guard.find(spelling)}
    return [span for span in spans if bisect_left(ends, span[0]) not in barred] if barred else spans


@cache
def book() -> Book:
    """The phrasebook that ships; raises PhraseError naming a phrase that cannot be read."""
    alphabet = Alphabet({name: words.split() for name, words in _toml("words").items()})
    entries = [(kind, entry) for file in FILES for kind in KINDS for entry in _toml(file).get(kind, ())]
    written = ("phrases", "hints", "unless")
    alphabet.learn(source for _, entry in entries for part in written for source in entry.get(part, ()))
    cues = [_cue(kind, entry, alphabet) for kind, entry in entries]
    hints = [{**entry, "phrases": entry["hints"], "urgent": ""} for _, entry in entries if "hints" in entry]
    cues += [_cue(HINT, entry, alphabet) for entry in hints]
    return Book(alphabet, tuple(cues))


@cache
def shorthand() -> dict[str, str]:
    """Written form to the word it stands for."""
    return dict(_toml("shorthand")["forms"])


@cache
def english() -> frozenset[str]:
    """The small words that no English message of some length is without."""
    return frozenset(_toml("shorthand")["english"]["small"].split())


@cache
def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _cue(kind: str, entry: dict[str, Any], alphabet: Alphabet) -> Cue:
    unless = tuple(compile_phrase(source, alphabet) for source in entry.get("unless", ()))
    return Cue(
        kind=kind,
        name=entry["name"],
        clause=entry.get("clause", CLAUSES.get(kind, "")),
        phrases=tuple(compile_phrase(source, alphabet) for source in entry["phrases"]),
        unless=unless,
        guarding=frozenset().union(*(guard.rarest for guard in unless)),
        urgent=entry.get("urgent", ""),
        urgent_words=frozenset(alphabet.letter(word) for word in entry.get("urgent_words", "").split()),
    )


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
