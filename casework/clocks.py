"""What is due and by when: every clock counts twice, by the Code and by the landlord's own policy.

All pure: instants come in as aware datetimes, dates are counted in the landlord's time zone, instants go out
in UTC. `at` is always the instant of the event that the Code counts from; where a landlord's policy counts from
another event, that event's instant must stand in `facts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from casework.calendar import Calendar
from casework.policy.code import TermName
from casework.policy.counting import EVENT_WORDS, Count, FactMissing, count_by_code, count_by_policy, count_update
from casework.policy.policy import Policy

__all__ = [
    "Clock",
    "ClockKind",
    "FactMissing",
    "end_of",
    "failsafe_at",
    "local_day",
    "start",
    "timeline",
    "warning_days",
]

END_OF_DAY = time(23, 59, 59)


class ClockKind(StrEnum):
    """The clocks of a complaint. An extended clock is the original one with the longest regular extension."""

    ACKNOWLEDGE_1 = "acknowledge_1"
    RESPOND_1 = "respond_1"
    RESPOND_1_EXTENDED = "respond_1_extended"
    ACKNOWLEDGE_2 = "acknowledge_2"
    RESPOND_2 = "respond_2"
    RESPOND_2_EXTENDED = "respond_2_extended"
    PROGRESS_UPDATE = "progress_update"


# Each clock of the Code is one term, or a term and the extension that is added to its due date (6.4, 6.15).
TERMS: Mapping[ClockKind, tuple[TermName, ...]] = {
    ClockKind.ACKNOWLEDGE_1: ("acknowledge_1",),
    ClockKind.RESPOND_1: ("respond_1",),
    ClockKind.RESPOND_1_EXTENDED: ("respond_1", "extend_1"),
    ClockKind.ACKNOWLEDGE_2: ("acknowledge_2",),
    ClockKind.RESPOND_2: ("respond_2",),
    ClockKind.RESPOND_2_EXTENDED: ("respond_2", "extend_2"),
}
_ACKNOWLEDGEMENTS = (ClockKind.ACKNOWLEDGE_1, ClockKind.ACKNOWLEDGE_2)


@dataclass(frozen=True, slots=True)
class Clock:
    """One running clock and everything needed to explain its date later.

    `due_at` is the last second, in UTC, of the earlier of both dates. `working` is the day-by-day count, one
    JSON-able line a day: `{"date", "counted", "why", "count"}` with `count` "code", or "policy" where the
    landlord's own date differs.
    """

    kind: ClockKind
    event: str
    started_at: datetime
    code_due: date
    policy_due: date
    due_at: datetime
    rule: str
    working: tuple[dict[str, Any], ...]
    calendar_version: str
    policy_version: str

    @property
    def due(self) -> date:
        """The earlier of the Code's and the landlord's date."""
        return min(self.code_due, self.policy_due)


def start(
    kind: ClockKind,
    *,
    policy: Policy,
    calendar: Calendar,
    event: str,
    at: datetime,
    facts: Mapping[str, datetime] | None = None,
    every: int | None = None,
) -> Clock:
    """Start a clock at the instant of the event the Code counts from.

    For an extended clock that is the event that started the original one: the extension is added to the original
    due date, never to the day of the notice. `every` (working days) is the rhythm of progress updates agreed with
    the resident (5.9), the policy's own where none was agreed. Raises FactMissing and CalendarYearMissing.
    """
    started_at = _utc(at)
    day_zero = local_day(started_at, policy)
    if kind is ClockKind.PROGRESS_UPDATE:
        rhythm = policy.progress_update_every if every is None else every
        by_code = by_policy = count_update(rhythm, policy, day_zero, calendar)
    else:
        days_of = {name: local_day(_utc(moment), policy) for name, moment in (facts or {}).items()}
        by_code = count_by_code(TERMS[kind], policy, day_zero, calendar)
        by_policy = count_by_policy(TERMS[kind], policy, day_zero, days_of, calendar)
    differs = by_policy.due != by_code.due
    return Clock(
        kind=kind,
        event=event,
        started_at=started_at,
        code_due=by_code.due,
        policy_due=by_policy.due,
        due_at=end_of(min(by_code.due, by_policy.due), policy),
        rule=_rule(by_code, by_policy, policy),
        working=_lines(by_code, "code") + (_lines(by_policy, "policy") if differs else ()),
        calendar_version=f"{calendar.nation} {calendar.version}",
        policy_version=policy.stamp,
    )


def failsafe_at(clock: Clock, policy: Policy, calendar: Calendar, *, working_days_ahead: int = 0) -> datetime:
    """The last safe instant, in UTC: the policy's fail-safe hour on the last working day up to the due date.

    `working_days_ahead` brings it forward for what travels slowly: a posted letter needs two. Never before the
    clock started.
    """
    day = calendar.on_or_before(clock.due)
    if working_days_ahead:
        day = calendar.before(day, working_days_ahead)
    at = datetime.combine(day, time(policy.failsafe_hour), ZoneInfo(policy.timezone)).astimezone(UTC)
    return max(at, clock.started_at)


def warning_days(clock: Clock, policy: Policy, calendar: Calendar) -> tuple[date, ...]:
    """The working days on which staff are told that this clock runs out, up to and with its last working day.

    An acknowledgement warns from the policy's `staff_warnings_from_day`, a longer clock on as many days at its end.
    Where the landlord is shut when the first warning falls due, it comes on the last open day before.
    """
    day_zero = local_day(clock.started_at, policy)
    last = calendar.on_or_before(clock.due)
    if clock.kind in _ACKNOWLEDGEMENTS:
        first = calendar.add(day_zero, policy.staff_warnings_from_day)
    else:
        span = max(policy.code.acknowledge_1.days - policy.staff_warnings_from_day, 0)
        first = calendar.before(last, span) if span else last
    earliest = calendar.add(day_zero, 1)
    first = max(min(first, last), earliest)
    while first in policy.closures and first > earliest:
        first = calendar.before(first)
    return tuple(calendar.add(first, n) for n in range(calendar.count(first, last) + 1))


def timeline(
    policy: Policy,
    calendar: Calendar,
    received: datetime,
    acknowledged: datetime | None = None,
    escalated: datetime | None = None,
    acknowledged_2: datetime | None = None,
) -> dict[str, dict[str, Any]]:
    """Every due date of a case under a policy, as JSON values: `{"code_due", "policy_due", "rule", …}` by clock.

    An acknowledgement that is not given is assumed on the day it is due (`"assumed": true` on what counts from it).
    Stage 2 has no dates (null) until someone asks for it. Raises ValueError for events out of order.
    """
    _in_order(received=received, acknowledged=acknowledged, escalated=escalated, acknowledged_2=acknowledged_2)
    if acknowledged_2 and not escalated:
        raise ValueError("A stage 2 acknowledgement needs the request for stage 2 that it acknowledges.")
    facts = {"received": received}
    first = _stage(("acknowledge_1", "respond_1", "respond_1_extended"), policy, calendar, facts, acknowledged)
    if escalated is None:
        waiting = {
            "code_due": None,
            "policy_due": None,
            "rule": f"Counts from {EVENT_WORDS['escalated']}, if there is one",
        }
        return first | {kind: dict(waiting) for kind in ("acknowledge_2", "respond_2", "respond_2_extended")}
    facts["escalated"] = escalated
    return first | _stage(("acknowledge_2", "respond_2", "respond_2_extended"), policy, calendar, facts, acknowledged_2)


def local_day(at: datetime, policy: Policy) -> date:
    """The day of an instant where the landlord is."""
    return at.astimezone(ZoneInfo(policy.timezone)).date()


def end_of(day: date, policy: Policy) -> datetime:
    """The last second of a day where the landlord is, in UTC."""
    return datetime.combine(day, END_OF_DAY, ZoneInfo(policy.timezone)).astimezone(UTC)


def _stage(
    kinds: tuple[str, str, str],
    policy: Policy,
    calendar: Calendar,
    facts: dict[str, datetime],
    acknowledged: datetime | None,
) -> dict[str, dict[str, Any]]:
    """The three clocks of one stage, which begins with an event in `facts`; adds its acknowledgement to them."""
    acknowledge, *rest = (ClockKind(kind) for kind in kinds)
    event = policy.code.limit(TERMS[acknowledge][0]).counted_from
    first = start(acknowledge, policy=policy, calendar=calendar, event=event, at=facts[event], facts=facts)
    told = {str(acknowledge): _tell(first, assumed=False)}
    event = policy.code.limit(TERMS[rest[0]][0]).counted_from
    facts[event] = acknowledged or first.due_at
    for kind in rest:
        clock = start(kind, policy=policy, calendar=calendar, event=event, at=facts[event], facts=facts)
        told[str(kind)] = _tell(clock, assumed=acknowledged is None)
    return told


def _tell(clock: Clock, *, assumed: bool) -> dict[str, Any]:
    return {
        "code_due": clock.code_due.isoformat(),
        "policy_due": clock.policy_due.isoformat(),
        "rule": clock.rule,
        "event": clock.event,
        "started_at": clock.started_at.isoformat(),
        "assumed": assumed,
        "due_at": clock.due_at.isoformat(),
        "working": list(clock.working),
        "calendar_version": clock.calendar_version,
        "policy_version": clock.policy_version,
    }


def _in_order(**events: datetime | None) -> None:
    given = [(name, _utc(at)) for name, at in events.items() if at is not None]
    for (before, earlier), (after, later) in pairwise(given):
        if later < earlier:
            raise ValueError(f"{after} ({later.date()}) cannot come before {before} ({earlier.date()}).")


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"A clock needs an instant with a time zone, not {at.isoformat()}.")
    return at.astimezone(UTC)


def _rule(by_code: Count, by_policy: Count, policy: Policy) -> str:
    if by_policy.steps == by_code.steps:
        return f"{by_code.rule}; the same in policy {policy.name} {policy.version}"
    return f"{by_code.rule}. {by_policy.rule}"


def _lines(count: Count, name: str) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"date": day.date.isoformat(), "counted": day.counted, "why": day.why, "count": name} for day in count.days
    )
