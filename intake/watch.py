"""Looks at the clocks whose time has come, and owes what follows: warnings, the fail-safe, updates.

Costs what is due, not what is stored: each running clock knows when it must be looked at next.
"""

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from casework.lifecycle import AT_REST, CaseState
from casework.storage import clocks, journal
from casework.storage.tables import Case, ClockRow
from casework.storage.trouble import passes, where
from casework.watching import Duty, owed_by
from intake.acknowledge import acknowledge_in_own_words, update_at_the_agreed_time
from intake.answer import alert_staff
from intake.desk import Desk

log = logging.getLogger(__name__)

LOOK_AGAIN_AFTER = timedelta(minutes=5)


def due_for_a_look(session: Session, *, now: datetime, limit: int) -> list[int]:
    """The running clocks that must be looked at by now."""
    rows = select(ClockRow.id).where(ClockRow.stopped_at.is_(None), ClockRow.watch_at <= now)
    return list(session.scalars(rows.order_by(ClockRow.watch_at).limit(limit)))


def watch(desk: Desk, *, now: datetime, limit: int = 200) -> int:
    """Look at every clock that is due for it, each in its own transaction; returns how many.

    Raises only when the book is in trouble: a clock that cannot be looked at is put to staff, and looked at again.
    """
    with desk.book.reading() as session:
        ids = due_for_a_look(session, now=now, limit=limit)
    return sum(_watch_one(desk, clock_id, now=now) for clock_id in ids)


def _watch_one(desk: Desk, clock_id: int, *, now: datetime) -> bool:
    try:
        with desk.book.transaction() as session:
            clock = _held(session, clock_id)
            if clock is None or clock.stopped_at is not None or clock.watch_at is None or clock.watch_at > now:
                return False
            _look(session, desk, clock, now=now)
            return True
    except StaleDataError:
        return False  # somebody changed the case meanwhile: the next look sees what they did
    except Exception as error:  # one clock must not keep the others from being looked at
        if passes(error):
            raise
        log.error("Clock %d could not be looked at: %s", clock_id, where(error), extra={"clock_id": clock_id})
        _put_to_staff(desk, clock_id, now=now)
        return True


def _held(session: Session, clock_id: int) -> ClockRow | None:
    """The clock, with its case held against everybody else; None while somebody else holds it."""
    held = session.scalar(
        select(Case)
        .join(ClockRow, ClockRow.case_id == Case.id)
        .where(ClockRow.id == clock_id)
        .with_for_update(of=Case, key_share=True, skip_locked=True)
    )
    return None if held is None else session.get_one(ClockRow, clock_id)


def _put_to_staff(desk: Desk, clock_id: int, *, now: datetime) -> None:
    with desk.book.transaction() as session:
        clock = session.get_one(ClockRow, clock_id)
        clock.watch_at = now + LOOK_AGAIN_AFTER
        case = clock.case
        what = clock.kind.replace("_", " ")
        sentence = f"{case.reference}: Earshot could not do what is due for {what}. Please do it yourself, today."
        round = f"cannot_watch:{clock.id}:{now:%Y-%m-%d}"
        alert_staff(session, desk, "cannot_watch", sentence, case=case, round=round, now=now)


def _look(session: Session, desk: Desk, clock: ClockRow, *, now: datetime) -> None:
    duty, clock.watch_at = owed_by(clocks.as_clock(clock), desk.rules.policy, desk.rules.calendar, now=now)
    case = clock.case
    if duty is None:
        return
    if CaseState(case.state) in AT_REST:
        clocks.stop_all(session, case, f"the case is {case.state}", now=now)
        return
    _do(session, desk, case, clock, duty, now=now)


def _do(session: Session, desk: Desk, case: Case, clock: ClockRow, duty: Duty, *, now: datetime) -> None:
    what = clock.kind.replace("_", " ")
    today = now.astimezone(ZoneInfo(desk.rules.policy.timezone)).date().isoformat()
    due = min(clock.code_due, clock.policy_due)
    if duty == "failsafe":
        acknowledge_in_own_words(session, desk, case, now=now)
        journal.write(session, "failsafe_acknowledged", at=now, actor="fail-safe", case=case, clock=clock.kind)
        sentence = f"{case.reference}: nobody confirmed the acknowledgement, so it went in the resident's own words."
        alert_staff(session, desk, "fail_safe", sentence, case=case, round=f"fail_safe:{clock.id}", now=now)
    elif duty == "update":
        update_at_the_agreed_time(session, desk, case, now=now)
    elif duty == "warn":
        sentence = f"{case.reference}: {what} is due by the end of {due:%A} {due.day} {due:%B}."
        alert_staff(session, desk, "due_soon", sentence, case=case, round=f"due:{clock.id}:{today}", now=now)
    else:
        sentence = f"{case.reference}: {what} was due on {due:%A} {due.day} {due:%B} and is late."
        alert_staff(session, desk, "overdue", sentence, case=case, round=f"overdue:{clock.id}", now=now)
