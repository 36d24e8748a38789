"""Homes as people write them: "Flat 3, 14 Larch Rd, LM1 2AB" and "14 larch road flat 3" are one home."""

import re
from dataclasses import dataclass

_KINDS = {
    "rd": "road", "st": "street", "ln": "lane", "ct": "court", "cl": "close", "ave": "avenue", "av": "avenue",
    "dr": "drive", "pl": "place", "gdns": "gardens", "terr": "terrace", "cres": "crescent", "gr": "grove",
    "sq": "square", "hse": "house", "pk": "park",
}  # fmt: skip
_STREETS = {
    *_KINDS.values(), "row", "way", "walk", "hill", "rise", "mews", "view", "green", "parade", "mount", "croft",
    "fold", "buildings", "building", "tower", "point", "lodge", "yard", "bank", "side", "end", "heights", "wharf",
}  # fmt: skip
_NOT_NAMES = (
    "a an and are at bed bedroom bedrooms big by children days doors down for from hours in is it kids large minutes"
    " months my of off old on or our out people small storey that the this times to up was we weeks went with years"
    " your"
)
_NO_STREET = frozenset(_NOT_NAMES.split())  # "5 people in the house" is nobody's home

_POSTCODE = re.compile(r"\b([a-z]{1,2}[0-9][a-z0-9]?)\s{0,2}([0-9][a-z]{2})\b")
_FLAT = re.compile(r"\b(?:flat|apartment|apt|maisonette|unit|room)\.?\s{1,2}(?:no\.?\s)?([0-9]{1,4}[a-z]?|[a-z])\b,?")
_NUMBERED = re.compile(r"(?<![0-9£.:/-])\b([0-9]{1,4}[a-z]?)\b,?[ \t]+((?:[a-z'’.-]+[ \t]+){1,3}?)([a-z]+)\b\.?")
_FIRST_LINE = re.compile(r"\s*([0-9]{1,4}[a-z]?)\b,?\s+([a-z][a-z '’.-]*)")
_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Home:
    """One home, in lower case and with the kind of street in full; what was not said is empty."""

    number: str
    street: str
    flat: str = ""
    postcode: str = ""

    @property
    def words(self) -> str:
        """As an address is written."""
        place = f"{self.number} {self.street.title()}".strip() or self.postcode.upper()
        return f"Flat {self.flat.upper()}, {place}" if self.flat else place

    @property
    def keys(self) -> tuple[str, ...]:
        """By what it can be found: two homes that are the same share one of these."""
        by_street = f"{self.number} {self.street}" if self.street else ""
        by_postcode = f"{self.number} {self.postcode}" if self.postcode else ""
        return tuple(key for key in (by_street, by_postcode) if key)


def home_in(address: str) -> Home | None:
    """The home in an address as somebody filled it in; None when there is no number and street, or postcode, in it."""
    words, postcode = _without_postcode(_tidy(address))
    found = _numbered(words, postcode)
    if found:
        return found[0]
    flat, rest = _without_flat(words)
    line = _FIRST_LINE.match(rest)
    if line is not None:
        return Home(line[1], _street(line[2]), flat, postcode)
    return Home(flat, "", "", postcode) if flat and postcode else None


def homes_in(text: str) -> list[Home]:
    """The homes that free text speaks of: a number with the name of a street."""
    words, postcode = _without_postcode(_tidy(text))
    return _numbered(words, postcode)


def same_home(one: Home, other: Home) -> bool | None:
    """Whether these are one home: False where what both say differs, None where it cannot be told."""
    if one.postcode and other.postcode and one.postcode != other.postcode:
        return False
    if one.number != other.number or (one.flat and other.flat and one.flat != other.flat):
        return False
    if one.street and other.street and one.street != other.street:
        shorter, longer = sorted((one.street, other.street), key=len)
        return None if longer.startswith(f"{shorter} ") else False  # "22 Elm" may well be 22 Elm Road
    if bool(one.flat) != bool(other.flat):
        return None  # a house of flats, or the same flat written shorter
    by_street = bool(one.street) and one.street == other.street
    by_postcode = bool(one.postcode) and one.postcode == other.postcode
    return True if by_street or by_postcode else None


def _numbered(words: str, postcode: str) -> list[Home]:
    flat, rest = _without_flat(words)
    found = []
    for match in _NUMBERED.finditer(rest):
        named, kind = match[2].split(), _KINDS.get(match[3], match[3])
        if kind in _STREETS and not _NO_STREET.intersection(named):
            found.append(Home(match[1], _street(f"{match[2]} {kind}"), flat, postcode))
    if not found and flat:  # "Flat 3 Birch House" is "3 Birch House"
        found = [Home(home.number, home.street, "", postcode) for home in _numbered(f"{flat} {rest.strip()}", postcode)]
    return list(dict.fromkeys(found))


def _without_flat(words: str) -> tuple[str, str]:
    flat = _FLAT.search(words)
    return (flat[1], words[: flat.start()] + words[flat.end() :]) if flat else ("", words)


def _street(words: str) -> str:
    named = re.sub(r"['’.]", "", words).split()
    return " ".join([*named[:-1], _KINDS.get(named[-1], named[-1])])


def _without_postcode(words: str) -> tuple[str, str]:
    """The words without any postcode, and the one that all of them give; of several none can be told."""
    found = {f"{match[1]} {match[2]}" for match in _POSTCODE.finditer(words)}
    return _POSTCODE.sub(" ", words), found.pop() if len(found) == 1 else ""


def _tidy(text: str) -> str:
    return text[:_LONGEST].lower()
