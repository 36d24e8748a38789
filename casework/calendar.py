"""Working days: any day but a Saturday, a Sunday or a bank holiday of the nation.

The day of receipt is day 0 and the count is exclusive: the next working day is day 1. The holidays are our
own copy, in GOV.UK's shape, renewed by `python -m commands.refresh_bank_holidays`. A year that is not in the copy is an
error, never a guess.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

NATIONS = ("england-and-wales", "scotland", "northern-ireland")
BANK_HOLIDAYS = Path(__file__).with_name("bank_holidays.json")
DAY_ZERO = "day 0: the count starts on the day after"

_ONE_DAY = timedelta(days=1)
_WEEKEND = {5: "Saturday", 6: "Sunday"}


class CalendarYearMissing(LookupError):
    """Raised when a date falls in a year whose bank holidays are not known; the sentence says what to do."""

    def __init__(self, nation: str, year: int, version: str) -> None:
        super().__init__(
            f"The bank holidays of {nation} for {year} are not in our calendar (version {version}): no date is"
            " guessed. Upgrade Earshot, or renew the calendar with `python -m commands.refresh_bank_holidays`."
        )
        self.nation = nation
        self.year = year


class UnknownNation(LookupError):
    """Raised for a nation that has no bank holidays of its own; names those that have."""

    def __init__(self, nation: str) -> None:
        super().__init__(f"There is no calendar for {nation!r}. There are: {', '.join(NATIONS)}.")


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One line of the working of a date: `counted` is its number, None for a day that does not count."""

    date: date
    counted: int | None
    why: str


@dataclass(frozen=True, eq=False)
class Calendar:
    """The working days of one nation over whole years."""

    nation: str
    version: str
    years: range
    holidays: Mapping[date, str]
    _days: tuple[date, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        start, end = date(self.years.start, 1, 1), date(self.years.stop, 1, 1)
        every = (start + timedelta(days=n) for n in range((end - start).days))
        working = tuple(day for day in every if day.weekday() not in _WEEKEND and day not in self.holidays)
        object.__setattr__(self, "_days", working)

    def is_working_day(self, day: date) -> bool:
        self._require(day)
        return day.weekday() not in _WEEKEND and day not in self.holidays

    def add(self, day: date, n: int) -> date:
        """The `n`th working day after `day`; `day` itself, working or not, when `n` is 0."""
        self._require(day)
        if n < 0:
            raise ValueError(f"Working days are counted forward: {n} is less than 0.")
        if n == 0:
            return day
        place = bisect_right(self._days, day) + n - 1
        if place >= len(self._days):
            raise CalendarYearMissing(self.nation, self.years.stop, self.version)
        return self._days[place]

    def on_or_before(self, day: date) -> date:
        """The last working day that is not after `day`."""
        self._require(day)
        place = bisect_right(self._days, day) - 1
        if place < 0:
            raise CalendarYearMissing(self.nation, self.years.start - 1, self.version)
        return self._days[place]

    def before(self, day: date, n: int = 1) -> date:
        """The `n`th working day before `day`."""
        self._require(day)
        place = bisect_left(self._days, day) - n
        if place < 0:
            raise CalendarYearMissing(self.nation, self.years.start - 1, self.version)
        return self._days[place]

    def count(self, start: date, end: date) -> int:
        """How many working days lie after `start` and not after `end`; negative when `end` comes first."""
        self._require(start)
        self._require(end)
        return bisect_right(self._days, end) - bisect_right(self._days, start)

    def walk(self, day: date, n: int, closures: Mapping[date, str] | None = None) -> tuple[CalendarDay, ...]:
        """Every day from `day` (day 0) to the `n`th working day after it, each with why it counts or not.

        `closures` are a landlord's own days off (Christmas week, training days): they are told, and they count,
        since a landlord's shut-down does not stop the clock of the Complaint Handling Code.
        """
        last = self.add(day, n)
        lines = [CalendarDay(day, 0, DAY_ZERO)]
        counted = 0
        while day < last:
            day += _ONE_DAY
            if why_not := self._why_not(day):
                lines.append(CalendarDay(day, None, why_not))
                continue
            counted += 1
            closed = (closures or {}).get(day)
            why = f"working day ({closed}: the clock does not stop)" if closed else "working day"
            lines.append(CalendarDay(day, counted, why))
        return tuple(lines)

    def _why_not(self, day: date) -> str | None:
        if day in self.holidays:
            return f"bank holiday: {self.holidays[day]}"
        return _WEEKEND.get(day.weekday())

    def _require(self, day: date) -> None:
        if day.year not in self.years:
            raise CalendarYearMissing(self.nation, day.year, self.version)


@cache
def calendar_for(nation: str) -> Calendar:
    """The calendar of a nation; raises UnknownNation."""
    if nation not in NATIONS:
        raise UnknownNation(nation)
    return read_calendar(json.loads(BANK_HOLIDAYS.read_text("utf-8")), nation)


def read_calendar(published: Mapping[str, Any], nation: str) -> Calendar:
    """The calendar in a file of GOV.UK's shape, which also carries our `version` and whole `years`."""
    first, last = published["years"]
    holidays = {
        date.fromisoformat(event["date"]): event["title"] + (f" ({event['notes'].lower()})" if event["notes"] else "")
        for event in published[nation]["events"]
    }
    return Calendar(nation, published["version"], range(first, last + 1), holidays)
