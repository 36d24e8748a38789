"""Where Telegram cannot push, we ask; nothing is forgotten before it is committed."""

import json
from datetime import UTC, datetime

import pytest
from support.telegram_server import EWA, TelegramServer

from channels.chat import polling, registration
from channels.chat.inbound import read
from channels.errors import ChannelError

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_messages_are_collected_with_the_offset_to_ask_with_next(telegram: TelegramServer) -> None:
    telegram.say("The lift is broken")
    telegram.say("Nadal zepsuta 😡")
    found, following = polling.updates(None, timeout=0)
    assert [read(raw, received_at=NOW).text for _, raw in found] == ["The lift is broken", "Nadal zepsuta 😡"]
    assert following == found[-1][0] + 1


def test_what_was_not_committed_is_given_again(telegram: TelegramServer) -> None:
    telegram.say("The lift is broken")
    first, following = polling.updates(None, timeout=0)
    again, _ = polling.updates(None, timeout=0)
    assert again == first
    assert polling.updates(following, timeout=0) == ([], following)
    assert telegram.waiting == []


def test_a_poll_waits_for_the_first_message(telegram: TelegramServer) -> None:
    assert polling.updates(None, timeout=1) == ([], None)


def test_one_odd_update_does_not_stop_the_rest(telegram: TelegramServer) -> None:
    telegram.add({"message": {"date": "not a date", "chat": 7}})
    telegram.say("The lift is broken")
    found, following = polling.updates(None, timeout=0)
    assert len(found) == 2
    assert following == found[1][0] + 1
    assert json.loads(found[0][1])["message"]["chat"] == 7


def test_fields_that_the_library_does_not_know_are_kept(telegram: TelegramServer) -> None:
    telegram.say("Hello", a_field_of_next_year={"x": 1})
    found, _ = polling.updates(None, timeout=0)
    assert json.loads(found[0][1])["message"]["a_field_of_next_year"] == {"x": 1}


def test_polling_beside_a_webhook_is_told_in_words(telegram: TelegramServer) -> None:
    registration.push_to("https://earshot.larchmere.example/")
    with pytest.raises(ChannelError, match="a webhook is set"):
        polling.updates(None, timeout=0)
    registration.keep_until_asked()
    assert polling.updates(None, timeout=0) == ([], None)


def test_a_wrong_token_is_told_in_words(telegram: TelegramServer) -> None:
    telegram.token = "1:other"
    with pytest.raises(ChannelError, match="EARSHOT_TELEGRAM_TOKEN"):
        polling.updates(None, timeout=0)
    with pytest.raises(ChannelError, match="EARSHOT_TELEGRAM_TOKEN"):
        registration.bot_name()


def test_registering_gives_telegram_our_secret(telegram: TelegramServer) -> None:
    assert registration.bot_name() == "larchmere_bot"
    assert registration.push_to("https://earshot.larchmere.example/") == (
        "https://earshot.larchmere.example/webhooks/telegram"
    )
    assert telegram.webhook["secret_token"]
    assert telegram.webhook["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
    assert EWA not in telegram.webhook.values()


@pytest.mark.parametrize("public_url", [None, "https://earshot.larchmere.example/"])
def test_a_bot_of_which_telegram_was_told_nothing_yet_is_no_trouble(
    telegram: TelegramServer, public_url: str | None
) -> None:
    assert registration.trouble(public_url) == ""


def test_a_webhook_of_ours_that_works_is_no_trouble(telegram: TelegramServer) -> None:
    registration.push_to("https://earshot.larchmere.example/")
    telegram.webhook_trouble = {"last_error_message": "Connection timed out", "last_error_date": 1795338000}
    assert registration.trouble("https://earshot.larchmere.example") == "", "an old fault, and nothing waits any more"


def test_a_webhook_that_cannot_be_reached_says_why_and_how_much_waits(telegram: TelegramServer) -> None:
    registration.push_to("https://earshot.larchmere.example")
    telegram.webhook_trouble = {"last_error_message": "Wrong response: 403 Forbidden", "pending_update_count": 3}
    said = registration.trouble("https://earshot.larchmere.example")
    assert "3 messages wait" in said
    assert "403 Forbidden" in said


def test_a_webhook_that_is_not_ours_is_told(telegram: TelegramServer) -> None:
    registration.push_to("https://elsewhere.example")
    assert "another program" in registration.trouble(None)
    assert "https://elsewhere.example/webhooks/telegram" in registration.trouble("https://earshot.larchmere.example")
