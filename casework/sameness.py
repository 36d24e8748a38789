"""Whether two cases may be one matter: facts in, reasons in words out. The machine proposes, people decide (law 6).

A suggestion needs a reason that it is the same household (the same person, home, phone number, or one case named
in the other) and a reason that it is the same matter (words, a hazard, one case named in the other). Where the two
name different homes, words count for nothing: neighbours have the same boiler.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from casework.homes import Home, same_home
from casework.reading import hazard_words

WITHIN = timedelta(days=14)
"""Further apart than this nothing is suggested: what happens again is another matter."""

ENOUGH = 5
"""Points from which two cases are suggested to be one."""

_SOON = timedelta(days=1)
_NAMED, _GIVEN, _PERSON, _HOME, _NAME, _HAZARD, _WORDS = 6, 5, 4, 4, 2, 2, 3

_WORD = re.compile(r"[^\W\d_]{3,}")
_ENDINGS = ("ings", "ing", "ers", "er", "ies", "es", "ed", "s")

_SAID_DAILY = """
    about above after again against ago all almost already also always and another any anyone anything are around
    asked asking away back bad because been before being best better between both but call called calling came can
    cannot case come coming complain complaint complaints could day days dear did didn didnt does doesn doesnt doing
    don done dont down each either email emailed enough even ever every everything fed few fine first fix fixed flat
    for form forward found from get gets getting give given going good got great had has hasn hasnt have haven havent
    having hello help her here him his home hope hour hours house how ill isn isnt issue its ive just keep kind know
    landlord last late left let like little long look looking lot made make many may message might mine month months
    more morning most much must name near need needed needs never new next nice night nobody none nor not nothing now
    off old once one only other our out over own past people person phone phoned please problem problems put rang
    reference regards repair repaired repairing repairs
    reply report reported rest right said same say says see seen send sent should since six some
    somebody someone something soon sorry still stop such sure take taken tell text texted than thank thanks that
    thats the their them then there these they thing things think third this those thought three through time times
    today told tomorrow tonight too took tried try trying two under until upset use used very wait waited waiting
    want was wasn wasnt way week weeks well went were what when where which while who why will wish with without won
    wont work working would write writing wrote year years yes yesterday yet you your yours"""
_EVERYDAY = frozenset(_SAID_DAILY.split())
"""Words that every second message has: they say nothing about what it is about."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is compared of one case.

    `came_by` is how it was heard, as a noun ("text message"); `contacts` are the addresses that it came from, `given`
    the phone numbers and e-mail addresses in its words; `words` are the telling ones, by their stem.
    """

    reference: str
    received_at: datetime
    came_by: str
    person: int | None = None
    name: str = ""
    homes: tuple[Home, ...] = ()
    contacts: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    mentioned: frozenset[str] = frozenset()
    words: Mapping[str, str] | None = None
    hazards: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sameness:
    """How alike two cases are, and why, in words for staff and residents."""

    score: int
    reasons: tuple[str, ...]


def compare(later: Facts, earlier: Facts) -> Sameness | None:
    """Why the later case may be the same matter as the earlier one; None when it is not to be suggested."""
    apart = abs(later.received_at - earlier.received_at)
    if apart > WITHIN:
        return None
    household = [*_named(later, earlier), *_given(later, earlier), *_person(later, earlier)]
    alike, differ = _homes(later, earlier)
    matter = _named(later, earlier)
    if not differ:
        household += alike
        matter += [*_hazards(later, earlier), *_shared_words(later, earlier)]
    beside = _name(later, earlier) if household else []
    if apart <= _SOON and household and matter:
        beside = [*beside, (1, "they came within a day of each other")]
    reasons = dict.fromkeys([*household, *matter, *beside])
    score = sum(points for points, _ in reasons)
    if not household or not matter or score < ENOUGH:
        return None
    return Sameness(score, tuple(sentence for _, sentence in reasons))


def telling_words(text: str) -> dict[str, str]:
    """The words of a text that may say what it is about, as first written, by the stem of "leaks" and "leaking"."""
    found: dict[str, str] = {}
    for word in _WORD.findall(text.lower()):
        if word not in _EVERYDAY:
            found.setdefault(_stem(word), word)
    return found


Reason = tuple[int, str]


def _named(later: Facts, earlier: Facts) -> list[Reason]:
    if earlier.reference in later.mentioned:
        return [(_NAMED, f"the {later.came_by} names the reference {earlier.reference}")]
    if later.reference in earlier.mentioned:
        return [(_NAMED, f"the {earlier.came_by} names the reference {later.reference}")]
    return []


def _given(later: Facts, earlier: Facts) -> list[Reason]:
    for one, other in ((later, earlier), (earlier, later)):
        for address in sorted(one.given & other.contacts - one.contacts):
            what = "email address" if "@" in address else "phone number"
            return [(_GIVEN, f"the {one.came_by} gives the {what} that the {other.came_by} came from")]
    return []


def _person(later: Facts, earlier: Facts) -> list[Reason]:
    same = later.person is not None and later.person == earlier.person
    return [(_PERSON, "both are from the same person")] if same else []


def _homes(later: Facts, earlier: Facts) -> tuple[list[Reason], bool]:
    """The reason that a home gives, and whether the two name different homes."""
    told = [(home, same_home(home, other)) for home in later.homes for other in earlier.homes]
    alike = [(_HOME, f"both name {home.words}") for home, same in told if same]
    return alike[:1], bool(told) and not alike and any(same is False for _, same in told)


def _name(later: Facts, earlier: Facts) -> list[Reason]:
    one, other = (" ".join(facts.name.lower().split()) for facts in (later, earlier))
    return [(_NAME, f"both give the name {later.name}")] if " " in one and one == other else []


def _hazards(later: Facts, earlier: Facts) -> list[Reason]:
    shared = sorted(later.hazards & earlier.hazards)
    return [(_HAZARD, f"both tell of {hazard_words(shared)}")] if shared else []


def _shared_words(later: Facts, earlier: Facts) -> list[Reason]:
    theirs, who = later.words or {}, _household_words(later) | _household_words(earlier)
    both = [word for stem, word in (earlier.words or {}).items() if stem in theirs and stem not in who]
    shared = both[:_WORDS]
    return [(len(shared), f"both speak of {_listed(shared)}")] if shared else []


def _household_words(facts: Facts) -> set[str]:
    """The words of a home and a name: who it is about, and not what."""
    said = " ".join([facts.name, *(home.street for home in facts.homes)])
    return {_stem(word) for word in _WORD.findall(said.lower())}


def _listed(words: Iterable[str]) -> str:
    *most, last = [f"“{word}”" for word in words]
    return f"{', '.join(most)} and {last}" if most else last


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
