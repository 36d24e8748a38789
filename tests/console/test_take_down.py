"""Taking down what came by phone, letter or in person: the original time, stored once, and the reference to say."""

import re
from datetime import UTC, datetime
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select
from support.staffroom import Officer, Scripted, case_of, desk_of, hear, read_as

from casework.reference import spoken
from casework.storage.tables import Message, StoredAttachment
from classifier.labels import Hazard
from console.take_down import moment_in
from intake.process import process
from notifier.render import long_date

WHEN = {"day": "20", "month": "11", "year": "2025", "time": "4.40pm"}
TOLD = {"how": "phone", "taken_by": "Priya Shah", "message": "You never came back about the lift.", **WHEN}


@pytest.fixture
def app(console, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr("console.take_down.WAIT", 0.0)
    return console.app


def entry(officer: Officer) -> str:
    found = re.search(r'name="entry" value="([^"]+)"', officer.get("/staff/take-down"))
    assert found is not None
    return found[1]


def stored(app: Flask) -> list[Message]:
    with desk_of(app).book.reading() as session:
        found = session.scalars(select(Message).where(Message.channel == "staff").order_by(Message.id)).all()
        session.expunge_all()
        return list(found)


def test_a_call_is_stored_with_the_time_at_which_it_came(app: Flask, priya: Officer) -> None:
    response = priya.post("/staff/take-down", entry=entry(priya), **TOLD, name="Stan Bright", phone="07700 900456")
    (message,) = stored(app)
    assert (response.status_code, response.location) == (302, f"/staff/take-down/{message.id}")
    assert message.received_at == datetime(2025, 11, 20, 16, 40, tzinfo=UTC)
    assert (message.sender, message.sender_name) == ("+447700900456", "Stan Bright")
    assert message.details["taken_by"] == "Priya Shah"


def test_the_reference_can_be_said_once_it_has_been_read(app: Flask, priya: Officer) -> None:
    priya.post("/staff/take-down", entry=entry(priya), **TOLD)
    (message,) = stored(app)
    shown = priya.get(f"/staff/take-down/{message.id}")
    assert "It is being read now" in shown
    assert "Look again for its reference" in shown
    process(desk_of(app), Scripted(read_as()), [message.id], now=datetime.now(UTC))
    shown = priya.get(f"/staff/take-down/{message.id}")
    found = re.search(r'/staff/cases/([\d-]+[A-Z])"', shown)
    assert found is not None
    assert f"Say: {spoken(found[1])}" in shown
    assert "Look again" not in shown
    assert case_of(app, found[1]).received_at == message.received_at


def test_a_button_pressed_twice_stores_once(app: Flask, priya: Officer) -> None:
    form = {"entry": entry(priya), **TOLD}
    places = {priya.post("/staff/take-down", **form).location for _ in range(3)}
    assert len(places) == 1
    assert len(stored(app)) == 1


def test_other_words_in_a_form_that_was_stored_are_not_lost(app: Flask, priya: Officer) -> None:
    form = {"entry": entry(priya), **TOLD}
    priya.post("/staff/take-down", **form)
    response = priya.post("/staff/take-down", **(form | {"message": "And the stairs are dark."}))
    assert response.status_code == 409
    assert "stored already, with other words" in response.text
    assert "And the stairs are dark." in response.text
    fresh = re.search(r'name="entry" value="([^"]+)"', response.text)
    assert fresh is not None
    priya.post("/staff/take-down", **(form | {"message": "And the stairs are dark.", "entry": fresh[1]}))
    assert [message.text for message in stored(app)] == [TOLD["message"], "And the stairs are dark."]


@pytest.mark.parametrize("forged", ["", "x", "0b0e7a9e-0000-4000-8000-000000000000", "a.b", "é"])
def test_a_form_number_that_we_did_not_make_is_replaced(app: Flask, priya: Officer, forged: str) -> None:
    response = priya.post("/staff/take-down", entry=forged, **TOLD)
    assert response.status_code == 400
    assert TOLD["message"] in response.text
    assert stored(app) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"message": " "}, "Enter what the resident said"),
        ({"how": "pigeon"}, "Select how the resident told us"),
        ({"taken_by": ""}, "Enter who took the message"),
        ({"year": "2999"}, "must be in the past"),
        ({"day": "31", "month": "2"}, "Enter a real date and time"),
        ({"time": "25:00"}, "Enter a real date and time"),
        ({"day": "", "month": "", "year": "", "time": ""}, "Enter when the resident first told us"),
        ({"email": "not an address"}, "Enter an email address in the correct format"),
        ({"phone": "12"}, "Enter a phone number"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    app: Flask, priya: Officer, wrong: dict[str, str], sentence: str
) -> None:
    response = priya.post("/staff/take-down", entry=entry(priya), **(TOLD | {"name": "Stan Bright"} | wrong))
    assert response.status_code == 400
    assert sentence in response.text
    assert 'value="Stan Bright"' in response.text
    assert stored(app) == []


@pytest.mark.parametrize(
    ("time", "read"),
    [
        ("16:40", "T16:40"),
        ("4.40pm", "T16:40"),
        ("4pm", "T16:00"),
        ("4:40 p.m.", "T16:40"),
        ("12am", "T00:00"),
        ("12:05pm", "T12:05"),
        ("9", "T09:00"),
        ("09.05", "T09:05"),
    ],
)
def test_a_time_may_be_written_as_people_do(time: str, read: str) -> None:
    assert moment_in({"day": "4", "month": "12", "year": "2026", "time": time}) == f"2026-12-04{read}"


@pytest.mark.parametrize("time", ["", "noon", "13pm", "0am", "4:4", "-1"])
def test_a_time_that_is_none_is_not_guessed(time: str) -> None:
    with pytest.raises(ValueError, match="Invalid"):
        datetime.fromisoformat(moment_in({"day": "4", "month": "12", "year": "2026", "time": time}))


NIGHT = {"day": "25", "month": "10", "year": "2025", "time": "1.30am"}  # a Saturday; the clocks go back on the 26th


@pytest.mark.parametrize(("which", "hour"), [("first", 0), ("second", 1)])
def test_of_an_hour_that_came_twice_it_is_asked_which_one_it_was(
    app: Flask, priya: Officer, which: str, hour: int
) -> None:
    form = {"entry": entry(priya), **TOLD, **NIGHT, "day": "26"}
    asked = priya.post("/staff/take-down", **form)
    assert asked.status_code == 400
    assert "this time came twice" in asked.text
    assert 'name="which"' in asked.text
    assert priya.post("/staff/take-down", **form, which=which).status_code == 302
    (message,) = stored(app)
    assert message.received_at == datetime(2025, 10, 26, hour, 30, tzinfo=UTC)


def test_an_hour_that_came_once_is_not_asked_about(app: Flask, priya: Officer) -> None:
    assert 'name="which"' not in priya.get("/staff/take-down")
    assert priya.post("/staff/take-down", entry=entry(priya), **(TOLD | NIGHT | {"which": "second"})).status_code == 302
    (message,) = stored(app)
    assert message.received_at == datetime(2025, 10, 25, 0, 30, tzinfo=UTC)


def test_an_hour_that_the_clocks_jumped_over_is_asked_about(app: Flask, priya: Officer) -> None:
    jumped = {"day": "30", "month": "3", "year": "2025", "time": "1.30am"}
    response = priya.post("/staff/take-down", entry=entry(priya), **(TOLD | jumped))
    assert response.status_code == 400
    assert "jumped over it" in response.text


def test_who_is_on_the_phone_is_told_what_to_do_in_danger_and_by_when_they_hear(app: Flask, priya: Officer) -> None:
    today = datetime.now(UTC)
    when = {"day": f"{today.day}", "month": f"{today.month}", "year": f"{today.year}", "time": "0:00"}
    priya.post("/staff/take-down", entry=entry(priya), **(TOLD | when), phone="07700 900456")
    (message,) = stored(app)
    process(desk_of(app), Scripted(read_as(hazards=(Hazard.GAS,))), [message.id], now=datetime.now(UTC))
    shown = priya.get(f"/staff/take-down/{message.id}")
    with desk_of(app).book.reading() as session:
        [clock] = session.get_one(Message, message.id).case.clocks
    assert "Say now: " in shown
    assert "0800 111 999" in shown
    assert long_date(min(clock.code_due, clock.policy_due)) in shown
    assert "A confirmation goes to you now." in shown


def test_who_left_no_address_is_asked_for_one(app: Flask, priya: Officer) -> None:
    priya.post("/staff/take-down", entry=entry(priya), **TOLD)
    (message,) = stored(app)
    process(desk_of(app), Scripted(read_as()), [message.id], now=datetime.now(UTC))
    shown = priya.get(f"/staff/take-down/{message.id}")
    assert "how can we reach you?" in shown
    assert "Say now" not in shown


def test_who_speaks_for_a_resident_is_shown_with_their_authority(app: Flask, priya: Officer) -> None:
    speaks = {"how": "councillor", "representative": "Cllr Hall", "authority": "Their ward"}
    priya.post("/staff/take-down", entry=entry(priya), **(TOLD | speaks))
    (message,) = stored(app)
    process(desk_of(app), Scripted(read_as()), [message.id], now=datetime.now(UTC))
    with desk_of(app).book.reading() as session:
        reference = session.get_one(Message, message.id).case.reference
    assert "Speaking for them: Cllr Hall; by what right: Their ward" in priya.get(f"/staff/cases/{reference}")


def test_the_words_are_the_first_thing_and_the_rest_has_sensible_defaults(app: Flask, priya: Officer) -> None:
    page = priya.get("/staff/take-down")
    names = re.findall(r'name="(\w+)"', page[page.index("data-draft=") :])
    assert names[2] == "message"
    assert 'id="how" name="how" type="radio" value="phone" checked' in page
    assert f'value="{priya.name}"' in page
    assert f'name="year" type="text" value="{datetime.now(UTC).year}"' in page


def test_scans_come_along(app: Flask, priya: Officer) -> None:
    files = {"files": [(BytesIO(b"%PDF-1.4"), "letter.pdf"), (BytesIO(b"\xff\xd8"), "../photo.jpg")]}
    priya.post("/staff/take-down", files, entry=entry(priya), **(TOLD | {"how": "letter"}))
    with desk_of(app).book.reading() as session:
        kept = session.execute(select(StoredAttachment.filename, StoredAttachment.size)).all()
    assert [tuple(row) for row in kept] == [("letter.pdf", 8), ("photo.jpg", 2)]


def test_a_file_that_runs_is_refused(app: Flask, priya: Officer) -> None:
    response = priya.post("/staff/take-down", {"files": (BytesIO(b"MZ"), "letter.exe")}, entry=entry(priya), **TOLD)
    assert response.status_code == 400
    assert "must be a photo" in response.text


def test_what_staff_take_down_joins_the_case_that_they_name(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    priya.post("/staff/take-down", entry=entry(priya), **TOLD, reference=reference)
    (message,) = stored(app)
    process(desk_of(app), Scripted(read_as()), [message.id], now=datetime.now(UTC))
    assert f"/staff/cases/{reference}" in priya.get(f"/staff/take-down/{message.id}")
    assert TOLD["message"] in priya.get(f"/staff/cases/{reference}")


def test_only_what_staff_took_down_is_shown_here(app: Flask, priya: Officer) -> None:
    hear(app)
    assert priya.client.get("/staff/take-down/1").status_code == 404
