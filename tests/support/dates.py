"""Whether the dates of a case are right: beside what the pure rules of casework make of the same moment."""

from datetime import datetime, timedelta

from casework.clocks import Clock, ClockKind
from casework.rules import rules_of
from casework.storage import clocks
from casework.storage.tables import Case, ClockRow, Message, Notice

A_MINUTE = timedelta(minutes=1)


def clock(case: Case, kind: str) -> ClockRow:
    """The clock of this kind on the case."""
    [found] = [row for row in case.clocks if row.kind == kind]
    return found


def counted(kind: ClockKind, at: datetime) -> Clock:
    """The clock that casework's pure rules make of this moment."""
    return rules_of("code-2024").start(kind, event="", at=at)


def assert_counts(row: ClockRow, at: datetime) -> None:
    """The clock in the book is the one that the rules give for this moment, with its working."""
    kept, right = clocks.as_clock(row), counted(ClockKind(row.kind), at)
    assert kept.started_at == right.started_at
    assert (kept.code_due, kept.policy_due, kept.due_at) == (right.code_due, right.policy_due, right.due_at)
    assert (kept.rule, kept.working, kept.policy_version) == (right.rule, right.working, right.policy_version)


def assert_within_a_minute(notice: Notice, message: Message) -> None:
    assert notice.accepted_at is not None
    assert notice.accepted_at - message.accepted_at < A_MINUTE
