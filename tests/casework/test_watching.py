"""When a running clock is looked at, and what is then owed: the schedule of law 8, over two years of days."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.clocks import Clock, ClockKind
from casework.rules import rules_of
from casework.watching import first_look_at, looks, owed_by

RULES = rules_of("code-2024")
LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

moments = st.integers(0, 690 * 24 * 60).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n))
kinds = st.sampled_from([ClockKind.ACKNOWLEDGE_1, ClockKind.ACKNOWLEDGE_2])


def _start(kind: ClockKind, at: datetime) -> Clock:
    return RULES.start(kind, event="tested", at=at)


def test_the_week_of_an_acknowledgement() -> None:
    told = [
        (look.at.astimezone(LONDON).strftime("%a %d %H:%M"), look.duty)
        for look in looks(_start(ClockKind.ACKNOWLEDGE_1, MONDAY), RULES.policy, RULES.calendar)
    ]
    assert told == [
        ("Thu 26 09:00", "warn"), ("Fri 27 09:00", "warn"), ("Mon 30 09:00", "warn"), ("Mon 30 14:00", "failsafe"),
        ("Mon 30 23:59", "overdue"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days", "hour", "duty"),
    [(0, 10, None), (3, 8, None), (3, 9, "warn"), (4, 12, "warn"), (7, 10, "warn"), (7, 14, "failsafe"),
     (8, 1, "failsafe"), (90, 1, "failsafe")],
)  # fmt: skip
def test_the_gravest_duty_is_owed_and_never_none_once_it_is_late(days: int, hour: int, duty: str | None) -> None:
    clock = _start(ClockKind.ACKNOWLEDGE_1, MONDAY)
    now = datetime.combine((MONDAY + timedelta(days=days)).date(), time(hour), LONDON)
    assert owed_by(clock, RULES.policy, RULES.calendar, now=now)[0] == duty


@given(kind=kinds, at=moments)
def test_the_fail_safe_always_comes_on_the_last_working_day_before_the_day_ends(kind: ClockKind, at: datetime) -> None:
    clock = _start(kind, at)
    schedule = looks(clock, RULES.policy, RULES.calendar)
    [failsafe] = [look for look in schedule if look.duty == "failsafe"]
    local = failsafe.at.astimezone(LONDON)
    assert local.date() == clock.due
    assert RULES.calendar.is_working_day(local.date())
    assert (local.hour, failsafe.at < clock.due_at) == (14, True)
    assert [look.at for look in schedule] == sorted(look.at for look in schedule)
    assert schedule[-1].duty == "overdue"
    warnings = [look.at.astimezone(LONDON) for look in schedule if look.duty == "warn"]
    assert [warning.date() for warning in warnings] == sorted({warning.date() for warning in warnings})
    assert all(RULES.calendar.is_working_day(warning.date()) and warning.hour == 9 for warning in warnings)
    assert len(warnings) == 3


@given(kind=st.sampled_from(list(ClockKind)), at=moments, later=st.integers(0, 60 * 24 * 60))
def test_following_the_schedule_meets_every_duty_in_its_order_and_comes_to_an_end(
    kind: ClockKind, at: datetime, later: int
) -> None:
    clock = _start(kind, at)
    schedule = looks(clock, RULES.policy, RULES.calendar)
    now, done = first_look_at(clock, RULES.policy, RULES.calendar), 0
    while now is not None:
        duty, after = owed_by(clock, RULES.policy, RULES.calendar, now=now)
        assert duty is not None
        assert after is None or after > now
        now, done = after, done + 1
        assert done <= len(schedule)
    duty, after = owed_by(clock, RULES.policy, RULES.calendar, now=at + timedelta(minutes=later))
    assert duty is not None or after is not None, "a clock that is neither owed nor looked at again is forgotten"
