"""The clocks of the Code: every date from the book of test vectors, and the edges of day and zone."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.calendar import calendar_for
from casework.clocks import Clock, ClockKind, FactMissing, failsafe_at, start, timeline, warning_days
from casework.policy.load import POLICIES, load
from casework.policy.policy import Policy

LONDON = ZoneInfo("Europe/London")
CODE = load("code-2024")
CALENDAR = calendar_for("england-and-wales")

# received, acknowledged by, answered by if acknowledged then, if acknowledged on receipt, extended,
# stage 2 answered by (20 working days of that acknowledgement), extended
VECTORS = [
    ("2026-04-02", "2026-04-13", "2026-04-27", "2026-04-20", "2026-05-12", "2026-05-12", "2026-06-10"),
    ("2026-04-04", "2026-04-13", "2026-04-27", "2026-04-20", "2026-05-12", "2026-05-12", "2026-06-10"),
    ("2026-11-27", "2026-12-04", "2026-12-18", "2026-12-11", "2027-01-06", "2027-01-06", "2027-02-03"),
    ("2026-12-22", "2026-12-31", "2027-01-15", "2027-01-08", "2027-01-29", "2027-01-29", "2027-02-26"),
    ("2026-12-24", "2027-01-05", "2027-01-19", "2027-01-12", "2027-02-02", "2027-02-02", "2027-03-02"),
    ("2027-03-24", "2027-04-02", "2027-04-16", "2027-04-09", "2027-04-30", "2027-04-30", "2027-06-01"),
]


def at(text: str) -> datetime:
    """An instant given as the landlord's local time; noon where only a day is given."""
    moment = datetime.fromisoformat(text)
    return (moment if "T" in text else moment.replace(hour=12)).replace(tzinfo=LONDON)


def begin(kind: ClockKind, when: str, policy: Policy = CODE, **more: object) -> Clock:
    return start(kind, policy=policy, calendar=CALENDAR, event="received", at=at(when), **more)  # type: ignore[arg-type]


def own_policy(folder: Path, *changes: tuple[str, str]) -> Policy:
    """The Code's policy with some of its text changed, as a landlord would write its own."""
    text = (POLICIES / "code-2024.toml").read_text("utf-8").replace('name = "code-2024"', 'name = "larchmere"')
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "larchmere.toml"
    path.write_text(text, "utf-8")
    return load(str(path))


@pytest.mark.parametrize(
    ("received", "acknowledge", "respond", "respond_at_once", "extended", "respond_2", "extended_2"), VECTORS
)
def test_every_vector_of_the_code(
    received: str, acknowledge: str, respond: str, respond_at_once: str, extended: str, respond_2: str, extended_2: str
) -> None:
    dates = timeline(CODE, CALENDAR, at(received), escalated=at(received))
    assert {kind: line["code_due"] for kind, line in dates.items()} == {
        "acknowledge_1": acknowledge,
        "respond_1": respond,
        "respond_1_extended": extended,
        "acknowledge_2": acknowledge,
        "respond_2": respond_2,
        "respond_2_extended": extended_2,
    }
    assert all(line["policy_due"] == line["code_due"] for line in dates.values())
    at_once = timeline(CODE, CALENDAR, at(received), acknowledged=at(received))
    assert at_once["respond_1"]["code_due"] == respond_at_once
    assert at_once["respond_1"]["assumed"] is False
    assert dates["respond_1"]["assumed"] is True


def test_stage_2_has_no_date_until_someone_asks() -> None:
    dates = timeline(CODE, CALENDAR, at("2026-11-27"))
    assert set(dates) == {kind.value for kind in ClockKind} - {"progress_update"}
    for kind in ("acknowledge_2", "respond_2", "respond_2_extended"):
        assert dates[kind]["code_due"] is None
        assert dates[kind]["policy_due"] is None
        assert "request for stage 2" in dates[kind]["rule"]


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ({"acknowledged": "2026-11-26"}, "acknowledged .* cannot come before received"),
        ({"acknowledged": "2026-12-04", "escalated": "2026-12-01"}, "escalated .* cannot come before acknowledged"),
        ({"acknowledged_2": "2026-12-04"}, "needs the request for stage 2"),
    ],
)
def test_events_out_of_order_are_refused(events: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        timeline(CODE, CALENDAR, at("2026-11-27"), **{name: at(day) for name, day in events.items()})


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-27T23:59", "2026-12-04"),
        ("2026-11-27T23:59:59.999999", "2026-12-04"),
        ("2026-11-28T00:00", "2026-12-04"),  # Saturday: the same date, from another day 0
        ("2026-11-30T00:00", "2026-12-07"),
        ("2026-07-09T23:30", "2026-07-16"),  # still Thursday in London, already Thursday 22:30 in UTC
        ("2026-07-10T00:30", "2026-07-17"),  # Friday in London, Thursday 23:30 in UTC
        ("2026-03-28T23:59", "2026-04-07"),  # the night before the clocks go forward
        ("2026-03-29T00:30", "2026-04-07"),  # the Sunday itself, before and after
        ("2026-03-29T02:30", "2026-04-07"),
        ("2026-10-25T00:30", "2026-10-30"),  # the Sunday the clocks go back
        ("2026-10-25T01:30", "2026-10-30"),
        ("2026-10-25T23:59", "2026-10-30"),
        ("2026-10-26T00:00", "2026-11-02"),
    ],
)
def test_the_day_of_receipt_is_the_day_in_london(received: str, due: str) -> None:
    assert begin(ClockKind.ACKNOWLEDGE_1, received).code_due == date.fromisoformat(due)


def test_the_hour_that_comes_twice_is_the_same_day_both_times() -> None:
    first, again = (at("2026-10-25T01:30").replace(fold=fold) for fold in (0, 1))
    clocks = [
        start(ClockKind.ACKNOWLEDGE_1, policy=CODE, calendar=CALENDAR, event="received", at=t) for t in (first, again)
    ]
    assert clocks[0].started_at + timedelta(hours=1) == clocks[1].started_at
    assert clocks[0].due_at == clocks[1].due_at


@pytest.mark.parametrize(
    ("received", "due_at"),
    [
        ("2026-11-27", datetime(2026, 12, 4, 23, 59, 59, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 7, 8, 22, 59, 59, tzinfo=UTC)),
        ("2026-03-26", datetime(2026, 4, 2, 22, 59, 59, tzinfo=UTC)),  # begun in winter time, due in summer time
        ("2026-10-22", datetime(2026, 10, 29, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_clock_runs_out_on_the_last_second_of_the_day_in_london(received: str, due_at: datetime) -> None:
    clock = begin(ClockKind.ACKNOWLEDGE_1, received)
    assert clock.due_at == due_at
    assert clock.due_at.tzinfo is UTC
    assert clock.started_at.tzinfo is UTC


def test_the_same_clock_on_a_scottish_new_year() -> None:
    scotland = calendar_for("scotland")
    received = at("2026-12-30")
    in_scotland = start(ClockKind.ACKNOWLEDGE_1, policy=CODE, calendar=scotland, event="received", at=received)
    assert in_scotland.code_due == date(2027, 1, 8)  # 1 January and the substitute for 2 January do not count
    assert begin(ClockKind.ACKNOWLEDGE_1, "2026-12-30").code_due == date(2027, 1, 7)
    assert in_scotland.calendar_version.startswith("scotland 2019-")


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        start(
            ClockKind.ACKNOWLEDGE_1,
            policy=CODE,
            calendar=CALENDAR,
            event="received",
            at=datetime(2026, 11, 27, 12),  # noqa: DTZ001 - that is the mistake
        )


def test_a_clock_can_explain_its_date() -> None:
    clock = begin(ClockKind.ACKNOWLEDGE_1, "2026-12-22T16:40")
    assert clock.event == "received"
    assert "5 working days from receipt (6.2)" in clock.rule
    assert "code-2024 2024-04-01" in clock.rule
    assert clock.policy_version.startswith("code-2024 2024-04-01 #")
    assert clock.calendar_version.startswith("england-and-wales 2019-")
    assert clock.working[0] == {
        "date": "2026-12-22",
        "counted": 0,
        "why": "day 0: the count starts on the day after",
        "count": "code",
    }
    assert clock.working[-1]["date"] == "2026-12-31"
    assert {
        "date": "2026-12-25",
        "counted": None,
        "why": "bank holiday: Christmas Day",
        "count": "code",
    } in clock.working


def test_an_extension_is_added_to_the_original_due_date() -> None:
    clock = begin(ClockKind.RESPOND_1_EXTENDED, "2026-12-31")
    original = begin(ClockKind.RESPOND_1, "2026-12-31")
    assert clock.code_due == CALENDAR.add(original.code_due, 10)
    assert "10 working days from the original due date (6.4)" in clock.rule


def test_a_progress_update_follows_the_rhythm_agreed_or_the_policys_own() -> None:
    agreed = begin(ClockKind.PROGRESS_UPDATE, "2026-11-27", every=3)
    assert agreed.code_due == agreed.policy_due == date(2026, 12, 2)
    assert "3 working days (5.9)" in agreed.rule
    assert begin(ClockKind.PROGRESS_UPDATE, "2026-11-27").code_due == date(2026, 12, 4)
    with pytest.raises(ValueError, match="at least 1"):
        begin(ClockKind.PROGRESS_UPDATE, "2026-11-27", every=0)


def test_a_stricter_landlord_is_due_by_its_own_date_and_judged_by_the_codes(tmp_path: Path) -> None:
    strict = own_policy(
        tmp_path, ('clause = "6.14"\nstate = "stated"\ndays = 20', 'clause = "6.14"\nstate = "stated"\ndays = 10')
    )
    clock = begin(ClockKind.RESPOND_2, "2026-12-04", strict)
    assert clock.code_due == date(2027, 1, 6)
    assert clock.policy_due == clock.due == date(2026, 12, 18)
    assert clock.due_at == datetime(2026, 12, 18, 23, 59, 59, tzinfo=UTC)
    assert {line["count"] for line in clock.working} == {"code", "policy"}
    assert "10 working days from the stage 2 acknowledgement" in clock.rule


def test_a_looser_landlord_is_held_to_the_code(tmp_path: Path) -> None:
    loose = own_policy(
        tmp_path, ('clause = "6.3"\nstate = "stated"\ndays = 10', 'clause = "6.3"\nstate = "stated"\ndays = 15')
    )
    clock = begin(ClockKind.RESPOND_1, "2026-12-04", loose)
    assert clock.policy_due > clock.code_due == clock.due
    assert clock.due_at.date() == clock.code_due


def test_a_landlord_that_counts_from_another_event_needs_that_event(tmp_path: Path) -> None:
    early = own_policy(tmp_path, ('from = "acknowledged_2"', 'from = "escalated"'))
    with pytest.raises(FactMissing, match="from the request for stage 2"):
        begin(ClockKind.RESPOND_2, "2026-12-04", early)
    clock = begin(ClockKind.RESPOND_2, "2026-12-04", early, facts={"escalated": at("2026-11-27")})
    assert clock.code_due == CALENDAR.add(date(2026, 12, 4), 20)
    assert clock.policy_due == CALENDAR.add(date(2026, 11, 27), 20)
    dates = timeline(early, CALENDAR, at("2026-11-01"), escalated=at("2026-11-27"))
    assert dates["respond_2"]["policy_due"] == clock.policy_due.isoformat()


def test_what_a_landlord_leaves_unsaid_is_the_codes(tmp_path: Path) -> None:
    silent = own_policy(
        tmp_path,
        (
            'clause = "6.2"\nstate = "stated"\ndays = 5\nunit = "working"\nfrom = "received"\n',
            'clause = "6.2"\nstate = "unstated"\n',
        ),
    )
    clock = begin(ClockKind.ACKNOWLEDGE_1, "2026-11-27", silent)
    assert clock.policy_due == clock.code_due == date(2026, 12, 4)


def test_bare_days_are_read_as_calendar_days(tmp_path: Path) -> None:
    bare = own_policy(
        tmp_path,
        (
            'clause = "6.2"\nstate = "stated"\ndays = 5\nunit = "working"\n',
            'clause = "6.2"\nstate = "stated"\ndays = 5\n',
        ),
    )
    clock = begin(ClockKind.ACKNOWLEDGE_1, "2026-11-26", bare)
    assert clock.policy_due == date(2026, 12, 1)
    assert clock.code_due == date(2026, 12, 3)


def test_the_failsafe_goes_at_its_hour_on_the_last_day_in_london() -> None:
    winter, summer = begin(ClockKind.ACKNOWLEDGE_1, "2026-11-27"), begin(ClockKind.ACKNOWLEDGE_1, "2026-07-01")
    assert failsafe_at(winter, CODE, CALENDAR) == datetime(2026, 12, 4, 14, tzinfo=UTC)
    assert failsafe_at(summer, CODE, CALENDAR) == datetime(2026, 7, 8, 13, tzinfo=UTC)
    assert failsafe_at(winter, CODE, CALENDAR, working_days_ahead=2) == datetime(2026, 12, 2, 14, tzinfo=UTC)


def test_the_failsafe_of_a_weekend_date_goes_on_the_last_working_day_before(tmp_path: Path) -> None:
    bare = own_policy(
        tmp_path,
        (
            'clause = "6.2"\nstate = "stated"\ndays = 5\nunit = "working"\n',
            'clause = "6.2"\nstate = "stated"\ndays = 5\n',
        ),
    )
    clock = begin(ClockKind.ACKNOWLEDGE_1, "2026-11-24", bare)
    assert clock.due == date(2026, 11, 29)  # a Sunday
    assert failsafe_at(clock, bare, CALENDAR) == datetime(2026, 11, 27, 14, tzinfo=UTC)
    assert warning_days(clock, bare, CALENDAR) == (date(2026, 11, 27),)


@pytest.mark.parametrize(
    ("received", "told"),
    [
        ("2026-11-27", ["2026-12-02", "2026-12-03", "2026-12-04"]),
        ("2026-12-22", ["2026-12-29", "2026-12-30", "2026-12-31"]),
        ("2026-04-04", ["2026-04-09", "2026-04-10", "2026-04-13"]),
    ],
)
def test_staff_are_told_on_each_working_day_from_the_third(received: str, told: list[str]) -> None:
    clock = begin(ClockKind.ACKNOWLEDGE_1, received)
    assert [day.isoformat() for day in warning_days(clock, CODE, CALENDAR)] == told


def test_a_longer_clock_warns_on_its_last_days_only() -> None:
    days = warning_days(begin(ClockKind.RESPOND_1, "2026-12-04"), CODE, CALENDAR)
    assert [day.isoformat() for day in days] == ["2026-12-16", "2026-12-17", "2026-12-18"]


def test_a_shut_landlord_is_told_on_the_last_open_day_before(tmp_path: Path) -> None:
    shut = own_policy(
        tmp_path,
        (
            "[emergency]",
            '[closures]\n2026-12-29 = "shut"\n2026-12-30 = "shut"\n2026-12-31 = "shut"\n\n[emergency]',
        ),
    )
    clock = begin(ClockKind.ACKNOWLEDGE_1, "2026-12-22", shut)
    assert clock.due == date(2026, 12, 31)
    assert warning_days(clock, shut, CALENDAR)[0] == date(2026, 12, 24)
    assert any("shut: the clock does not stop" in line["why"] for line in clock.working)


@given(
    st.sampled_from([kind for kind in ClockKind if kind is not ClockKind.PROGRESS_UPDATE]),
    st.datetimes(datetime(2019, 1, 8), datetime(2030, 9, 1)),  # noqa: DTZ001 - the zone is given below
    st.sampled_from(["england-and-wales", "scotland", "northern-ireland"]),
)
def test_every_clock_agrees_with_counting_day_by_day(kind: ClockKind, moment: datetime, nation: str) -> None:
    calendar = calendar_for(nation)
    clock = start(kind, policy=CODE, calendar=calendar, event="received", at=moment.replace(tzinfo=UTC))
    n = {"acknowledge": 5, "respond_1": 10, "respond_1_extended": 20, "respond_2": 20, "respond_2_extended": 40}
    left = n.get(kind.value) or n["acknowledge"]
    day = clock.started_at.astimezone(LONDON).date()
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in calendar.holidays
    assert clock.code_due == clock.policy_due == day
    assert clock.due_at.astimezone(LONDON) == datetime.combine(day, time(23, 59, 59), LONDON)
    safe = failsafe_at(clock, CODE, calendar)
    assert clock.started_at < safe < clock.due_at
    told = warning_days(clock, CODE, calendar)
    assert told[-1] == safe.astimezone(LONDON).date()
    assert len(told) == 3
    assert all(calendar.is_working_day(one) for one in told)
