"""Telegram's door: only what carries our secret comes in."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from support.telegram_server import EWA, TelegramServer

from channels.channel import PushedRequest
from channels.chat import webhook
from channels.chat.settings import settings
from channels.errors import BadSignature, UnreadablePayload

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
URL = "https://earshot.larchmere.example/webhooks/telegram"


def pushed(update: dict[str, Any] | bytes, secret: str | None) -> PushedRequest:
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    headers = {} if secret is None else {"x-telegram-bot-api-secret-token": secret}
    return PushedRequest(URL, headers, body, "application/json", NOW)


def test_a_pushed_message_is_heard(telegram: TelegramServer) -> None:
    update = telegram.say("The lift is broken")
    found = webhook.update_pushed(pushed(update, settings().webhook_secret), NOW)
    (message,) = found.messages
    assert (message.text, message.sender, message.our_address) == ("The lift is broken", str(EWA), "5559990")
    assert message.external_id == f"{EWA}:{update['message']['message_id']}"
    assert message.raw == json.dumps(update).encode()
    assert webhook.taken(found).status == 200


@pytest.mark.parametrize("secret", [None, "", "guess", "ünïcode"])
def test_without_our_secret_nothing_is_heard(telegram: TelegramServer, secret: str | None) -> None:
    with pytest.raises(BadSignature):
        webhook.update_pushed(pushed(telegram.say("Give me money"), secret), NOW)


def test_without_a_token_nothing_is_heard() -> None:
    with pytest.raises(BadSignature):
        webhook.update_pushed(pushed({}, ""), NOW)


@pytest.mark.parametrize("kind", ["message_reaction", "inline_query", "poll", "channel_post"])
def test_an_update_without_a_message_is_taken_and_carries_nothing(telegram: TelegramServer, kind: str) -> None:
    found = webhook.update_pushed(pushed({"update_id": 1, kind: {}}, settings().webhook_secret), NOW)
    assert found.messages == ()
    assert found.receipts == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"{",
        b'{"message": 7}',
        b"[" * 100_000,
        b'{"callback_query": {}}',
        b'{"my_chat_member": {"chat": 7}}',
    ],
)
def test_garbage_is_unreadable(telegram: TelegramServer, body: bytes) -> None:
    with pytest.raises(UnreadablePayload):
        webhook.update_pushed(pushed(body, settings().webhook_secret), NOW)


def test_an_edit_is_a_message_of_its_own(telegram: TelegramServer) -> None:
    first = telegram.say("The lift is broken")
    second = telegram.edit(first, "The lift is broken and my mother is in it")
    original, edited = (
        webhook.update_pushed(pushed(update, settings().webhook_secret), NOW).messages[0] for update in (first, second)
    )
    assert edited.external_id != original.external_id
    assert edited.in_reply_to == original.external_id
    assert edited.details["edited"] is True


def test_the_secret_may_be_chosen(telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch) -> None:
    made = settings().webhook_secret
    monkeypatch.setenv("EARSHOT_TELEGRAM_SECRET", "our-own_secret")
    settings.cache_clear()
    assert settings().webhook_secret == "our-own_secret" != made
