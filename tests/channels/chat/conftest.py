"""A loopback Telegram, and settings that point at it."""

from collections.abc import Iterator

import pytest
from support.telegram_server import TOKEN, TelegramServer

from channels.chat import bot
from channels.chat.settings import settings


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        monkeypatch.setenv("EARSHOT_TELEGRAM_TOKEN", TOKEN)
        monkeypatch.setenv("EARSHOT_TELEGRAM_API_BASE", server.url)
        settings.cache_clear()
        yield server
        bot.close()
