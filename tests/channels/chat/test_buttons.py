"""Buttons: shown under what we say, heard when pressed, and answered once the press is in the book."""

import json
from datetime import UTC, datetime

import pytest
from support.telegram_server import EWA, TelegramServer, labels

from channels.channel import Collected, PushedRequest
from channels.chat import collect, outbound, webhook
from channels.chat.settings import settings
from channels.errors import Contested
from channels.message import Choice, OutboundMessage

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CHOICES = (Choice("It's a complaint", "complaint:48172736K"), Choice("Gdzie jest moja sprawa?", "cases"))


def send(*choices: Choice, to: int = EWA) -> None:
    outbound.send(
        OutboundMessage(key="c4" * 16, channel="chat", to=str(to), text="We have it.", choices=choices), now=NOW
    )


def polled() -> Collected:
    source = collect.source()
    assert source is not None
    source.open()
    found = source.fetch(None, limit=100, now=NOW)
    source.settle(found)
    return found


def test_choices_are_buttons_one_below_the_other(telegram: TelegramServer) -> None:
    send(*CHOICES)
    rows = telegram.messages[0]["asked"]["reply_markup"]["inline_keyboard"]
    assert rows == [[{"text": choice.label, "callback_data": choice.data}] for choice in CHOICES]


def test_without_choices_there_is_no_keyboard(telegram: TelegramServer) -> None:
    send()
    assert "reply_markup" not in telegram.messages[0]["asked"]


@pytest.mark.parametrize("data", ["", "x" * 65, "ż" * 33])
def test_data_that_no_chat_carries_is_refused_here(data: str) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        Choice("Yes", data)


def test_a_press_that_was_polled_is_heard_and_answered(telegram: TelegramServer) -> None:
    send(*CHOICES)
    telegram.press("It's a complaint", language="pl")
    [press] = polled().messages
    assert (press.sender, press.text, press.kind) == (str(EWA), "It's a complaint", "message")
    assert (press.details["button"], press.details["language"]) == ("complaint:48172736K", "pl")
    assert press.in_reply_to == f"{EWA}:{telegram.messages[0]['message_id']}"
    assert telegram.answered == [press.details["press"]]


def test_a_press_that_cannot_be_answered_any_more_is_heard_all_the_same(telegram: TelegramServer) -> None:
    send(*CHOICES)
    telegram.press("It's a complaint")
    telegram.fail_next(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    assert len(polled().messages) == 1


def test_a_press_that_was_pushed_is_answered_in_the_answer_itself(telegram: TelegramServer) -> None:
    send(*CHOICES)
    update = telegram.press("It's a complaint")
    headers = {webhook.SECRET_HEADER: settings().webhook_secret or ""}
    pushed = webhook.update_pushed(PushedRequest("", headers, json.dumps(update).encode(), received_at=NOW), NOW)
    answer = webhook.taken(pushed)
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert json.loads(answer.body) == {
        "method": "answerCallbackQuery", "callback_query_id": pushed.messages[0].details["press"],
    }  # fmt: skip


def test_pain_19_a_press_that_telegram_gives_again_has_the_same_name(telegram: TelegramServer) -> None:
    send(*CHOICES)
    telegram.press("It's a complaint")
    assert polled().messages[0].external_id == polled().messages[0].external_id


def test_two_presses_of_one_button_are_two_messages(telegram: TelegramServer) -> None:
    send(*CHOICES)
    telegram.press("It's a complaint")
    telegram.press("It's a complaint")
    assert len({message.external_id for message in polled().messages}) == 2


def test_a_second_program_that_polls_is_named(telegram: TelegramServer) -> None:
    telegram.rival = True
    with pytest.raises(Contested, match="Another program is collecting"):
        polled()


def test_labels_of_the_fake_are_those_on_the_buttons(telegram: TelegramServer) -> None:
    send(*CHOICES)
    assert labels(telegram.messages[0]) == {choice.label: choice.data for choice in CHOICES}
