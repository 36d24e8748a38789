"""What a resident announces by a button governs what they write next, and never hides a complaint (law 6)."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import object_session
from support.book import House
from support.cast import EWA, GAS, GRUMBLE, MONDAY, NGOZI, REQUEST, THANKS, UNSURE, Resident, chat, text

from casework import said_in_chat
from casework.buttons import ANNOUNCE, MATTERS, OF_A_CASE, Button, data_of, pressed
from casework.lifecycle import CaseState
from casework.reading import Reading
from casework.reference import new_reference
from casework.storage.tables import Contact, Message
from intake.acknowledge import acknowledge_in_own_words
from intake.conversation import HOLDS_FOR, as_said
from notifier.render import render

LATER = MONDAY + timedelta(minutes=1)


def announce(button: Button, *, of: Resident = EWA, at: datetime = MONDAY, reference: str = "", language: str = "en"):
    return chat("A label", of=of, at=at, details={"button": data_of(button, reference), "language": language})


def command(word: str, **details: Any):
    return chat(f"/{word}", details={"keyword": word, **details})


def test_start_is_greeted_with_the_menu_and_opens_nothing(house: House) -> None:
    [start] = house.hear(command("start", language="pl"))
    assert start.outcome == "ignored"
    [greeting] = house.notices("greeting")
    assert (greeting.channel, greeting.address, greeting.facts["language"]) == ("chat", EWA.telegram, "pl")
    assert not house.cases()


def test_help_in_a_chat_is_greeted_too(house: House) -> None:
    house.hear(command("help"))
    assert len(house.notices("greeting")) == 1


def test_start_lifts_a_stop_and_greets(house: House) -> None:
    house.hear(chat(REQUEST), command("stop"))
    house.hear(command("start"))
    with house.book.reading() as session:
        assert [contact.stopped_at for contact in session.query(Contact)] == [None]
    assert len(house.notices("greeting")) == 1


def test_pain_22_a_resident_who_blocks_the_bot_has_stopped_and_who_lets_it_in_again_is_not_greeted(
    house: House,
) -> None:
    house.hear(chat(REQUEST))
    house.hear(chat("", kind="empty", details={"membership": "gone", "keyword": "stop"}))
    with house.book.reading() as session:
        assert [contact.stopped_at for contact in session.query(Contact)] == [MONDAY]
    assert len(house.alerts("stop")) == 1
    house.hear(chat("", kind="empty", details={"membership": "here", "keyword": "start"}))
    with house.book.reading() as session:
        assert [contact.stopped_at for contact in session.query(Contact)] == [None]
    assert not house.notices("greeting")
    assert len(house.cases()) == 1


@pytest.mark.parametrize("button", [Button.COMPLAIN, Button.REPORT, Button.THANK, Button.ASK])
def test_each_announcement_is_answered_with_a_prompt(house: House, button: Button) -> None:
    [press] = house.hear(announce(button))
    [prompt] = house.notices("prompt")
    assert (prompt.facts["about"], prompt.address, press.outcome) == (button.value, EWA.telegram, "ignored")
    assert not house.cases()


@pytest.mark.parametrize("words", [REQUEST, THANKS, UNSURE, "Hi", GRUMBLE])
def test_who_said_that_they_complain_complains_whatever_the_reader_thinks(house: House, words: str) -> None:
    _, said = house.hear(announce(Button.COMPLAIN), chat(words, at=LATER))
    case = house.case()
    assert (case.kind, case.state, case.review) == ("complaint", CaseState.STAGE_1_RECEIVED, False)
    assert said.details["announced"] == "complain"
    [clock] = house.clocks()
    assert clock.started_at == LATER
    assert house.notices("receipt")[0].facts["choice"] is False


@pytest.mark.parametrize(
    ("button", "words", "kind", "state"),
    [
        (Button.REPORT, "Hi", "service_request", CaseState.OPEN),
        (Button.REPORT, REQUEST, "service_request", CaseState.OPEN),
        (Button.REPORT, GRUMBLE, "service_request", CaseState.CHOICE_OFFERED),
        (Button.REPORT, UNSURE, "service_request", CaseState.CHOICE_OFFERED),
        (Button.THANK, "Dave was here", "compliment", CaseState.OPEN),
        (Button.THANK, GRUMBLE, "compliment", CaseState.CHOICE_OFFERED),
        (Button.THANK, REQUEST, "service_request", CaseState.OPEN),
        (Button.ASK, "When are the bins collected?", "comment", CaseState.OPEN),
        (Button.ASK, GRUMBLE, "comment", CaseState.CHOICE_OFFERED),
        (Button.ASK, REQUEST, "service_request", CaseState.OPEN),
    ],
)
def test_the_announcement_governs_and_the_safer_clock_runs_where_unhappiness_is_read(
    house: House, button: Button, words: str, kind: str, state: CaseState
) -> None:
    house.hear(announce(button), chat(words, at=LATER))
    assert (house.case().kind, house.case().state) == (kind, state)
    assert bool(house.clocks()) == (state is CaseState.CHOICE_OFFERED)


def test_a_danger_is_told_to_staff_whatever_was_announced(house: House) -> None:
    house.hear(announce(Button.THANK), chat(GAS, at=LATER))
    assert len(house.alerts("hazard")) == 1


def test_only_the_next_words_are_governed(house: House) -> None:
    house.hear(announce(Button.COMPLAIN), chat(REQUEST, at=LATER))
    [further] = house.hear(chat("And Thursday suits me", at=LATER + timedelta(minutes=1)))
    assert "announced" not in further.details


def test_the_last_announcement_counts(house: House) -> None:
    house.hear(announce(Button.COMPLAIN), announce(Button.ASK), announce(Button.CASES))
    [words] = house.hear(chat("When are the bins collected?", at=LATER))
    assert words.details["announced"] == "ask"


def test_an_announcement_of_another_chat_or_another_channel_means_nothing_here(house: House) -> None:
    house.hear(announce(Button.COMPLAIN))
    other = Resident("Sam", phone=EWA.telegram, telegram="5550099")
    mine, texted = house.hear(chat("Hi", of=other, at=LATER), text("Hi", of=other, at=LATER))
    assert "announced" not in {**mine.details, **texted.details}


def test_words_of_another_day_are_read_as_they_are(house: House) -> None:
    house.hear(announce(Button.COMPLAIN))
    [words] = house.hear(chat("Hi", at=MONDAY + HOLDS_FOR + timedelta(seconds=1)))
    assert "announced" not in words.details


def test_the_memory_is_the_book_and_needs_no_process(house: House) -> None:
    """Both are only accepted when a worker takes them, the words first."""
    first, second = house.accept(announce(Button.COMPLAIN), chat(REQUEST, at=LATER))
    house.process([second.id], now=LATER)
    house.process([first.id], now=LATER)
    assert house.case().kind == "complaint"


def test_what_is_added_joins_the_case_whose_button_was_pressed_and_is_answered_at_once(house: House) -> None:
    house.hear(chat(GRUMBLE))
    first = house.case()
    house.change(lambda session, case: setattr(case, "last_heard_at", MONDAY - timedelta(days=90)))
    house.hear(announce(Button.ADD, reference=first.reference, at=LATER))
    [prompt] = house.notices("prompt")
    assert (prompt.facts["about"], prompt.facts["reference"]) == ("add", first.reference)
    [added] = house.hear(chat("It leaks, too", at=LATER + timedelta(minutes=1)))
    assert (added.outcome, added.case_id) == ("attached", first.id)
    assert added.details["added"]
    assert [notice.facts["joined"] for notice in house.notices("receipt")] == [False, True]


def test_who_complains_beside_an_open_case_is_asked_whether_it_is_about_that(house: House) -> None:
    house.hear(chat(REQUEST))
    house.hear(announce(Button.COMPLAIN, at=LATER))
    assert house.notices("prompt")[-1].facts["cases"] == [house.case().reference]
    house.hear(announce(Button.THANK, at=LATER))
    assert house.notices("prompt")[-1].facts["cases"] == []


def test_pain_11_what_is_about_something_else_gets_a_case_and_a_clock_of_its_own(house: House) -> None:
    house.hear(chat(GRUMBLE))
    house.hear(announce(Button.COMPLAIN, at=LATER), announce(Button.NEW, at=LATER))
    [words] = house.hear(chat("The cleaner was rude", at=LATER))
    assert (words.outcome, words.details["announced"], words.details["new_matter"]) == ("opened", "complain", True)
    [_, second] = house.cases()
    assert (second.kind, second.state) == ("complaint", CaseState.STAGE_1_RECEIVED)
    assert len(house.clocks(running=True)) == 2
    assert "case of its own" in render(said_in_chat.Prompt(**_facts(house)), "chat").text


def test_what_is_about_a_case_makes_that_one_a_complaint(house: House) -> None:
    house.hear(chat(REQUEST))
    reference = house.case().reference
    house.hear(announce(Button.COMPLAIN, at=LATER), announce(Button.ABOUT, at=LATER, reference=reference))
    [words] = house.hear(chat("Nobody came", at=LATER))
    assert (words.outcome, words.details["reference"]) == ("attached", reference)
    assert house.case().kind == "complaint"


def test_a_matter_that_was_named_before_another_question_is_over(house: House) -> None:
    house.hear(chat(REQUEST))
    house.hear(announce(Button.NEW, at=LATER), announce(Button.COMPLAIN, at=LATER))
    [words] = house.hear(chat("Nobody came", at=LATER))
    assert words.outcome == "attached"
    assert "new_matter" not in words.details


def test_a_case_of_somebody_else_cannot_be_added_to_by_naming_it(house: House) -> None:
    house.hear(text(REQUEST, of=NGOZI))
    strange = house.case().reference
    house.hear(announce(Button.ADD, reference=strange, at=LATER), announce(Button.ABOUT, reference=strange, at=LATER))
    [words] = house.hear(chat("I want to read it", at=LATER))
    assert words.outcome == "opened"
    assert len(house.cases()) == 2


def test_a_voice_note_that_nobody_has_heard_may_be_a_complaint(house: House) -> None:
    house.hear(chat("", details={"spoken": True, "media": [{"kind": "voice"}]}))
    assert (house.case().state, house.case().review) == (CaseState.CHOICE_OFFERED, True)
    assert len(house.clocks(running=True)) == 1
    assert len(house.alerts("listen")) == 1


def test_a_correction_joins_its_case_without_a_second_receipt_and_both_are_kept(house: House) -> None:
    [first] = house.hear(chat(REQUEST, id="5550001:101"))
    [second] = house.hear(
        chat("My bath tap drips", id="5550001:101:9", in_reply_to="5550001:101", details={"edited": True},
             at=MONDAY + timedelta(hours=3))
    )  # fmt: skip
    assert (second.outcome, second.case_id) == ("attached", first.case_id)
    assert [message.new_text for message in house.messages()] == [REQUEST, "My bath tap drips"]
    assert len(house.notices("receipt")) == 1
    assert len(house.lines("message_edited")) == 1


def test_a_correction_that_comes_before_what_it_corrects_is_a_message_like_any_other(house: House) -> None:
    corrected = chat(REQUEST, id="5550001:101:9", in_reply_to="5550001:101", details={"edited": True})
    [first] = house.hear(corrected)
    assert (first.outcome, len(house.notices("receipt"))) == ("opened", 1)
    [late] = house.hear(chat("My tap drips", id="5550001:101", at=LATER))
    assert (late.outcome, late.case_id) == ("attached", first.case_id)
    assert len(house.notices("receipt")) == 1


def test_a_correction_that_makes_it_a_complaint_is_told(house: House) -> None:
    house.hear(chat(REQUEST, id="5550001:101"))
    house.hear(chat(GRUMBLE, id="5550001:101:9", in_reply_to="5550001:101", details={"edited": True}, at=LATER))
    assert house.case().state == CaseState.STAGE_1_RECEIVED
    assert len(house.notices("receipt")) == 2


def test_the_words_of_a_receipt_know_the_residents_language(house: House) -> None:
    house.hear(chat(REQUEST, details={"language": "pt-BR"}))
    assert house.notices("receipt")[0].facts["language"] == "pt"


def test_an_acknowledgement_in_a_chat_has_its_buttons_in_the_residents_language(house: House) -> None:
    house.hear(chat(GRUMBLE, details={"language": "ro"}), text(GRUMBLE, of=NGOZI))
    house.change_all(lambda case: acknowledge_in_own_words(object_session(case), house.desk, case, now=LATER))
    assert [notice.facts["language"] for notice in house.notices("acknowledgement")] == ["ro", ""]


def test_a_mail_or_a_text_asks_nothing_of_the_book_for_this(house: House) -> None:
    house.hear(announce(Button.COMPLAIN))
    with house.counting() as mine:
        house.hear(text(REQUEST, of=NGOZI))
    with house.counting() as theirs:
        house.hear(chat(REQUEST, of=Resident("Sam", telegram="5550099"), at=LATER))
    assert theirs["SELECT"] == mine["SELECT"] + 1


def test_the_announcement_is_found_by_an_index(house: House) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _u: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM message" in statement and "sender =" in statement:
            asked.append((statement, parameters))

    event.listen(house.book.engine, "before_cursor_execute", note)
    house.hear(announce(Button.COMPLAIN), chat(REQUEST, at=LATER))
    event.remove(house.book.engine, "before_cursor_execute", note)
    assert "channel = 'chat'" in asked[-1][0], "a parameter would hide from the database which index fits"
    if house.book.engine.dialect.name == "sqlite":
        with house.book.engine.connect() as line:
            plan = line.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[-1][0]}", asked[-1][1]).all()
        assert any("ix_message_of_a_chat" in str(row) for row in plan), plan


ACTIONS = st.lists(
    st.one_of(
        st.sampled_from([GRUMBLE, REQUEST, THANKS, UNSURE, GAS, "Hi", "COMPLAINT", "/start", "/stop", ""]),
        st.sampled_from(list(Button)),
        st.just("an old button of another case"),
    ),
    max_size=12,
)

_chats = itertools.count(7_000_000)


@given(actions=ACTIONS)
@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_said_and_pressed_nothing_is_lost_and_no_complaint_is_taken_back(
    quick_house: House, actions: list[str | Button]
) -> None:
    house, who, at = quick_house, Resident("Sam", telegram=str(next(_chats))), MONDAY
    was_complaint: set[int] = set()
    for action in actions:
        at += timedelta(seconds=40)
        mine = [case for case in house.cases() if case.reply_address == who.telegram]
        if action in set(Button):
            reference = mine[-1].reference if mine else new_reference()
            said = announce(Button(action), of=who, at=at, reference=reference)
        elif action == "an old button of another case":
            said = announce(Button.COMPLAINT, of=who, at=at, reference=new_reference())
        else:
            keyword = {"keyword": action[1:]} if action.startswith("/") else {}
            said = chat(action, of=who, at=at, details=keyword, kind="message" if action else "empty")
        [message] = house.hear(said)
        assert (message.state, bool(message.outcome)) == ("processed", True)
        assert message.outcome != "ignored" or message.reason
        for case in house.cases():
            if case.reply_address == who.telegram:
                assert not (case.id in was_complaint and case.kind != "complaint")
                was_complaint |= {case.id} if case.kind == "complaint" else set()
                running = [c for c in house.clocks(running=True) if c.case_id == case.id]
                assert running or (case.kind != "complaint" and not case.review), "a complaint without a clock"


def _facts(house: House) -> dict[str, Any]:
    told = house.notices("prompt")[-1].facts
    return {**told, "cases": tuple(told["cases"])}


READINGS = st.builds(
    Reading,
    kind=st.sampled_from(["complaint", "service_request", "compliment", "comment"]),
    labels=st.lists(st.sampled_from(["complaint", "service_request", "compliment", "comment"]), unique=True).map(tuple),
    review=st.booleans(),
    urgent=st.booleans(),
    hazards=st.sampled_from([(), ("gas",)]),
)


@given(reading=READINGS, announced=st.sampled_from(["", *(ANNOUNCE - MATTERS)]), spoken=st.booleans())
def test_nothing_announced_ever_hides_a_complaint_a_doubt_or_a_danger(
    reading: Reading, announced: str, spoken: bool
) -> None:
    words = Message(new_text="" if spoken else "words", details={"announced": announced, "spoken": spoken})
    said = as_said(words, reading)
    assert (said.urgent, said.hazards) == (reading.urgent, reading.hazards)
    assert not (reading.is_complaint or reading.review) or said.is_complaint or said.review
    assert not reading.is_complaint or announced == "complain" or said.review or not announced or said == reading
    if announced == "complain":
        assert (said.kind, said.is_complaint, said.review) == ("complaint", True, False)


@given(reading=READINGS, announced=st.one_of(st.text(max_size=20), st.sampled_from(list(Button))))
def test_pain_32_no_button_gives_a_case_a_label_that_there_is_not(reading: Reading, announced: str) -> None:
    said = as_said(Message(new_text="words", details={"announced": announced}), reading)
    assert {said.kind, *said.labels} <= {"complaint", "service_request", "compliment", "comment"}


@given(button=st.sampled_from(list(Button)))
def test_what_a_button_carries_fits_and_comes_back(button: Button) -> None:
    reference = new_reference()
    data = data_of(button, reference)
    assert len(data.encode()) <= 64
    assert pressed(data) == (button, reference if button in OF_A_CASE else "")


@given(data=st.text(max_size=80))
def test_whatever_comes_back_can_be_read(data: str) -> None:
    found = pressed(data)
    assert found is None or bool(found.reference) == (found.button in OF_A_CASE)
