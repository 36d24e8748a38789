"""A console over a fresh book, and the keys of its providers."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from support.staffroom import Officer, hire
from werkzeug.serving import make_server

from casework.settings import settings
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
    settings.cache_clear()
    app = create_app()
    app.testing = True
    yield Console(app, app.extensions["desk"])
    app.extensions["desk"].book.close()


@pytest.fixture
def app(console: Console) -> Flask:
    return console.app


@pytest.fixture
def priya(app: Flask) -> Officer:
    """An officer, signed in."""
    return hire(app)


@pytest.fixture
def client(console: Console) -> FlaskClient:
    return console.client()


@pytest.fixture
def address(console: Console, free_port: int) -> Iterator[str]:
    """The console over HTTP, for a browser."""
    server = make_server("127.0.0.1", free_port, console.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{free_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=[(360, True), (360, False), (1280, True), (1280, False)], ids=str)
def window(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A phone and a desk, each with scripts and without; whatever our own security policy stops fails the test."""
    width, scripts = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 740},
        java_script_enabled=scripts,
        locale="en-GB",
        timezone_id="Europe/London",
    )
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert refused == []
