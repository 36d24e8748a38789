"""Is it alive, is it ready, how is it: what machines ask."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from casework.settings import settings
from casework.storage.sessions import Book
from channels.message import InboundMessage
from console.headers import HEADERS
from intake.accept import accept

NOW = datetime.now(UTC)


def message(number: int = 1) -> InboundMessage:
    return InboundMessage("sms", "+441632960100", f"SM{number}", NOW, b"raw", "The tap drips", "The tap drips")


def test_alive_asks_neither_book_nor_bell(console: Any, free_port: int) -> None:
    console.app.extensions["desk"] = replace(console.desk, book=_gone(free_port))
    answer = console.client().get("/healthz")
    assert (answer.status_code, answer.json["status"]) == (200, "alive")


def test_ready_when_the_book_is_current_and_no_bell_is_wanted(console: Any) -> None:
    answer = console.client().get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready", "reasons": []})


def test_not_ready_without_a_book(console: Any, free_port: int) -> None:
    console.app.extensions["desk"] = replace(console.desk, book=_gone(free_port))
    answer = console.client().get("/readyz")
    assert answer.status_code == 503
    assert "database cannot be opened" in answer.json["reasons"][0]


def test_not_ready_with_an_older_schema(console: Any) -> None:
    with console.book.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    answer = console.client().get("/readyz")
    assert answer.status_code == 503
    assert "earshot migrate" in answer.json["reasons"][0]


def test_not_ready_while_redis_is_silent(console: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("EARSHOT_REDIS_URL", f"unix://{tmp_path}/nobody.sock")
    settings.cache_clear()
    answer = console.client().get("/readyz")
    assert answer.status_code == 503
    assert "Redis does not answer" in answer.json["reasons"][0]


def test_figures_count_what_waits(console: Any) -> None:
    for number in range(3):
        accept(console.book, message(number), now=NOW - timedelta(seconds=90))
    figures = console.client().get("/metrics").text
    assert "earshot_book_up 1.0" in figures
    assert "earshot_messages_waiting 3.0" in figures
    assert 'earshot_notices{state="due"} 0.0' in figures
    oldest = next(line for line in figures.splitlines() if line.startswith("earshot_oldest_message_seconds"))
    assert float(oldest.split()[1]) >= 90


@pytest.mark.needs("redis")
def test_figures_count_jobs_and_the_workers_that_hear_them(
    console: Any, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    monkeypatch.setenv("EARSHOT_REDIS_URL", redis_url)
    settings.cache_clear()
    accept(console.book, message(), now=NOW)
    figures = console.client().get("/metrics").text
    assert "earshot_bell_up 1.0" in figures
    assert 'earshot_queue_jobs{queue="intake"} 1.0' in figures
    assert 'earshot_queue_workers{queue="intake"} 0.0' in figures


def test_figures_say_when_the_book_is_away(console: Any, free_port: int) -> None:
    console.desk.book.close()
    console.app.extensions["desk"] = replace(console.desk, book=_gone(free_port))
    console.app.extensions.pop("figures")
    from console import health

    health.prepare(console.app)
    assert "earshot_book_up 0.0" in console.client().get("/metrics").text


def test_every_answer_is_protected(console: Any) -> None:
    for address in ("/healthz", "/", "/nowhere"):
        headers = console.client().get(address).headers
        assert {name: headers[name] for name in HEADERS if name not in ("Cache-Control", "Referrer-Policy")} == {
            name: value for name, value in HEADERS.items() if name not in ("Cache-Control", "Referrer-Policy")
        }


def test_the_one_inline_script_is_the_one_that_is_allowed(console: Any) -> None:
    import base64
    import hashlib
    import re

    page = console.client().get("/nowhere").text
    inline = [script for script in re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) if script]
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    assert [f"'sha256-{one}'" in HEADERS["Content-Security-Policy"] for one in hashes] == [True]


def test_a_page_that_is_not_there_says_so_plainly(console: Any) -> None:
    answer = console.client().get("/nowhere")
    assert answer.status_code == 404
    assert "We cannot find that page" in answer.text


def test_a_fault_of_ours_shows_no_traceback_and_logs_no_words(console: Any, caplog: pytest.LogCaptureFixture) -> None:
    @console.app.get("/boom/<word>")
    def boom(word: str) -> str:
        raise ValueError(f"the words of {word}")

    console.app.testing = False
    answer = console.client().get("/boom/ngozi")
    assert answer.status_code == 500
    assert "ngozi" not in answer.text
    assert "Traceback" not in answer.text
    assert "ngozi" not in caplog.text
    assert "ValueError at test_health.py" in caplog.text


def test_health_is_json(console: Any) -> None:
    assert json.loads(console.client().get("/healthz").data)["pid"]


def _gone(port: int) -> Book:
    return Book(f"postgresql+psycopg://earshot@127.0.0.1:{port}/earshot?connect_timeout=2")
