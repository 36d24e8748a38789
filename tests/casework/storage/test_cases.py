"""What people do with a case: correct its label, acknowledge it, take it further; each with clock and line."""

from datetime import timedelta

import pytest
from support.book import House
from support.cast import GRUMBLE, MONDAY, REQUEST, UNSURE, text

from casework.lifecycle import CaseState, IllegalMove
from casework.notices import MissingFact
from casework.rules import Rules, rules_of
from casework.storage import cases, clocks, messages
from casework.storage.tables import Case, Message

LATER = MONDAY + timedelta(days=1)


def test_a_request_that_staff_call_a_complaint_counts_from_the_first_contact(house: House) -> None:
    house.hear(text(REQUEST))
    _relabel(house, "complaint")
    assert (house.case().kind, house.case().state) == ("complaint", CaseState.STAGE_1_RECEIVED)
    [clock] = house.clocks()
    assert clock.started_at == MONDAY
    [line] = house.lines("label_corrected")
    assert (line.details["was"], line.details["now"], line.actor) == ("service_request", "complaint", "priya")


@pytest.mark.parametrize("words", [GRUMBLE, UNSURE])
def test_a_complaint_that_staff_call_a_request_has_no_clock_any_more(house: House, words: str) -> None:
    house.hear(text(words))
    _relabel(house, "service_request")
    assert (house.case().kind, house.case().state, house.case().review) == ("service_request", CaseState.OPEN, False)
    assert (house.clocks(running=True), house.case().next_due_at) == ([], None)
    assert house.clocks()[0].outcome == "not a complaint: service_request"


def test_what_is_acknowledged_cannot_be_talked_away(house: House) -> None:
    house.hear(text(GRUMBLE))
    _acknowledge(house)
    with pytest.raises(IllegalMove):
        _relabel(house, "comment")
    assert house.case().kind == "complaint"


def test_a_correction_needs_its_reason(house: House) -> None:
    house.hear(text(GRUMBLE))
    with pytest.raises(ValueError, match="Say why"):
        _relabel(house, "comment", why=" ")


@pytest.mark.parametrize("missing", ["understanding", "outcomes_sought", "responsibility"])
def test_an_acknowledgement_needs_its_definition(house: House, missing: str) -> None:
    house.hear(text(GRUMBLE))
    with pytest.raises(MissingFact, match=missing.replace("_", " ")):
        _acknowledge(house, **{missing: "  "})
    assert house.case().state == CaseState.STAGE_1_RECEIVED


def test_acknowledging_stops_its_clock_and_starts_the_answers(house: House) -> None:
    house.hear(text(GRUMBLE))
    _acknowledge(house)
    assert [(clock.kind, clock.outcome) for clock in house.clocks()] == [
        ("acknowledge_1", "acknowledged"), ("respond_1", ""), ("progress_update", ""),
    ]  # fmt: skip
    respond = house.clocks()[1]
    assert (respond.started_at, house.case().next_due_at) == (LATER, house.clocks()[2].due_at)
    with pytest.raises(IllegalMove):
        _acknowledge(house)


def test_a_landlord_may_count_the_answer_from_receipt(house: House) -> None:
    policy = rules_of("code-2024").policy
    term = policy.respond_1.model_copy(update={"counted_from": "received", "days": 15})
    rules = Rules(policy.model_copy(update={"respond_1": term}), rules_of("code-2024").calendar)
    house.hear(text(GRUMBLE))
    _acknowledge(house, rules=rules)
    respond = house.clocks()[1]
    assert (respond.code_due.isoformat(), respond.policy_due.isoformat()) == ("2026-12-08", "2026-12-14")


def test_two_who_change_a_case_at_once_are_told_and_nothing_is_lost(house: House) -> None:
    from sqlalchemy.orm.exc import StaleDataError

    house.hear(text(GRUMBLE))
    if house.book.engine.dialect.name == "sqlite":
        return  # there a second writer cannot even begin
    with house.book.transaction() as first:
        mine = first.get_one(Case, house.case().id)
        with house.book.transaction() as second:
            second.get_one(Case, mine.id).summary = "theirs"
        mine.summary = "mine"
        with pytest.raises(StaleDataError):
            first.flush()
        first.rollback()
    assert house.case().summary == "theirs"


def test_the_summary_is_short_and_one_line(house: House) -> None:
    house.hear(text("word\n" * 100))
    assert len(house.case().summary) <= cases.SUMMARY_LENGTH
    assert "\n" not in house.case().summary


def test_a_case_remembers_by_which_rules_it_was_opened(house: House) -> None:
    house.hear(text(GRUMBLE))
    case = house.case()
    assert (case.policy, case.policy_version, case.code_version) == ("code-2024", "2024-04-01", "2024")
    assert case.calendar_version


def test_waiting_messages_come_the_asked_for_first_and_then_the_oldest(house: House) -> None:
    ids = [answer.id for answer in house.accept(*(text(f"{n}", at=MONDAY + timedelta(minutes=n)) for n in range(6)))]
    with house.book.reading() as session:
        now = MONDAY + timedelta(hours=1)
        assert messages.waiting(session, now=now, limit=4, ids=[ids[5]]) == [ids[5], *ids[:3]]
        assert messages.waiting(session, now=now, limit=2) == ids[:2]
        assert messages.waiting(session, now=MONDAY, limit=9) == ids[:1]


def test_taking_a_message_that_is_processed_gives_nothing(house: House) -> None:
    [done] = house.hear(text(REQUEST))
    with house.book.transaction() as session:
        assert messages.take(session, [done.id]) == []
        with pytest.raises(ValueError, match="not in quarantine"):
            messages.run_again(session, session.get_one(Message, done.id), now=MONDAY, actor="priya")


def _relabel(house: House, kind: str, why: str = "I rang and asked") -> None:
    house.change(
        lambda session, case: cases.relabel(
            session, case, kind, rules=house.desk.rules, now=LATER, actor="priya", why=why
        )
    )  # fmt: skip


def _acknowledge(house: House, rules: Rules | None = None, **words: str) -> None:
    defined = {"understanding": "u", "outcomes_sought": "o", "responsibility": "r"} | words
    house.change(
        lambda session, case: cases.acknowledge(
            session, case, **defined, handler=None, rules=rules or house.desk.rules, now=LATER, actor="priya"
        )
    )  # fmt: skip


def test_events_are_known_by_the_names_that_policies_give_them(house: House) -> None:
    house.hear(text(GRUMBLE))
    _acknowledge(house)
    with house.book.reading() as session:
        case = session.get_one(Case, house.case().id)
        assert clocks.events_of(case) == {"received": MONDAY, "acknowledged": LATER}
