"""A loopback Twilio, and settings that point at it."""

from collections.abc import Iterator

import pytest
from support.twilio_server import ACCOUNT, AUTH_TOKEN, TwilioServer

from channels.sms import provider
from channels.sms.settings import settings

PUBLIC = "https://earshot.larchmere.example"


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        monkeypatch.setenv("EARSHOT_TWILIO_ACCOUNT_SID", ACCOUNT)
        monkeypatch.setenv("EARSHOT_TWILIO_AUTH_TOKEN", AUTH_TOKEN)
        monkeypatch.setenv("EARSHOT_TWILIO_FROM", "+441632960100")
        monkeypatch.setenv("EARSHOT_TWILIO_API_BASE", server.url)
        monkeypatch.setenv("EARSHOT_PUBLIC_URL", PUBLIC)
        settings.cache_clear()
        yield server
        provider.close()
