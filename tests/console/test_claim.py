"""Somebody who left no name sees the state and the dates with their code, and no word of what they wrote (law 12)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from casework.reading import COMPLAINT, Reading
from casework.storage import cases, messages
from casework.storage.tables import Message
from console import form, rush, thanks

WORDS = "My neighbour is afraid to say that her boiler has been broken for weeks."


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "WAIT", 0.0)
    monkeypatch.setattr(rush, "counts", rush.Counts("rush", seconds=rush.WINDOW))


def send(client: FlaskClient, **fields: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', client.get("/").text)
    assert found is not None
    answer = client.post("/", data={"form": found[1], "message": WORDS, "behalf": "anonymous", **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def code_in(page: str) -> str:
    found = re.search(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\b", page)
    assert found is not None
    return found[0]


def open_case(console: Any) -> str:
    now = datetime.now(UTC)
    with console.book.transaction() as session:
        message = session.scalars(select(Message)).one()
        reading = Reading(COMPLAINT, (COMPLAINT,))
        case = cases.open_case(session, message, reading, person=None, rules=console.desk.rules, now=now)
        messages.settle(message, "opened", case=case, now=now)
        return str(case.reference)


def test_the_code_opens_the_state_and_the_dates_and_nothing_else(console: Any) -> None:
    client = console.client()
    place = send(client)
    code = code_in(client.get(place).text)
    waiting = client.post("/claim", data={"code": code}).text
    assert "a person will read it" in waiting
    reference = open_case(console)
    page = client.post("/claim", data={"code": code}).text
    assert reference in page
    assert "Complaint, stage 1: received" in page
    assert re.search(r"By <strong>\w+day \d+ \w+ \d{4}</strong>", page)
    assert "boiler" not in page
    assert "/case/" not in page


@pytest.mark.parametrize("change", [str.lower, lambda code: code.replace("-", " "), lambda code: f" {code}. "])
def test_a_code_may_be_typed_as_it_comes(console: Any, change: Any) -> None:
    client = console.client()
    code = code_in(client.get(send(client)).text)
    assert client.post("/claim", data={"code": change(code)}).status_code == 200


@pytest.mark.parametrize("code", ["ABCD-EFGH-JKLM", "x", "' OR 1=1", "\x00", "A" * 5000])
def test_a_code_that_nobody_was_given_opens_nothing(console: Any, code: str) -> None:
    client = console.client()
    send(client)
    answer = client.post("/claim", data={"code": code})
    assert answer.status_code == 400
    assert "We do not know this code" in answer.text


def test_no_code_is_asked_for(client: FlaskClient) -> None:
    answer = client.post("/claim", data={"code": " "})
    assert answer.status_code == 400
    assert "Enter your code" in answer.text
    assert 'href="#code"' in answer.text


def test_the_book_holds_no_code(console: Any) -> None:
    client = console.client()
    code = code_in(client.get(send(client)).text)
    with console.book.reading() as session:
        message = session.scalars(select(Message)).one()
        row = repr({column.name: getattr(message, column.name) for column in Message.__table__.columns})
    assert code not in row
    assert code.replace("-", "") not in row


def test_the_code_is_shown_for_an_hour_only(console: Any) -> None:
    client = console.client()
    place = send(client)
    assert "Your code" in client.get(place).text
    with console.book.transaction() as session:
        session.execute(update(Message).values(accepted_at=datetime.now(UTC) - thanks.CODE_SHOWN_FOR))
    assert "Your code" not in client.get(place).text


def test_whoever_can_be_written_to_needs_no_code(console: Any) -> None:
    client = console.client()
    assert "Your code" not in client.get(send(client, behalf="me", email="ngozi.okafor@example.org")).text


def test_sent_twice_it_is_one_message_and_one_code(console: Any) -> None:
    client = console.client()
    found = re.search(r'name="form" value="([^"]+)"', client.get("/").text)
    assert found is not None
    data = {"form": found[1], "message": WORDS}
    codes = {code_in(client.get(client.post("/", data=data).headers["Location"]).text) for _ in range(3)}
    assert len(codes) == 1
    with console.book.reading() as session:
        assert session.scalars(select(Message)).one().copies == 2


def test_whoever_tries_many_codes_is_asked_to_wait(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    far = {"X-Forwarded-For": "203.0.113.7"}
    codes = [client.post("/claim", data={"code": "x"}, headers=far).status_code for _ in range(32)]
    assert codes == [400] * 30 + [429] * 2


def test_codes_are_hard_to_guess_and_easy_to_read() -> None:
    codes = {thanks.code_of(str(n), "secret") for n in range(2000)}
    assert len(codes) == 2000
    assert set("".join(codes)) <= set("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    assert thanks.code_of("1", "secret") != thanks.code_of("1", "another")
    assert timedelta(minutes=30) < thanks.CODE_SHOWN_FOR
