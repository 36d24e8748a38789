"""Clocks in the book: each with the event, the rule and the working that explain its dates (law 5)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from casework.clocks import Clock, ClockKind
from casework.storage import journal
from casework.storage.tables import Case, ClockRow

_EVENTS = {
    ClockKind.ACKNOWLEDGE_1.value: "received",
    ClockKind.RESPOND_1.value: "acknowledged",
    ClockKind.ACKNOWLEDGE_2.value: "escalated",
    ClockKind.RESPOND_2.value: "acknowledged_2",
}


def begin(session: Session, case: Case, clock: Clock, *, now: datetime, watch_at: datetime, round: int = 1) -> ClockRow:
    """Start a clock; `watch_at` is when the sweep must look at it first."""
    row = ClockRow(
        case=case,
        kind=clock.kind.value,
        round=round,
        event=clock.event,
        started_at=clock.started_at,
        code_due=clock.code_due,
        policy_due=clock.policy_due,
        due_at=clock.due_at,
        watch_at=watch_at,
        rule=clock.rule,
        working=list(clock.working),
        policy_version=clock.policy_version,
        calendar_version=clock.calendar_version,
    )
    session.add(row)
    journal.write(
        session,
        "clock_started",
        at=now,
        case=case,
        clock=row.kind,
        event_name=clock.event,
        started_at=clock.started_at.isoformat(),
        code_due=clock.code_due.isoformat(),
        policy_due=clock.policy_due.isoformat(),
    )
    _note_next_due(case)
    return row


def stop(session: Session, case: Case, kind: ClockKind, outcome: str, *, now: datetime) -> ClockRow | None:
    """Stop the running clock of this kind, if there is one, and keep how it ended."""
    running = next((clock for clock in case.clocks if clock.kind == kind.value and clock.stopped_at is None), None)
    if running is not None:
        running.stopped_at = now
        running.outcome = outcome
        journal.write(
            session,
            "clock_stopped",
            at=now,
            case=case,
            clock=kind.value,
            outcome=outcome,
            in_time=now <= running.due_at,
        )
        _note_next_due(case)
    return running


def as_clock(row: ClockRow) -> Clock:
    """The row as the value that the pure rules know."""
    return Clock(
        kind=ClockKind(row.kind),
        event=row.event,
        started_at=row.started_at,
        code_due=row.code_due,
        policy_due=row.policy_due,
        due_at=row.due_at,
        rule=row.rule,
        working=tuple(row.working),
        policy_version=row.policy_version,
        calendar_version=row.calendar_version,
    )


def events_of(case: Case) -> dict[str, datetime]:
    """When what clocks count from happened in this case, by the name that policies give the event."""
    return {_EVENTS[clock.kind]: clock.started_at for clock in case.clocks if clock.kind in _EVENTS}


def stop_all(session: Session, case: Case, outcome: str, *, now: datetime) -> None:
    """Stop whatever runs on this case."""
    for clock in list(case.clocks):
        if clock.stopped_at is None:
            stop(session, case, ClockKind(clock.kind), outcome, now=now)


def run_again(case: Case, numbers: Collection[int]) -> None:
    """Let clocks that were stopped by mistake run on, with their own dates; the sweep looks at them when it is time."""
    for clock in case.clocks:
        if clock.id in numbers:
            clock.stopped_at, clock.outcome = None, ""
    _note_next_due(case)


def _note_next_due(case: Case) -> None:
    case.next_due_at = min((clock.due_at for clock in case.clocks if clock.stopped_at is None), default=None)
