"""Working days of three nations, against a slow oracle, GOV.UK's own list and the `holidays` library."""

import json
from datetime import UTC, date, datetime, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.calendar import BANK_HOLIDAYS, NATIONS, Calendar, CalendarYearMissing, UnknownNation, calendar_for
from commands.refresh_bank_holidays import compare, publish

SUBDIVISIONS = {"england-and-wales": "ENG", "scotland": "SCT", "northern-ireland": "NIR"}
FIRST, LAST = date(2019, 1, 1), date(2030, 12, 31)

nations = st.sampled_from(NATIONS)
days = st.dates(date(2019, 1, 8), date(2030, 10, 31))

# As GOV.UK published them: https://www.gov.uk/bank-holidays
GOV_UK_ENGLAND_AND_WALES = {
    2019: "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26",
    2020: "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28",
    2021: "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28",
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
}


def slow_add(calendar: Calendar, day: date, n: int) -> date:
    """The oracle: one day after the other."""
    while n:
        day += timedelta(days=1)
        n -= day.weekday() < 5 and day not in calendar.holidays
    return day


@given(nations, days, st.integers(0, 40))
def test_adding_working_days_agrees_with_counting_them_one_by_one(nation: str, day: date, n: int) -> None:
    calendar = calendar_for(nation)
    assert calendar.add(day, n) == slow_add(calendar, day, n)


@given(nations, days, st.integers(0, 30))
def test_the_working_says_the_same_as_the_sum(nation: str, day: date, n: int) -> None:
    calendar = calendar_for(nation)
    lines = calendar.walk(day, n)
    assert lines[0].date == day
    assert lines[0].counted == 0
    assert lines[-1].date == calendar.add(day, n)
    assert lines[-1].counted == n
    assert [line.date for line in lines] == [day + timedelta(days=i) for i in range(len(lines))]
    assert [line.counted for line in lines if line.counted is not None] == list(range(n + 1))
    assert all(line.why for line in lines)
    assert all((line.counted is not None) == calendar.is_working_day(line.date) for line in lines[1:])


@given(nations, days, st.integers(1, 20))
def test_counting_back_and_counting_between_undo_adding(nation: str, day: date, n: int) -> None:
    calendar = calendar_for(nation)
    later = calendar.add(day, n)
    assert calendar.count(day, later) == n
    assert calendar.count(later, day) == -n
    assert calendar.before(later, n) == calendar.on_or_before(day)


@given(nations, days, st.integers(0, 20))
def test_a_later_receipt_is_never_due_earlier(nation: str, day: date, n: int) -> None:
    calendar = calendar_for(nation)
    assert calendar.add(day, n) <= calendar.add(day + timedelta(days=1), n)


@pytest.mark.parametrize("nation", NATIONS)
def test_every_day_agrees_with_the_holidays_library(nation: str) -> None:
    theirs = holidays.country_holidays("GB", subdiv=SUBDIVISIONS[nation], years=range(FIRST.year, LAST.year + 1))
    calendar = calendar_for(nation)
    for n in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        assert calendar.is_working_day(day) == (day.weekday() < 5 and day not in theirs), day


@pytest.mark.parametrize("year", GOV_UK_ENGLAND_AND_WALES)
def test_england_and_wales_agree_with_gov_uk(year: int) -> None:
    ours = [day for day in sorted(calendar_for("england-and-wales").holidays) if day.year == year]
    assert " ".join(f"{day:%m-%d}" for day in ours) == GOV_UK_ENGLAND_AND_WALES[year]


@pytest.mark.parametrize(
    ("nation", "day", "working"),
    [
        ("scotland", "2026-01-02", False),
        ("england-and-wales", "2026-01-02", True),
        ("scotland", "2026-04-06", True),  # no Easter Monday
        ("england-and-wales", "2026-04-06", False),
        ("scotland", "2026-08-03", False),
        ("scotland", "2026-11-30", False),
        ("scotland", "2024-12-02", False),  # St Andrew's Day on a Saturday
        ("northern-ireland", "2026-03-17", False),
        ("northern-ireland", "2026-07-13", False),  # the twelfth on a Sunday
        ("england-and-wales", "2022-09-19", False),  # added within days
        ("england-and-wales", "2023-05-08", False),
        ("england-and-wales", "2020-05-04", True),  # moved to VE day
        ("scotland", "2026-06-15", False),
        ("england-and-wales", "2026-06-15", True),
    ],
)
def test_the_days_that_catch_people_out(nation: str, day: str, working: bool) -> None:
    assert calendar_for(nation).is_working_day(date.fromisoformat(day)) is working


@pytest.mark.parametrize(
    ("received", "england_and_wales", "scotland", "northern_ireland"),
    [
        ("2026-04-02", "2026-04-13", "2026-04-10", "2026-04-13"),
        ("2026-07-10", "2026-07-17", "2026-07-17", "2026-07-20"),
        ("2026-11-27", "2026-12-04", "2026-12-07", "2026-12-04"),
        ("2026-12-24", "2027-01-05", "2027-01-06", "2027-01-05"),
    ],
)
def test_five_working_days_differ_by_nation(
    received: str, england_and_wales: str, scotland: str, northern_ireland: str
) -> None:
    five = {nation: calendar_for(nation).add(date.fromisoformat(received), 5).isoformat() for nation in NATIONS}
    assert five == {
        "england-and-wales": england_and_wales,
        "scotland": scotland,
        "northern-ireland": northern_ireland,
    }


def test_a_landlords_day_off_is_told_and_counts_all_the_same() -> None:
    calendar = calendar_for("england-and-wales")
    closed = {date(2026, 12, 29): "Larchmere Homes is closed", date(2026, 12, 25): "closed"}
    lines = calendar.walk(date(2026, 12, 22), 5, closed)
    assert lines[-1].date == calendar.add(date(2026, 12, 22), 5)
    assert "Larchmere Homes is closed: the clock does not stop" in next(
        line.why for line in lines if line.date == date(2026, 12, 29)
    )
    assert next(line.why for line in lines if line.date == date(2026, 12, 25)) == "bank holiday: Christmas Day"


@pytest.mark.parametrize(
    ("day", "n", "year"), [("2030-12-31", 1, 2031), ("2031-01-02", 0, 2031), ("2018-12-31", 3, 2018)]
)
def test_a_year_without_bank_holidays_is_an_error_that_says_what_to_do(day: str, n: int, year: int) -> None:
    with pytest.raises(CalendarYearMissing, match=f"{year}.*no date is guessed.*Upgrade") as missing:
        calendar_for("england-and-wales").add(date.fromisoformat(day), n)
    assert missing.value.year == year


def test_counting_back_out_of_the_calendar_is_an_error_too() -> None:
    calendar = calendar_for("england-and-wales")
    with pytest.raises(CalendarYearMissing, match="2018"):
        calendar.on_or_before(date(2019, 1, 1))
    with pytest.raises(CalendarYearMissing, match="2018"):
        calendar.before(date(2019, 1, 3), 2)


def test_counting_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="counted forward"):
        calendar_for("scotland").add(date(2026, 1, 5), -1)


def test_an_unknown_nation_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UnknownNation, match="england-and-wales, scotland, northern-ireland"):
        calendar_for("wales")


def test_the_calendar_is_fresh_enough_for_what_is_received_today() -> None:
    needed = datetime.now(UTC).year + 1
    for nation in NATIONS:
        assert needed in calendar_for(nation).years, (
            f"The bank holidays of {needed} are missing for {nation}: raise LAST_YEAR in"
            " commands/refresh_bank_holidays.py, upgrade `holidays`, run `python -m commands.refresh_bank_holidays`,"
            " compare with https://www.gov.uk/bank-holidays and commit casework/bank_holidays.json."
        )


def test_our_copy_is_what_the_command_writes() -> None:
    ours = json.loads(BANK_HOLIDAYS.read_text("utf-8"))
    assert ours == publish(*ours["years"]), "Run `python -m commands.refresh_bank_holidays` and look at the difference."


def test_a_day_that_gov_uk_adds_is_noticed() -> None:
    ours = json.loads(BANK_HOLIDAYS.read_text("utf-8"))
    theirs = json.loads(BANK_HOLIDAYS.read_text("utf-8"))
    assert compare(ours, theirs) == []
    theirs["scotland"]["events"].append({"title": "A new day", "date": "2027-06-14", "notes": "", "bunting": True})
    assert compare(ours, theirs) == ["scotland 2027-06-14 is missing here"]
    assert compare(theirs, ours) == ["scotland 2027-06-14 is not on GOV.UK"]
