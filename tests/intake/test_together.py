"""Two cases dealt with as one: the first receipt governs, one acknowledgement goes, nothing is lost (pain 11)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from support.book import House
from support.cast import FURTHER, GAS, GRUMBLE, MONDAY, NGOZI, REQUEST, STAN, THANKS, UNSURE, form, mail, text

from casework.lifecycle import CaseState
from casework.storage import suggestions
from casework.storage.joining import CannotJoin, TwoPeople
from casework.storage.people_tables import Joining
from casework.storage.tables import Case, ClockRow
from channels.message import InboundMessage
from intake import acknowledge, together
from intake.likeness import compare_new

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = MONDAY + DAY
JOINED = LATER + HOUR


def join(house: House, at: datetime = JOINED, **said: Any) -> Joining:
    one, other = (case.id for case in house.cases()[:2])
    with house.book.transaction() as session:
        return together.join(
            session, house.desk, one, other, **{"why": "one boiler", "now": at, "actor": "staff:1"} | said
        )


def part(house: House, at: datetime = JOINED + DAY) -> None:
    with house.book.transaction() as session:
        made = session.query(Joining).one()
        together.part(session, house.desk, made, now=at, actor="staff:1")


def dates(clock: ClockRow) -> tuple[Any, ...]:
    return (clock.id, clock.case_id, clock.kind, clock.started_at, clock.code_due, clock.policy_due, clock.due_at,
            clock.watch_at, clock.working, clock.outcome)  # fmt: skip


def standing(house: House) -> list[tuple[Any, ...]]:
    named = ("state", "kind", "labels", "review", "urgent", "hazards", "person_id", "reply_channel", "reply_address",
             "closed_at", "next_due_at", "joined_to_id")  # fmt: skip
    return [tuple(getattr(case, name) for name in named) for case in house.cases()]


def two(house: House, first: InboundMessage, second: InboundMessage) -> tuple[Case, Case]:
    house.hear(first, second)
    one, other = house.cases()
    return one, other


def by_ngozi(first: str = GRUMBLE, second: str = GRUMBLE) -> tuple[InboundMessage, InboundMessage]:
    return form(first, of=NGOZI), mail(second, subject="About the boiler", at=LATER)


def test_the_earlier_receipt_governs_and_the_later_clock_stops(house: House) -> None:
    first, second = two(house, *by_ngozi())
    join(house)
    [running] = house.clocks(running=True)
    assert (running.case_id, running.started_at) == (first.id, MONDAY)
    [stopped] = [clock for clock in house.clocks() if clock.case_id == second.id]
    assert (stopped.outcome, stopped.stopped_at) == (f"joined to {first.reference}", JOINED)
    assert (house.cases()[1].joined_to_id, house.cases()[1].closed_at) == (first.id, JOINED)
    assert not house.breaks()


def test_it_does_not_matter_which_of_the_two_is_named_first(house: House) -> None:
    first, second = two(house, *by_ngozi())
    with house.book.transaction() as session:
        made = together.join(session, house.desk, second.id, first.id, why="one", now=JOINED, actor="staff:1")
        assert (made.case_id, made.head_id) == (second.id, first.id)


def test_one_acknowledgement_goes_out_for_both(house: House) -> None:
    two(house, *by_ngozi())
    join(house)
    house.sweep(JOINED, MONDAY + 9 * DAY)
    assert len(house.notices("acknowledgement")) == 1
    assert house.notices("acknowledgement")[0].address == NGOZI.email


def test_parting_gives_every_clock_its_own_dates_back(house: House) -> None:
    two(house, *by_ngozi())
    before, clocks = standing(house), [dates(clock) for clock in house.clocks()]
    join(house)
    part(house)
    assert standing(house) == before
    assert [dates(clock) for clock in house.clocks(running=True)] == clocks
    assert [line.event for line in house.lines() if "part" in line.event or "gave" in line.event] == [
        "case_parted",
        "case_gave_back",
    ]
    assert not house.breaks()


@pytest.mark.parametrize("second", [GRUMBLE, UNSURE, GAS, THANKS])
@pytest.mark.parametrize("first", [GRUMBLE, UNSURE, REQUEST])
def test_whatever_the_two_were_parting_them_puts_all_back(quick_house: House, first: str, second: str) -> None:
    two(quick_house, *by_ngozi(first, second))
    before = standing(quick_house)
    running = [dates(clock) for clock in quick_house.clocks(running=True)]
    join(quick_house)
    part(quick_house)
    assert standing(quick_house) == before
    assert [dates(clock) for clock in quick_house.clocks(running=True)] == running


def test_a_request_becomes_the_complaint_that_is_joined_to_it_from_the_complaints_receipt(house: House) -> None:
    two(house, *by_ngozi(REQUEST, GRUMBLE))
    join(house)
    assert house.cases()[0].state == CaseState.STAGE_1_RECEIVED
    [running] = house.clocks(running=True)
    assert (running.case_id, running.started_at) == (house.cases()[0].id, LATER)
    part(house)
    assert [case.state for case in house.cases()] == [CaseState.OPEN, CaseState.STAGE_1_RECEIVED]


def test_a_complaint_that_was_received_earlier_than_the_first_case_became_one_governs(house: House) -> None:
    two(house, *by_ngozi(REQUEST, GRUMBLE))
    house.hear(mail(GRUMBLE, in_reply_to=f"<{house.notices('receipt')[0].key}@x>", at=LATER + HOUR))
    before = [dates(clock) for clock in house.clocks(running=True)]
    join(house, at=LATER + 2 * HOUR)
    assert [clock.started_at for clock in house.clocks(running=True)] == [LATER]
    part(house)
    assert sorted(dates(clock)[0] for clock in house.clocks(running=True)) == sorted(one[0] for one in before)


def test_a_hazard_is_never_lost_by_joining(house: House) -> None:
    two(house, *by_ngozi(GRUMBLE, GAS))
    join(house)
    assert (house.cases()[0].hazards, house.cases()[0].urgent) == (["gas"], True)


def test_the_resident_is_told_which_dates_hold(house: House) -> None:
    first, second = two(house, *by_ngozi())
    join(house)
    [told] = house.notices("cases_joined")
    assert (told.case_id, told.address) == (first.id, NGOZI.email)
    assert (told.facts["reference"], told.facts["other"], told.facts["parted"]) == (
        first.reference, second.reference, False,
    )  # fmt: skip
    assert told.facts["acknowledge_by"] == "2026-11-30"
    part(house)
    again = house.notices("cases_joined")[1]
    assert (again.case_id, again.facts["parted"], again.facts["acknowledge_by"]) == (second.id, True, "2026-12-01")


def test_a_reply_in_the_thread_of_the_joined_case_reaches_the_one_it_was_joined_to(house: House) -> None:
    first, second = two(house, *by_ngozi())
    key = next(notice.key for notice in house.notices("receipt") if notice.case_id == second.id)
    join(house)
    for reply in (
        mail("News?", in_reply_to=f"<{key}@larchmere.example>", at=JOINED + HOUR),
        mail(f"News about {second.reference}?", at=JOINED + 2 * HOUR),
    ):
        [heard] = house.hear(reply)
        assert (heard.outcome, heard.case_id) == ("attached", first.id)


def test_what_a_person_has_done_since_is_not_undone_by_parting(house: House) -> None:
    first, second = two(house, *by_ngozi(REQUEST, GRUMBLE))
    join(house)
    with house.book.transaction() as session:
        acknowledge.confirm(
            session, house.desk, session.get_one(Case, first.id), understanding="The boiler.", outcomes_sought="Heat.",
            responsibility="Ours.", handler=None, now=JOINED + HOUR, actor="staff:1",
        )  # fmt: skip
    part(house)
    assert [case.state for case in house.cases()] == [CaseState.STAGE_1_ACKNOWLEDGED, CaseState.STAGE_1_RECEIVED]
    assert {clock.kind for clock in house.clocks(running=True) if clock.case_id == second.id} == {"acknowledge_1"}


def test_two_people_who_complain_are_each_owed_their_own_answer(house: House) -> None:
    two(house, form(GRUMBLE, of=NGOZI), form(GRUMBLE, of=STAN, at=LATER))
    with pytest.raises(TwoPeople, match="owed an answer of their own"):
        join(house)
    assert len(house.clocks(running=True)) == 2


def test_staff_who_made_sure_may_say_that_they_are_one_person(house: House) -> None:
    two(house, form(GRUMBLE, of=NGOZI), text(GRUMBLE, of=STAN, at=LATER))
    join(house, one_person=True)
    first, second = house.cases()
    assert first.person_id == second.person_id
    assert first.reply_address == STAN.phone
    assert [line.event for line in house.lines("contacts_linked")] == ["contacts_linked"]


def test_what_is_no_complaint_may_be_put_to_the_case_of_somebody_else(house: House) -> None:
    two(house, form(GRUMBLE, of=NGOZI), text(THANKS, of=STAN, at=LATER))
    join(house)
    assert (house.cases()[0].reply_address, house.cases()[0].person_id) == (NGOZI.email, house.people()[0].id)
    assert house.notices("cases_joined") == []  # neither may hear of the other (law 12)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (CaseState.STAGE_1_ANSWERED, "answered or closed"),
        (CaseState.STAGE_2_RECEIVED, "answered or closed"),
        (CaseState.CLOSED, "answered or closed"),
    ],
)
def test_what_comes_after_the_stage_1_answer_is_a_case_of_its_own(house: House, state: CaseState, said: str) -> None:
    first, _ = two(house, *by_ngozi())
    house.change_all(lambda case: setattr(case, "state", state.value) if case.id == first.id else None)
    with pytest.raises(CannotJoin, match=said):
        join(house)


def test_a_case_that_was_acknowledged_keeps_its_own_dates(house: House) -> None:
    _, second = two(house, *by_ngozi())
    house.change_all(lambda case: setattr(case, "state", "stage_1_acknowledged") if case.id == second.id else None)
    with pytest.raises(CannotJoin, match="dates of its own"):
        join(house)


def test_joining_twice_and_parting_twice_are_refused_in_words(house: House) -> None:
    two(house, *by_ngozi())
    join(house)
    with pytest.raises(CannotJoin, match="as one case already"):
        join(house)
    part(house)
    with pytest.raises(CannotJoin, match="parted already"):
        part(house)


def test_a_third_case_joins_the_one_that_the_second_was_joined_to(house: House) -> None:
    two(house, *by_ngozi())
    join(house)
    house.hear(mail("Not good enough!", subject="Again", at=JOINED + HOUR))
    first, second, third = house.cases()
    with house.book.transaction() as session:
        together.join(session, house.desk, third.id, second.id, why="one", now=JOINED + 2 * HOUR, actor="staff:1")
    assert house.cases()[2].joined_to_id == first.id


def test_joining_settles_the_suggestion_and_it_does_not_come_back(house: House) -> None:
    two(house, *by_ngozi())
    compare_new(house.desk, now=JOINED)
    join(house)
    with house.book.reading() as session:
        assert suggestions.open_pairs(session, before=None, limit=9) == []
    part(house)
    with house.book.reading() as session:
        assert suggestions.open_pairs(session, before=None, limit=9) == []


def test_a_closed_case_does_not_come_back_because_something_was_joined_or_parted(house: House) -> None:
    """Pain 12: what was closed stays closed until its resident or a person opens it."""
    two(house, *by_ngozi())
    join(house)
    [again] = house.hear(text(FURTHER, of=NGOZI, at=JOINED + DAY))
    assert again.case_id != house.cases()[1].id
    assert house.cases()[1].closed_at == JOINED
