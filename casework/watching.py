"""When somebody must look at a running clock, and what is then to be done: the schedule of law 8.

Staff are told on each working day before an acknowledgement is due; at the last safe hour the fail-safe
acknowledges in the resident's own words; a date that has passed is told at once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from casework.calendar import Calendar
from casework.clocks import Clock, ClockKind, failsafe_at, warning_days
from casework.policy.policy import Policy

Duty = Literal["warn", "failsafe", "update", "overdue"]

START_OF_DAY = time(9)
"""Staff are warned when their day begins, not at midnight."""

_ACKNOWLEDGEMENTS = (ClockKind.ACKNOWLEDGE_1, ClockKind.ACKNOWLEDGE_2)


@dataclass(frozen=True, slots=True)
class Look:
    """One moment at which a clock is looked at, and why."""

    at: datetime
    duty: Duty


def looks(clock: Clock, policy: Policy, calendar: Calendar) -> tuple[Look, ...]:
    """Every moment at which this clock must be looked at, in order."""
    if clock.kind is ClockKind.PROGRESS_UPDATE:
        return (Look(failsafe_at(clock, policy, calendar), "update"),)
    zone = ZoneInfo(policy.timezone)
    moments = [
        Look(datetime.combine(day, START_OF_DAY, zone).astimezone(UTC), "warn")
        for day in warning_days(clock, policy, calendar)
    ]
    if clock.kind in _ACKNOWLEDGEMENTS:
        moments.append(Look(failsafe_at(clock, policy, calendar), "failsafe"))
    moments.append(Look(clock.due_at, "overdue"))
    return tuple(sorted(moments, key=lambda look: look.at))


def first_look_at(clock: Clock, policy: Policy, calendar: Calendar) -> datetime:
    """When the sweep must look at this clock for the first time."""
    return looks(clock, policy, calendar)[0].at


def owed_by(clock: Clock, policy: Policy, calendar: Calendar, *, now: datetime) -> tuple[Duty | None, datetime | None]:
    """The gravest duty that is owed at `now`, and when to look again (None when nothing more will come)."""
    schedule = looks(clock, policy, calendar)
    owed = [look for look in schedule if look.at <= now]
    later = [look for look in schedule if look.at > now]
    duty = owed[-1].duty if owed else None
    if duty == "overdue" and clock.kind in _ACKNOWLEDGEMENTS:
        duty = "failsafe"  # late is late, but silence would be worse
    return duty, (later[0].at if later else None)
