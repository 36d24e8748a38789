"""Counts the terms of a clock twice: as the Code gives them, and as the landlord's own policy does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from casework.calendar import DAY_ZERO, Calendar, CalendarDay
from casework.policy.code import Limit, TermName
from casework.policy.policy import Policy, Term

EVENT_WORDS: Mapping[str, str] = {
    "received": "receipt",
    "acknowledged": "the stage 1 acknowledgement",
    "escalated": "the request for stage 2",
    "acknowledged_2": "the stage 2 acknowledgement",
    "due": "the original due date",
}


class FactMissing(ValueError):
    """Raised when a policy counts from an event whose instant was not given; names the event."""

    def __init__(self, policy: Policy, term: TermName, event: str) -> None:
        super().__init__(
            f"Policy {policy.name} counts {term} from {EVENT_WORDS[event]}: pass facts={{{event!r}: <instant>}}."
        )
        self.event = event


@dataclass(frozen=True, slots=True)
class Count:
    """A date, the days that led to it, and the rule in words; two counts with the same steps are the same promise."""

    due: date
    days: tuple[CalendarDay, ...]
    rule: str
    steps: tuple[tuple[int, str, str], ...] = ()


def count_by_code(terms: tuple[TermName, ...], policy: Policy, day: date, calendar: Calendar) -> Count:
    """The Code's date: each term is added to the date that the one before it gave."""
    days: tuple[CalendarDay, ...] = ()
    rules, steps = [], []
    for name in terms:
        limit = policy.code.limit(name)
        days += calendar.walk(day, limit.days, policy.closures)
        day = days[-1].date
        rules.append(f"{limit.days} working days from {EVENT_WORDS[limit.counted_from]} ({limit.clause})")
        steps.append((limit.days, "working", str(limit.counted_from)))
    return Count(day, days, f"{policy.code.title}: {', then '.join(rules)}", tuple(steps))


def count_by_policy(
    terms: tuple[TermName, ...], policy: Policy, day: date, facts: Mapping[str, date], calendar: Calendar
) -> Count:
    """The landlord's own date; `facts` are the days of events that its terms count from and the Code's do not."""
    days: tuple[CalendarDay, ...] = ()
    rules, steps = [], []
    for name in terms:
        term, limit = policy.term(name), policy.code.limit(name)
        number, unit, origin = _resolve(term, limit)
        if origin != limit.counted_from:
            if origin not in facts:
                raise FactMissing(policy, name, origin)
            day = facts[origin]
        days += calendar.walk(day, number, policy.closures) if unit == "working" else _calendar_days(day, number)
        day = days[-1].date
        said = "" if term.stated else " (unstated there, so the Code's)"
        rules.append(f"{number} {unit} days from {EVENT_WORDS[origin]}{said}")
        steps.append((number, unit, origin))
    rule = f"{policy.landlord} ({policy.name} {policy.version}): {', then '.join(rules)}"
    return Count(day, days, rule, tuple(steps))


def count_update(every: int, policy: Policy, day: date, calendar: Calendar) -> Count:
    """The next progress update (5.9): the Code gives no figure, the rhythm is what was agreed."""
    if every < 1:
        raise ValueError(f"Progress updates are at least 1 working day apart, not {every}.")
    days = calendar.walk(day, every, policy.closures)
    return Count(
        days[-1].date, days, f"{policy.code.title}: updates at the interval agreed, {every} working days (5.9)"
    )


def _resolve(term: Term, limit: Limit) -> tuple[int, str, str]:
    """Days, unit and start of a term; what the landlord leaves unsaid is the Code's, bare "days" are calendar days."""
    if not term.stated or term.days is None:
        return limit.days, "working", limit.counted_from
    unit = "working" if term.unit == "working" else "calendar"
    return term.days, unit, term.counted_from or limit.counted_from


def _calendar_days(day: date, number: int) -> tuple[CalendarDay, ...]:
    rest = (CalendarDay(day + timedelta(days=n), n, "calendar day") for n in range(1, number + 1))
    return (CalendarDay(day, 0, DAY_ZERO), *rest)
