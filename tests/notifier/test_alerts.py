"""Staff alerts leave by Apprise to every address that is set, and stand in the console whatever happens."""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from support.cast import MONDAY

from casework.settings import settings
from channels.errors import ChannelError
from channels.message import OutboundMessage
from notifier import alerts

# Apprise reaches for a part of Python that 3.13 has no more, and brings its own where it is gone.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

ALERT = OutboundMessage(key="k" * 32, channel="alert", to="staff", subject="URGENT: gas", text="4817-2736-K: gas.")


class Pager(BaseHTTPRequestHandler):
    """Takes what Apprise posts; answers with `status`."""

    heard: list[dict[str, Any]]
    status = 200

    def do_POST(self) -> None:
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def pager() -> Iterator[tuple[type[Pager], str]]:
    heard: type[Pager] = type("Heard", (Pager,), {"heard": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), heard)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield heard, f"json://127.0.0.1:{server.server_port}/page"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    alerts._apprise.cache_clear()
    yield
    alerts._apprise.cache_clear()


def test_an_alert_reaches_every_address(
    pager: tuple[type[Pager], str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    heard, url = pager
    _set(monkeypatch, f"{url} {url}2")
    caplog.set_level(logging.DEBUG)
    receipt = alerts.send(ALERT, now=MONDAY)
    assert (receipt.status, receipt.key) == ("accepted", ALERT.key)
    assert ALERT.text not in caplog.text
    assert [(told["title"], told["message"]) for told in heard.heard] == [("URGENT: gas", "4817-2736-K: gas.")] * 2


def test_an_address_that_does_not_answer_is_tried_again_later(
    pager: tuple[type[Pager], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, url = pager
    heard.status = 500
    _set(monkeypatch, url)
    with pytest.raises(ChannelError) as error:
        alerts.send(ALERT, now=MONDAY)
    assert not error.value.permanent
    assert not error.value.in_doubt


def test_an_address_that_apprise_does_not_know_is_said_without_naming_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _set(monkeypatch, "nonsense://user:password@host")
    with pytest.raises(ChannelError):
        alerts.send(ALERT, now=MONDAY)
    assert "One address in EARSHOT_STAFF_ALERTS" in caplog.text
    assert "password" not in caplog.text


def test_without_any_address_the_console_is_the_telling() -> None:
    assert alerts.send(ALERT, now=MONDAY).detail == "shown in the console"


def _set(monkeypatch: pytest.MonkeyPatch, urls: str) -> None:
    monkeypatch.setenv("EARSHOT_STAFF_ALERTS", urls)
    settings.cache_clear()
