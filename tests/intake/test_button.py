"""A pressed button asks for something, and only of the presser's own case; whatever is pressed, nothing breaks."""

from datetime import datetime, timedelta

import pytest
from support.book import House
from support.cast import EWA, GRUMBLE, MONDAY, NGOZI, REQUEST, UNSURE, Resident, chat, text

from casework.buttons import Button, data_of
from casework.lifecycle import CaseState
from casework.storage import cases
from casework.storage.tables import Case, Message, Notice

LATER = MONDAY + timedelta(minutes=2)
STRANGER = Resident("Sam Stranger", telegram="5550099")


def press(button: Button | str, *, of: Resident = EWA, case: Case | None = None, at: datetime = LATER,
          language: str = "en"):  # fmt: skip
    data = data_of(button, case.reference if case else "") if isinstance(button, Button) else button
    return chat("A label", of=of, at=at, details={"button": data, "press": "1", "language": language})


def opened(house: House, words: str) -> Case:
    house.hear(chat(words))
    return house.case()


@pytest.mark.parametrize("words", [REQUEST, UNSURE])
def test_the_button_does_what_the_word_complaint_does(house: House, words: str) -> None:
    case = opened(house, words)
    [pressed] = house.hear(press(Button.COMPLAINT, case=case))
    assert (pressed.outcome, house.case().state, house.case().kind) == (
        "attached", CaseState.STAGE_1_RECEIVED, "complaint",
    )  # fmt: skip
    [clock] = house.clocks()
    assert (clock.kind, clock.started_at) == ("acknowledge_1", MONDAY)
    confirmed = house.notices("receipt")[-1]
    assert (confirmed.channel, confirmed.address) == ("chat", EWA.telegram)
    assert (confirmed.facts["choice"], confirmed.facts["acknowledge_by"]) == (False, "2026-11-30")
    assert len(house.alerts("complaint_chosen")) == 1


def test_pressing_twice_changes_nothing_and_is_told_where_it_stands(house: House) -> None:
    case = opened(house, REQUEST)
    house.hear(press(Button.COMPLAINT, case=case))
    before = (len(house.notices("receipt")), len(house.alerts()), len(house.clocks()), len(house.lines("case_moved")))
    [again] = house.hear(press(Button.COMPLAINT, case=house.case(), at=LATER + timedelta(seconds=1)))
    assert again.outcome == "attached"
    after = (len(house.notices("receipt")), len(house.alerts()), len(house.clocks()), len(house.lines("case_moved")))
    assert after == before
    assert house.notices("case_status")[0].facts["cases"][0]["state"] == "stage_1_received"


def test_an_old_button_makes_a_closed_request_a_complaint_from_the_press_on(house: House) -> None:
    case = opened(house, REQUEST)

    def close(session, case):
        cases._move(session, case, cases.Move.CLOSE, now=LATER, actor="staff")
        case.closed_at = LATER

    house.change(close)
    much_later = MONDAY + timedelta(days=60)
    house.hear(press(Button.COMPLAINT, case=case, at=much_later))
    assert (house.case().state, house.case().closed_at) == (CaseState.STAGE_1_RECEIVED, None)
    assert house.clocks()[0].started_at == much_later


def test_not_a_complaint_never_takes_a_complaint_back_but_tells_staff(house: House) -> None:
    case = opened(house, GRUMBLE)
    house.hear(press(Button.NOT_COMPLAINT, case=case))
    assert (house.case().state, house.case().kind) == (CaseState.STAGE_1_RECEIVED, "complaint")
    assert len(house.clocks(running=True)) == 1
    [sentence] = house.alerts("not_complaint")
    assert case.reference in sentence
    [told] = house.notices("passed_on")
    assert (told.address, told.facts["about"], told.case_id) == (EWA.telegram, "not_complaint", case.id)


def test_not_a_complaint_says_nothing_where_none_is_running(house: House) -> None:
    case = opened(house, REQUEST)
    house.hear(press(Button.NOT_COMPLAINT, case=case))
    assert not house.alerts("not_complaint")
    assert not house.notices("passed_on")
    assert len(house.notices("case_status")) == 1, "nobody who presses is left without an answer"


def test_yes_that_is_right_is_kept_in_the_journal_and_thanked(house: House) -> None:
    case = opened(house, GRUMBLE)
    [pressed] = house.hear(press(Button.RIGHT, case=case))
    assert (pressed.outcome, pressed.case_id) == ("attached", case.id)
    assert [notice.facts["about"] for notice in house.notices("prompt")] == ["right"]
    assert house.lines("button_pressed")[0].details == {"button": "right"}
    assert house.lines("button_pressed")[0].actor == "resident"


def test_who_wants_to_speak_to_a_person_reaches_staff_once_a_day_and_is_told_so(house: House) -> None:
    case = opened(house, REQUEST)
    house.hear(press(Button.PERSON, case=case), press(Button.PERSON, case=case, at=LATER + timedelta(minutes=1)))
    assert len(house.alerts("speak_to_human")) == 1
    assert [notice.facts["about"] for notice in house.notices("passed_on")] == ["person"]
    house.hear(press(Button.PERSON, case=case, at=LATER + timedelta(days=1)))
    assert len(house.alerts("speak_to_human")) == 2


@pytest.mark.parametrize("button", [Button.COMPLAINT, Button.NOT_COMPLAINT, Button.ADD, Button.PERSON, Button.RIGHT])
def test_a_button_of_somebody_elses_case_opens_nothing_and_says_nothing(house: House, button: Button) -> None:
    case = opened(house, GRUMBLE)
    before = house.count(Notice)
    [pressed] = house.hear(press(button, of=STRANGER, case=case))
    assert (pressed.outcome, pressed.case_id) == ("ignored", None)
    assert "did not come from this chat" in pressed.reason
    assert house.count(Notice) == before
    assert len(house.cases()) == 1
    assert house.case().state == CaseState.STAGE_1_RECEIVED


@pytest.mark.parametrize("data", ["", "complaint", "complaint:0000", "cases:48172736K", "drop table", "ż" * 32])
def test_data_that_no_button_of_ours_carries_is_ignored_with_a_reason(house: House, data: str) -> None:
    opened(house, REQUEST)
    before = house.count(Notice)
    [pressed] = house.hear(press(data))
    assert pressed.outcome == "ignored"
    assert pressed.reason
    assert house.count(Notice) == before


def test_where_is_my_case_tells_this_chat_of_its_own_cases_and_of_no_other(house: House) -> None:
    house.hear(chat(GRUMBLE), text(REQUEST, of=NGOZI))
    [asked] = house.hear(press(Button.CASES))
    [told] = house.notices("case_status")
    mine = house.cases()[0]
    assert (told.channel, told.address, told.case_id) == ("chat", EWA.telegram, None)
    assert told.facts["cases"] == [
        {
            "reference": mine.reference, "kind": "complaint", "state": "stage_1_received",
            "next_step": "acknowledge_1", "by": "2026-11-30",
        }
    ]  # fmt: skip
    assert asked.outcome == "ignored"


def test_where_is_my_case_from_a_chat_without_any_says_so_and_makes_nobody(house: House) -> None:
    house.hear(chat(GRUMBLE))
    house.hear(press(Button.CASES, of=STRANGER))
    [told] = house.notices("case_status")
    assert (told.address, told.facts["cases"]) == (STRANGER.telegram, [])
    assert len(house.people()) == 1


def test_pain_18_a_button_that_is_pressed_again_and_again_is_answered_once_a_minute(house: House) -> None:
    opened(house, GRUMBLE)
    for second in range(5):
        house.hear(press(Button.CASES, at=LATER + timedelta(seconds=second)))
    assert len(house.notices("case_status")) == 1
    house.hear(press(Button.CASES, at=LATER + timedelta(minutes=1)))
    assert len(house.notices("case_status")) == 2


def test_no_chat_stands_in_the_name_of_a_notice_or_in_the_journal(house: House) -> None:
    case = opened(house, GRUMBLE)
    for button in Button:
        house.hear(press(button, case=case))
    assert EWA.telegram not in str([notice.round for notice in house.notices()])
    assert EWA.telegram not in str([line.details for line in house.lines()])


def test_pain_19_a_press_that_is_given_again_is_done_once(house: House) -> None:
    case = opened(house, REQUEST)
    twice = press(Button.COMPLAINT, case=case)
    house.hear(twice, twice)
    assert house.count(Message) == 2
    assert len(house.notices("receipt")) == 2


def test_who_asks_in_words_is_answered_as_if_they_had_pressed(house: House) -> None:
    house.hear(chat(GRUMBLE), chat("So what is happening? I want to speak to somebody", at=LATER))
    assert len(house.alerts("speak_to_human")) == 1
    [told] = house.notices("case_status")
    assert [line["reference"] for line in told.facts["cases"]] == [house.case().reference]


def test_who_asks_in_a_text_is_not_answered_as_in_a_chat(house: House) -> None:
    house.hear(text(GRUMBLE), text("So what is happening? I want to speak to somebody", at=LATER))
    assert not house.notices("case_status")


def test_the_words_on_a_button_are_ours_and_never_count_as_a_residents(house: House) -> None:
    case = opened(house, REQUEST)
    [pressed] = house.hear(press(Button.RIGHT, case=case))
    assert (pressed.assessment, pressed.model_version) == (None, "")


def test_every_press_ends_in_the_ledger(house: House) -> None:
    case = opened(house, REQUEST)
    pressed = house.hear(*(press(button, case=case) for button in Button))
    assert {message.state for message in pressed} == {"processed"}
    assert all(message.outcome in ("attached", "ignored") and message.reason for message in pressed)
