"""The API's door before what it was not made for: strangers, replays, megabytes, slow lines, noise, another order."""

import http.client
import json
import socket
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from support.bad_input import CANARY, FORM, MEGABYTE, NOISE, Bad, all_at, ask, see_that_all_is_quiet
from support.fault import House

from casework.storage import api_clients
from casework.storage.tables import Case, Message

pytestmark = [pytest.mark.needs("redis")]

JSON = {"Content-Type": "application/json"}
POST = "/api/v1/messages"


def opened(house: House, monkeypatch: pytest.MonkeyPatch, name: str = "larchmere-web") -> dict[str, str]:
    """The house with its doors open; the headers of a client of it."""
    monkeypatch.setenv("EARSHOT_SECRET_KEY", house.variables["EARSHOT_SECRET_KEY"])
    with house.book.transaction() as session:
        key = api_clients.add(session, name, per_minute=10_000, now=datetime.now(UTC))
    house.start("web")
    house.start("worker")
    house.wait_until_open()
    return {"Authorization": f"Bearer {key}"}


def said(**more: Any) -> bytes:
    return json.dumps({"text": CANARY, "sender": {"name": "Ngozi"}} | more).encode()


def test_bad_posts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client = opened(house, monkeypatch)

    def door(bad: Bad) -> tuple[int, str]:
        return ask(house, POST, bad.body, JSON | (client if bad.signed else {"Authorization": "Bearer x"}))[:2]

    cases = [
        Bad("without a key", said(), 401, signed=False),
        Bad("megabytes without a key", said(text="x" * 2 * MEGABYTE), 401, signed=False),
        Bad("nothing", b"", 400),
        Bad("no JSON", CANARY.encode(), 400),
        Bad("a list", b"[1, 2]", 400),
        Bad("nested without end", b'{"text": ' * 100_000, 400),
        Bad("a number of 10,000 digits", b'{"text": ' + b"1" * 10_000 + b"}", 400),
        Bad("no number at all", b'{"text": NaN}', 400),
        Bad("binary", NOISE, 400),
        Bad("in Windows-1252", '{"text": "£20"}'.encode("cp1252"), 400),
        Bad("a field that there is not", said(body=CANARY), 422),
        Bad("words without end", said(text="x" * 200_000), 422),
        Bad("larger than any post", said(text="x" * 41 * MEGABYTE), 413),
        Bad("NUL and half a pair", b'{"text": "' + CANARY.encode() + b' \\u0000 \\ud83d"}', 202, "kept"),
        Bad("a file that runs", said(attachments=[{"filename": "a.exe", "content": "AAAA"}]), 202, "kept"),
        Bad("an address that is none", said(sender={"email": f"{CANARY} at example"}), 202, "kept"),
    ]
    all_at(door, cases, house)
    assert ask(house, POST, b"", client, "GET")[0] == 405
    see_that_all_is_quiet(house)


def test_bad_submissions_of_a_form(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client = opened(house, monkeypatch)

    def door(bad: Bad) -> tuple[int, str]:
        return ask(house, "/api/v1/webform", bad.body, FORM | (client if bad.signed else {}))[:2]

    whole = urlencode({"uuid": "u-1", "message": CANARY}).encode()
    cases = [
        Bad("without a key", whole, 401, signed=False),
        Bad("nothing", b"", 400),
        Bad("nothing but what Drupal says of it", b"uuid=u-2&sid=4", 422),
        Bad("10,000 fields", whole + b"&a=b" * 10_000, 400),
        Bad("nested without end", whole + b"&a" + b"[b]" * 100_000 + b"=c", 202, "kept"),
        Bad("a field that is two things", b"uuid=u-3&message=" + CANARY.encode() + b"&message[a]=b", 202, "kept"),
        Bad("in Latin-1, quoted", b"uuid=u-4&message=caf%E9", 202, "kept"),
        Bad("in Latin-1, raw", b"uuid=u-5&message=caf\xe9", 400),
        Bad("NUL and half a pair", b"uuid=u-6&message=" + CANARY.encode() + b"%00%ED%A0%80", 202, "kept"),
        Bad("a damaged file", b"uuid=u-7&message=x&_photo[name]=a.png&_photo[uri]=x&_photo[data]=%C2%A3", 422),
    ]
    all_at(door, cases, house)
    see_that_all_is_quiet(house)


@pytest.mark.parametrize("book_url", ["sqlite"], indirect=True)
def test_a_post_that_comes_again_and_again_and_in_another_order_is_one_message_each(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = opened(house, monkeypatch)
    posts = [(f"post-{n}", said(text=f"Matter {n}.", sender={"email": f"n{n}@example.org"})) for n in range(4)]
    answers: dict[str, set[str]] = {}
    for name, body in (*posts, *reversed(posts), *posts[2:], *posts[:2]):
        status, words, _ = ask(house, POST, body, JSON | client | {"Idempotency-Key": name})
        assert status == 202, words
        answers.setdefault(name, set()).add(words)
    assert all(len(told) == 1 for told in answers.values())
    house.wait_until_settled(4)
    with house.book.reading() as session:
        assert session.scalars(select(Message.copies)).all() == [2, 2, 2, 2]
        assert len(session.scalars(select(Case.id)).all()) == 4


@pytest.mark.parametrize("book_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("door", [POST, "/webhooks/sms", "/webhooks/sms/status", "/webhooks/telegram", "/"])
def test_a_line_that_falls_silent_holds_nobody_up(house: House, monkeypatch: pytest.MonkeyPatch, door: str) -> None:
    house.constants |= {"console.silent:SILENT": 0.5}
    client = opened(house, monkeypatch)
    kind = JSON if door == POST or "telegram" in door else FORM
    head = "".join(f"{name}: {value}\r\n" for name, value in (kind | client).items())
    begun = f"POST {door} HTTP/1.1\r\nHost: localhost\r\n{head}Content-Length: 1000\r\n\r\n".encode()
    lines = [socket.create_connection(("127.0.0.1", house.port), timeout=20) for _ in range(12)]
    for line in lines:
        line.sendall(begun + b'{"text": "')
    assert ask(house, POST, said(), JSON | client)[0] == 202
    for line in lines:
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert answer.status == 408
        line.close()
    with house.book.reading() as session:
        assert len(session.scalars(select(Message.id)).all()) == 1
