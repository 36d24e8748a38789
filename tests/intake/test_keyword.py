"""STOP, START, HELP and COMPLAINT: words that are a whole message."""

from datetime import timedelta

import pytest
from support.book import House
from support.cast import EWA, GRUMBLE, MONDAY, NGOZI, REQUEST, STAN, UNSURE, chat, form, mail, text

from casework.lifecycle import CaseState
from casework.storage.tables import Case, Contact
from intake.keyword import choose_complaint

LATER = MONDAY + timedelta(minutes=2)


def test_stop_is_kept_attached_to_the_case_and_told_to_staff(house: House) -> None:
    _, stop = house.hear(text(REQUEST), text("STOP", details={"keyword": "stop"}, at=LATER))
    assert (stop.outcome, stop.reason, house.case().state) == ("attached", "STOP", CaseState.OPEN)
    assert _stopped(house) == [LATER]
    assert len(house.alerts("stop")) == 1
    assert len(house.notices("receipt")) == 1
    assert house.lines("contact_stop")


def test_start_takes_the_stop_back(house: House) -> None:
    house.hear(text(REQUEST), text("STOP", details={"keyword": "stop"}, at=LATER))
    [start] = house.hear(text("START", details={"keyword": "start"}, at=LATER + timedelta(minutes=1)))
    assert (start.outcome, _stopped(house)) == ("attached", [None])


def test_a_stop_from_a_number_that_we_do_not_know_is_remembered(house: House) -> None:
    [stop] = house.hear(text("STOP", details={"keyword": "stop"}))
    assert (stop.outcome, _stopped(house)) == ("ignored", [MONDAY])
    house.hear(text(GRUMBLE, at=LATER))
    assert [notice.channel for notice in house.notices("receipt")] == ["nobody"]


def test_after_stop_the_answer_goes_to_another_address_of_the_same_person(house: House) -> None:
    house.hear(form(REQUEST, of=NGOZI, prefers="phone"))
    house.hear(text("STOP", of=NGOZI, details={"keyword": "stop"}, at=LATER))
    [again] = house.hear(text(GRUMBLE, of=NGOZI, at=LATER + timedelta(hours=1)))
    assert again.outcome == "attached"
    last = house.notices("receipt")[-1]
    assert (last.channel, last.address) == ("email", NGOZI.email)


def test_texts_after_stop_still_join_the_case(house: House) -> None:
    house.hear(text(REQUEST), text("STOP", details={"keyword": "stop"}, at=LATER))
    first, second = house.hear(text("still", at=LATER + timedelta(hours=1)), text("and?", at=LATER + timedelta(days=1)))
    assert (first.outcome, second.outcome) == ("attached", "attached")


def test_help_is_heard_as_a_cry_and_answered(house: House) -> None:
    [message] = house.hear(text("HELP", details={"keyword": "help"}))
    assert message.outcome == "opened"
    assert house.notices("receipt")[0].channel == "sms"


@pytest.mark.parametrize("word", ["COMPLAINT", " complaint. ", "Complaint!", "A complaint", "make it a complaint"])
@pytest.mark.parametrize("first", [REQUEST, UNSURE])
def test_the_word_complaint_makes_the_open_case_one_from_the_first_contact_on(
    house: House, first: str, word: str
) -> None:
    _, choice = house.hear(text(first), text(word, at=LATER))
    assert (choice.outcome, house.case().state, house.case().kind) == (
        "attached", CaseState.STAGE_1_RECEIVED, "complaint",
    )  # fmt: skip
    [clock] = house.clocks()
    assert (clock.kind, clock.started_at) == ("acknowledge_1", MONDAY)
    assert len(house.alerts("complaint_chosen")) == 1


def test_the_choice_is_confirmed_at_once_on_the_same_channel(house: House) -> None:
    house.hear(text(REQUEST), text("COMPLAINT", at=LATER))
    confirmed = house.notices("receipt")[1]
    assert (confirmed.channel, confirmed.address) == ("sms", STAN.phone)
    assert (confirmed.facts["about"], confirmed.facts["choice"]) == ("complaint", False)
    assert confirmed.facts["acknowledge_by"] == "2026-11-30"


def test_the_choice_made_on_the_page_is_confirmed_where_the_resident_is_answered(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    house.change(lambda session, case: choose_complaint(session, house.desk, case, None, now=LATER))
    confirmed = house.notices("receipt")[1]
    assert (confirmed.channel, confirmed.address) == ("email", NGOZI.email)
    assert confirmed.facts["acknowledge_by"] == "2026-11-30"
    assert house.case().state == CaseState.STAGE_1_RECEIVED


def test_the_word_complaint_without_a_case_opens_one(house: House) -> None:
    [message] = house.hear(chat("COMPLAINT", of=EWA))
    assert message.outcome == "opened"


def test_the_word_complaint_in_a_complaint_is_an_ordinary_message(house: House) -> None:
    house.hear(text(GRUMBLE), text("COMPLAINT", at=LATER))
    assert house.case().state == CaseState.STAGE_1_RECEIVED
    assert not house.alerts("complaint_chosen")


def test_stop_inside_a_sentence_is_read_as_words(house: House) -> None:
    house.hear(text("stop sending that contractor, third time he has not come"))
    assert house.case().kind == "complaint"
    assert _stopped(house) == [None]


def _stopped(house: House) -> list[object]:
    with house.book.reading() as session:
        return [contact.stopped_at for contact in session.query(Contact).order_by(Contact.id)]


def test_only_cases_that_are_none_yet_can_be_chosen(house: House) -> None:
    house.hear(text(GRUMBLE))
    before = house.count(Case)
    house.hear(text("complaint", at=LATER))
    assert house.count(Case) == before
