"""Law 8: staff are told on each day before, the fail-safe goes by the last safe hour, and nobody falls silent."""

import logging
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.book import House
from support.cast import FURTHER, GRUMBLE, MONDAY, NGOZI, REQUEST, STAN, UNSURE, form, mail, text

from casework.lifecycle import CaseState, Move
from casework.storage import cases, clocks
from casework.storage.tables import Case, ClockRow
from intake import sweep, watch
from intake.acknowledge import confirm, update

LONDON = ZoneInfo("Europe/London")
DUE = date(2026, 11, 30)  # the fifth working day after MONDAY
HOUR = timedelta(hours=1)


def test_staff_are_warned_each_working_day_from_the_third_on(house: House) -> None:
    house.hear(text(GRUMBLE))
    house.sweep(MONDAY, _at(DUE, 13))
    assert house.alerts() == [f"{house.case().reference}: acknowledge 1 is due by the end of Monday 30 November."] * 3
    warned = [notice.created_at.astimezone(LONDON) for notice in house.notices("staff_alert")]
    assert [at.date() for at in warned] == [date(2026, 11, 26), date(2026, 11, 27), DUE]
    assert all(9 <= at.hour < 11 for at in warned)


def test_the_fail_safe_acknowledges_in_the_residents_own_words_by_the_last_safe_hour(house: House) -> None:
    house.hear(text(GRUMBLE))
    house.sweep(MONDAY, _at(DUE, 15))
    [notice] = house.notices("acknowledgement")
    assert notice.created_at.astimezone(LONDON).hour in (14, 15)
    assert (notice.facts["understanding"], notice.facts["in_own_words"], notice.facts["stage"]) == (GRUMBLE, True, 1)
    assert house.case().state == CaseState.STAGE_1_ACKNOWLEDGED
    assert [clock.kind for clock in house.clocks(running=True)] == ["respond_1", "progress_update"]
    [respond, _] = house.clocks(running=True)
    assert (respond.started_at, respond.code_due) == (notice.created_at, date(2026, 12, 14))
    assert notice.facts["respond_by"] == "2026-12-14"
    assert len(house.alerts("fail_safe")) == 1
    assert [line.actor for line in house.lines("failsafe_acknowledged")] == ["fail-safe"]


def test_the_fail_safe_says_the_outcome_that_the_form_asked_for(house: House) -> None:
    house.hear(form(GRUMBLE, of=NGOZI, outcome_sought="A boiler that works by Friday"))
    house.sweep(MONDAY, _at(DUE, 15))
    [notice] = house.notices("acknowledgement")
    assert notice.facts["outcomes_sought"] == "A boiler that works by Friday"


def test_a_choice_that_nobody_made_is_acknowledged_as_a_complaint(house: House) -> None:
    house.hear(text(UNSURE))
    house.sweep(MONDAY, _at(DUE, 15))
    assert (house.case().kind, house.case().review) == ("complaint", False)
    assert len(house.notices("acknowledgement")) == 1


def test_the_words_of_the_fail_safe_are_those_that_made_it_a_complaint(house: House) -> None:
    house.hear(text(REQUEST), text(GRUMBLE, at=MONDAY + timedelta(days=7)))
    house.sweep(MONDAY, MONDAY + timedelta(days=15))
    [notice] = house.notices("acknowledgement")
    assert notice.facts["understanding"] == GRUMBLE
    assert notice.facts["received_at"].startswith("2026-11-30T09:30")


def test_at_stage_2_the_fail_safe_speaks_of_the_request_for_stage_2(house: House) -> None:
    house.hear(text(GRUMBLE))
    house.change(lambda session, case: _answer(session, house, case))
    later = MONDAY + timedelta(days=14)
    house.hear(text(FURTHER, at=later))
    house.sweep(later, later + timedelta(days=8))
    notice = house.notices("acknowledgement")[-1]
    assert (notice.facts["stage"], notice.facts["understanding"], notice.round) == (2, FURTHER, "stage-2")
    assert notice.facts["received_at"].startswith("2026-12-07")
    assert house.case().state == CaseState.STAGE_2_ACKNOWLEDGED


def test_once_staff_have_confirmed_nothing_more_is_said_of_it(house: House) -> None:
    house.hear(mail(GRUMBLE, subject="Boiler"))
    handler = house.staff()
    house.change(lambda session, case: _confirm(session, house, case, handler=handler))
    house.sweep(MONDAY, _at(DUE, 23))
    [notice] = house.notices("acknowledgement")
    assert (notice.facts["in_own_words"], notice.facts["handler_name"]) == (False, "Priya Shah")
    assert notice.in_reply_to == house.messages()[0].external_id
    assert not house.alerts()


@pytest.mark.parametrize("state", [CaseState.WITHDRAWN, CaseState.REFUSED, CaseState.STAGE_1_ANSWERED])
def test_nothing_is_owed_to_a_case_at_rest(house: House, state: CaseState) -> None:
    house.hear(text(GRUMBLE))
    house.change_all(lambda case: setattr(case, "state", state.value))
    house.sweep(MONDAY, _at(DUE, 23), every=timedelta(hours=6))
    assert (house.notices("acknowledgement"), house.alerts(), house.clocks(running=True)) == ([], [], [])
    assert house.case().next_due_at is None


def test_an_update_goes_at_the_agreed_rhythm_until_the_answer_is_due(house: House) -> None:
    house.hear(text(GRUMBLE))
    house.sweep(MONDAY, MONDAY + timedelta(days=40), every=timedelta(hours=2))
    told = [notice.created_at.astimezone(LONDON).date() for notice in house.notices("progress_update")]
    assert told == [date(2026, 12, 7)]  # the second would fall on the day of the answer
    [notice] = house.notices("progress_update")
    assert notice.facts["respond_by"] == "2026-12-14"
    assert len([sentence for sentence in house.alerts("overdue") if "is late" in sentence]) == 1


def test_a_staff_members_update_starts_the_time_to_the_next(house: House) -> None:
    house.hear(text(GRUMBLE))
    handler = house.staff()
    house.change(lambda session, case: _confirm(session, house, case, handler=handler))
    later = MONDAY + timedelta(days=2)
    house.change(
        lambda session, case: update(
            session, house.desk, case, happened="The part is ordered.", next_step="It is fitted on Friday.",
            round="by-hand-1", now=later, actor="priya",
        )
    )  # fmt: skip
    [clock] = [clock for clock in house.clocks(running=True) if clock.kind == "progress_update"]
    assert (clock.round, clock.started_at, clock.code_due) == (2, later, date(2026, 12, 2))


def test_after_a_long_outage_only_the_gravest_duty_is_done(house: House) -> None:
    house.hear(text(GRUMBLE))
    house.watch(MONDAY + timedelta(days=30))
    assert len(house.notices("acknowledgement")) == 1
    assert (len(house.alerts("fail_safe")), len(house.alerts())) == (1, 1)


def test_what_was_typed_in_late_is_acknowledged_at_once_when_its_time_has_passed(house: House) -> None:
    house.hear(form(GRUMBLE, of=NGOZI), now=MONDAY + timedelta(days=10))
    house.watch(MONDAY + timedelta(days=10))
    assert len(house.notices("acknowledgement")) == 1


def test_looking_twice_does_nothing_twice(house: House) -> None:
    house.hear(text(GRUMBLE), mail(GRUMBLE, subject="Boiler"))
    for now in (_at(date(2026, 11, 26), 9), _at(DUE, 14), MONDAY + timedelta(days=40)):
        for _ in range(3):
            house.watch(now)
    assert len(house.notices("acknowledgement")) == 2
    assert len(house.notices("staff_alert")) == 2 * 3
    assert house.watch(MONDAY + timedelta(days=40)) == 0


def test_two_watchers_at_the_same_moment_do_it_once(house: House) -> None:
    from concurrent.futures import ThreadPoolExecutor

    house.hear(*(text(GRUMBLE, sender=f"+4477009001{n:02}") for n in range(10)))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: house.watch(_at(DUE, 15)), range(4)))
    house.watch(_at(DUE, 16))
    assert len(house.notices("acknowledgement")) == 10
    assert not house.breaks()


def test_one_case_that_cannot_be_looked_at_keeps_nobody_else_waiting(
    house: House, monkeypatch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house.hear(text(GRUMBLE), mail(GRUMBLE, subject="Boiler"))
    spoilt = house.cases()[0].id
    acknowledge = watch.acknowledge_in_own_words

    def spoil(session: Any, desk: Any, case: Case, *, now: datetime) -> None:
        if case.id == spoilt:
            raise LookupError(f"no calendar for {NGOZI.name}")
        acknowledge(session, desk, case, now=now)

    monkeypatch.setattr(watch, "acknowledge_in_own_words", spoil)
    house.watch(_at(DUE, 14))
    assert [notice.case_id for notice in house.notices("acknowledgement")] == [house.cases()[1].id]
    assert len(house.alerts("cannot_watch")) == 1
    assert NGOZI.name not in caplog.text
    monkeypatch.undo()
    house.sweep(_at(DUE, 14), _at(DUE, 16), every=timedelta(minutes=5))
    assert len(house.notices("acknowledgement")) == 2


def test_the_sweep_rings_for_messages_that_wait_and_for_clocks_whose_time_has_come(
    house: House, monkeypatch: Any
) -> None:
    rung: dict[str, list[int]] = {}
    monkeypatch.setattr("casework.storage.bell.ring_now", lambda job, ids: rung.update({job: ids}))
    house.accept(text(GRUMBLE))
    assert sweep.ring_for_waiting(house.book, now=MONDAY) == 1
    assert rung["intake.jobs.process_messages"] == [house.messages()[0].id]
    house.process([house.messages()[0].id])
    assert sweep.ring_for_waiting(house.book, now=MONDAY) == 0
    assert sweep.ring_for_waiting(house.book, now=_at(DUE, 14)) == 1
    assert rung["intake.jobs.watch_clocks"] == [house.clocks()[0].id]


def test_a_complaint_taken_up_again_is_acknowledged_again(house: House) -> None:
    house.hear(text(GRUMBLE))
    handler = house.staff()
    house.change(lambda session, case: _confirm(session, house, case, handler=handler))

    def again(session: Any, case: Case) -> None:
        clocks.stop_all(session, case, "withdrawn", now=MONDAY)
        case.state = CaseState.STAGE_1_RECEIVED.value
        _confirm(session, house, case, handler=handler)

    house.change(again)
    assert [notice.round for notice in house.notices("acknowledgement")] == ["stage-1", "stage-1.2"]


def test_every_date_can_be_explained_from_its_row(house: House) -> None:
    house.hear(text(GRUMBLE))
    [clock] = house.clocks()
    assert (clock.event, clock.policy_version.split()[0]) == ("complaint received", "code-2024")
    assert "6.2" in clock.rule
    assert clock.calendar_version.startswith("england-and-wales")
    assert [line["counted"] for line in clock.working if line["counted"]] == [1, 2, 3, 4, 5]
    assert clock.working[-1]["date"] == clock.code_due.isoformat()


_minutes = st.integers(0, 709 * 24 * 60)  # to 10 December 2027
_moments = _minutes.map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(received=st.lists(_moments, min_size=1, max_size=8))
def test_whenever_it_came_the_acknowledgement_goes_before_its_day_ends_if_the_sweep_runs_hourly(
    house: House, received: list[datetime]
) -> None:
    """One sweep for several cases: each is looked at in the hours of its own, which is what the tick does for all."""
    before = {case.id for case in house.cases()}
    for at in received:
        house.hear(mail(GRUMBLE, subject="Boiler", at=at))
    ids = {case.id for case in house.cases()} - before
    with house.book.reading() as session:
        rows = session.query(ClockRow).filter(ClockRow.case_id.in_(ids)).all()
    for moment in sorted({tick for row in rows for tick in _ticks(row)}):
        house.watch(moment)
    gone = {notice.case_id: notice.created_at for notice in house.notices("acknowledgement")}
    for row in rows:
        end_of_day = datetime.combine(row.code_due, time(23, 59, 59), LONDON)
        assert gone[row.case_id] <= end_of_day, row.started_at
        assert gone[row.case_id] - HOUR <= datetime.combine(row.code_due, time(14), LONDON), row.started_at


def _ticks(row: ClockRow) -> list[datetime]:
    """The hourly ticks of the last three days of a clock, at an odd minute."""
    end = row.due_at.replace(minute=37, second=0)
    return [end - hour * HOUR for hour in range(72) if end - hour * HOUR >= row.started_at]


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), LONDON).astimezone(UTC)


def _confirm(session: Any, house: House, case: Case, *, handler: Any) -> None:
    confirm(
        session, house.desk, case, understanding="The boiler has failed three times.", outcomes_sought="A new boiler.",
        responsibility="All of it is ours.", handler=handler, now=MONDAY + HOUR, actor="priya",
    )  # fmt: skip


def _answer(session: Any, house: House, case: Case) -> None:
    _confirm(session, house, case, handler=None)
    clocks.stop_all(session, case, "answered", now=MONDAY + HOUR)
    cases._move(session, case, Move.RESPOND, now=MONDAY + HOUR, actor="priya")


def test_a_clock_of_a_resident_who_cannot_be_written_to_still_ends_with_a_person(house: House) -> None:
    house.hear(form(GRUMBLE))
    house.sweep(MONDAY, _at(DUE, 15))
    [notice] = house.notices("acknowledgement")
    assert (notice.channel, notice.state) == ("nobody", "due")
    assert STAN.name not in repr(notice.facts)
