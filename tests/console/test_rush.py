"""A shared connection is asked a question; nobody is locked out, and no address is kept."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from casework.settings import settings
from casework.storage import bell
from casework.storage.tables import Message
from console import rush

LIBRARY = {"X-Forwarded-For": "203.0.113.7"}
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rush, "counts", rush.Counts("rush", seconds=rush.WINDOW))
    monkeypatch.setitem(rush.is_crowded.__kwdefaults__, "free", 2)


@pytest.fixture
def with_redis(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    monkeypatch.setenv("EARSHOT_REDIS_URL", redis_url)
    settings.cache_clear()
    redis = bell.connection()
    assert redis is not None
    yield redis
    settings.cache_clear()


def send(client: FlaskClient, words: str, headers: dict[str, str] = LIBRARY, **more: str) -> TestResponse:
    found = re.search(r'name="form" value="([^"]+)"', client.get("/").text)
    assert found is not None
    return client.post("/", data={"form": found[1], "message": words, **more}, headers=headers)


def kept(console: Any) -> int:
    with console.book.reading() as session:
        return session.scalar(select(func.count()).select_from(Message)) or 0


def answer_in(page: str) -> dict[str, str]:
    question = re.search(r'name="question" value="([^"]+)"', page)
    asked = re.search(r"What is (\d) plus (\d)\?", page)
    assert question is not None
    assert asked is not None
    return {"question": question[1], "answer": str(int(asked[1]) + int(asked[2]))}


def test_a_library_full_of_residents_is_asked_a_question_and_goes_on(
    console: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_LANDLORD_PHONE", "01632 960 100")
    settings.cache_clear()
    client = console.client()
    assert [send(client, f"Number {n}").status_code for n in range(2)] == [303, 303]
    crowded = send(client, "The lift is broken", outcome="A lift that works")
    assert crowded.status_code == 429
    for words in ("The lift is broken", "A lift that works", "Nothing that you wrote is lost", "01632 960 100"):
        assert words in crowded.text
    assert kept(console) == 2
    assert send(client, "The lift is broken", **answer_in(crowded.text)).status_code == 303
    assert kept(console) == 3


def test_a_wrong_answer_gets_another_question_and_keeps_the_words(console: Any) -> None:
    client = console.client()
    for n in range(2):
        send(client, f"Number {n}")
    crowded = send(client, "The lift is broken")
    wrong = send(client, "The lift is broken", **answer_in(crowded.text) | {"answer": "99"})
    assert wrong.status_code == 429
    assert "That is not the answer" in wrong.text
    assert "The lift is broken" in wrong.text


def test_one_answer_does_not_serve_a_machine_for_ever(console: Any) -> None:
    client = console.client()
    for n in range(2):
        send(client, f"Number {n}")
    answer = answer_in(send(client, "x").text)
    assert [send(client, f"again {n}", **answer).status_code for n in range(5)] == [303, 303, 303, 429, 429]


def test_another_connection_is_not_asked(console: Any) -> None:
    client = console.client()
    for n in range(3):
        send(client, f"Number {n}")
    assert send(client, "From home", {"X-Forwarded-For": "203.0.113.8"}).status_code == 303


def test_whoever_writes_the_header_themselves_is_counted_by_what_our_proxy_saw(console: Any) -> None:
    client = console.client()
    codes = [send(client, f"{n}", {"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.7"}).status_code for n in range(3)]
    assert codes == [303, 303, 429]


@pytest.mark.parametrize(
    ("near", "forwarded", "counted"),
    [
        ("127.0.0.1", "", None),
        ("10.0.0.2", "203.0.113.7", "203.0.113.7"),
        ("81.2.69.142", "198.51.100.1", "81.2.69.142"),
        ("127.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "nonsense", None),
        ("", "203.0.113.7", "203.0.113.7"),
    ],
)
def test_a_connection_is_a_household(console: Any, near: str, forwarded: str, counted: str | None) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with console.app.test_request_context("/", headers=headers, environ_base={"REMOTE_ADDR": near}):
        assert rush.connection() == counted


@pytest.mark.needs("redis")
def test_redis_counts_for_every_process_and_forgets_with_the_window(console: Any, with_redis: Redis) -> None:
    with console.app.test_request_context("/", headers=LIBRARY):
        counted = [rush.is_crowded("secret", now=NOW) for _ in range(3)]
        assert counted == [False, False, True]
        monkey = rush.Counts("rush", seconds=rush.WINDOW)
        assert monkey.add("x", window=1) == 1
        assert not rush.is_crowded("secret", now=NOW + timedelta(seconds=rush.WINDOW))
    names = [name.decode() for name in with_redis.keys("earshot:rush:*")]
    assert names
    assert all("203.0.113.7" not in name and 0 < with_redis.ttl(name) <= rush.WINDOW for name in names)


def test_without_redis_this_process_counts(console: Any, monkeypatch: pytest.MonkeyPatch, free_port: int) -> None:
    monkeypatch.setenv("EARSHOT_REDIS_URL", f"redis://127.0.0.1:{free_port}")
    settings.cache_clear()
    with console.app.test_request_context("/", headers=LIBRARY):
        assert [rush.is_crowded("secret", now=NOW) for _ in range(3)] == [False, False, True]
        assert not rush.is_crowded("secret", now=NOW + timedelta(seconds=rush.WINDOW))
