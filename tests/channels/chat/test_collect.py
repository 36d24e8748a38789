"""The bot as a source: what cannot be read is told, and nothing stops the rest."""

from datetime import UTC, datetime

import pytest
from support.telegram_server import TelegramServer

from channels import registry
from channels.chat import collect
from channels.chat.settings import settings

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_messages_and_the_unreadable_are_both_collected(telegram: TelegramServer) -> None:
    telegram.say("The lift is broken")
    telegram.add({"message": {"chat": 7}})
    source = collect.source()
    assert source is not None
    source.open()
    found = source.fetch(None, limit=100, now=NOW)
    assert [message.text for message in found.messages] == ["The lift is broken"]
    assert [one.our_address for one in found.unreadable] == ["5559990"]
    assert found.position == {"offset": telegram.waiting[-1]["update_id"] + 1}
    assert len(telegram.waiting) == 2  # not yet acknowledged: the commit comes first


def test_a_public_address_has_telegram_push(telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_PUBLIC_URL", "https://earshot.larchmere.example")
    settings.cache_clear()
    source = collect.source()
    assert source is not None
    source.open()
    assert telegram.webhook["url"] == "https://earshot.larchmere.example/webhooks/telegram"
    assert source.fetch(None, limit=100, now=NOW).messages == ()


def test_without_a_token_there_is_no_source() -> None:
    found = registry.get("chat").source
    assert found is not None
    assert found() is None
