"""A date as mail programs print it above a forward, in the languages of `markers`; without a zone it is London's."""

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from channels.email import headers

LONDON = ZoneInfo("Europe/London")

_MONTHS = (
    "january jan januar janvier janv janeiro enero ene ianuarie ian gennaio gen januari stycznia sty ionawr ion",
    "february feb februar février févr fevereiro fev febrero februarie febbraio februari lutego luty lut chwefror chw",
    "march mar märz mär mars março marzo martie maart mrt marca marzec mawrth maw",
    "april apr avril avr abril abr aprilie aprile kwietnia kwiecień kwi ebrill ebr",
    "may mai maio mayo maggio mag mei maja maj mai",
    "june jun juni juin junho junio iunie iun giugno giu czerwca czerwiec cze mehefin meh",
    "july jul juli juillet juil julho julio iulie iul luglio lug lipca lipiec lip gorffennaf gor",
    "august aug août agosto ago sierpnia sierpień sie augustus awst aws",
    "september sep sept septembre setembro set septiembre septembrie settembre września wrzesień wrz medi med",
    "october oct oktober okt octobre outubro out octubre octombrie ottobre ott października październik paź hydref hyd",
    "november nov novembre novembro noviembre noiembrie noi listopada listopad lis tachwedd tach",
    "december dec dezember dez décembre déc dezembro diciembre dic decembrie dicembre grudnia gru rhagfyr rhag",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}

_WORD = r"(?P<month>[^\W\d_]{3,12})\.?"
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DATES = (
    re.compile(rf"\b{_DAY}(?:st|nd|rd|th|er|º|\.)?[\s-]+(?:de\s+|d['’])?{_WORD},?[\s-]+(?:del?\s+)?{_YEAR}\b", re.I),
    re.compile(rf"\b{_WORD}\s+{_DAY}(?:st|nd|rd|th)?,?\s+{_YEAR}\b", re.I),
    re.compile(rf"\b{_YEAR}\s?[-/.年]\s?(?P<month>\d{{1,2}})\s?[-/.月]\s?{_DAY}(?!\d)"),
    re.compile(rf"(?<!\d){_DAY}\s?[-/.]\s?(?P<month>\d{{1,2}})\s?[-/.]\s?{_YEAR}\b"),
)  # fmt: skip
_TIME = re.compile(
    r"(?<![\d:.])(?P<hour>\d{1,2})\s?[:.h]\s?(?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?(?![\d:])\s*(?P<half>[ap])?\.?(?:m\b\.?)?",
    re.I,
)  # fmt: skip
_ZONE = re.compile(
    r"(?:\b(?:GMT|UTC)|(?<=\s))(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?\b|\b(?P<name>GMT|UTC|BST)\b"
)


def moment(written: str) -> datetime | None:
    """The moment in UTC; a day alone is its beginning. None where no day can be read for certain."""
    written = " ".join(written.split())[:200]
    exact, problem = headers.moment(written)
    if exact is not None and not problem and re.search(r"[+-]\d{4}\b", written):
        return exact
    day = _day(written)
    if day is None:
        return None
    (year, month, date), left = day
    hour, minute, second = _time(left)
    try:
        local = datetime(year, month, date, hour, minute, second, tzinfo=_zone(left))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day(written: str) -> tuple[tuple[int, int, int], str] | None:
    """Year, month and day, and what is left when they are taken away."""
    for pattern in _DATES:
        for found in pattern.finditer(written):
            said = found["month"]
            month = int(said) if said.isdigit() else MONTHS.get(said.lower(), 0)
            date = int(found["day"])
            if month > 12 >= date:  # an American's 11/19/2026; where both are possible the British order counts
                month, date = date, month
            if month:
                return (int(found["year"]), month, date), f"{written[: found.start()]} {written[found.end() :]}"
    return None


def _time(written: str) -> tuple[int, int, int]:
    found = _TIME.search(written)
    if found is None:
        return 0, 0, 0
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(found["minute"]), int(found["second"] or 0)


def _zone(written: str) -> timezone | ZoneInfo:
    found = _ZONE.search(written)
    if found is None:
        return LONDON
    if found["name"]:
        return timezone(timedelta(hours=1)) if found["name"] == "BST" else UTC
    east = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return timezone(east if found["sign"] == "+" else -east)
