"""A console over a fresh book, and the keys of its providers."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from casework.storage.sessions import Book
from channels.chat.settings import settings as chat_settings
from channels.sms.settings import settings as sms_settings
from intake.desk import Desk

PUBLIC = "http://localhost"
ACCOUNT = "AC" + "a1" * 16
AUTH_TOKEN = "an-auth-token-for-tests-only-0001"
BOT_TOKEN = "900100:a-bot-token-for-tests-only"


@dataclass(frozen=True)
class Console:
    """The web application of a test, with its desk and its book."""

    app: Flask
    desk: Desk

    @property
    def book(self) -> Book:
        return self.desk.book

    def client(self) -> FlaskClient:
        return self.app.test_client()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Larchmere Homes, with a Twilio account and a bot."""
    for name, value in {
        "LANDLORD": "Larchmere Homes",
        "PUBLIC_URL": PUBLIC,
        "MAIL_FROM": "Larchmere Homes <info@larchmere.example>",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_FROM": "+441632960100",
        "TELEGRAM_TOKEN": BOT_TOKEN,
    }.items():
        monkeypatch.setenv(f"EARSHOT_{name}", value)
    sms_settings.cache_clear()
    chat_settings.cache_clear()


@pytest.fixture
def console(environment: None, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    """The console on a fresh SQLite book."""
    from console.app import create_app

    monkeypatch.setenv("EARSHOT_DATABASE_URL", sqlite_url)
    app = create_app()
    app.testing = True
    yield Console(app, app.extensions["desk"])
    app.extensions["desk"].book.close()


@pytest.fixture
def client(console: Console) -> FlaskClient:
    return console.client()
