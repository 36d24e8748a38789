"""The door: the right password, nothing learnt from the wrong one, and an end to every session."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from support.staffroom import desk_of
from werkzeug.test import TestResponse

from casework.storage import staff
from casework.storage.tables import JournalLine, StaffMember
from console import access, sign_in
from console.sign_in import Tries

PASSWORD = "a boiler is not a kettle"
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


class Quick(PasswordHasher):
    """Argon2 with as little work as it allows, which counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.asked = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        self.asked += 1
        return super().verify(hash, password)


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Quick:
    quick = Quick()
    monkeypatch.setattr(staff, "_hasher", lambda: quick)
    nobody = quick.hash("nobody")
    monkeypatch.setattr(staff, "_nobodys_hash", lambda: nobody)
    monkeypatch.setattr(sign_in, "tries", Tries())
    return quick


@pytest.fixture
def app(console, hasher: Quick) -> Flask:
    with console.book.transaction() as session:
        staff.add(
            session, email="Priya@Larchmere.example", name="Priya Shah", role="officer", password=PASSWORD, now=NOW
        )
    return console.app


def enter(
    client: FlaskClient, email: str = "priya@larchmere.example", password: str = PASSWORD, **more: str
) -> TestResponse:
    token = re.search(r'csrf_token" value="([^"]+)"', client.get("/staff/sign-in").text)
    assert token is not None
    fields = {"csrf_token": token[1], "email": email, "password": password, **more}
    return client.post("/staff/sign-in", data=fields)


def is_in(client: FlaskClient) -> bool:
    return client.get("/staff/").status_code == 200


def test_the_right_password_opens_the_inbox(app: Flask) -> None:
    client = app.test_client()
    response = enter(client, " PRIYA@larchmere.example ")
    assert (response.status_code, response.location) == (302, "/staff/")
    assert "Priya Shah" in client.get("/staff/").text


def test_signing_in_stands_in_the_journal_without_a_name(app: Flask) -> None:
    enter(app.test_client())
    with desk_of(app).book.reading() as session:
        line = session.scalars(select(JournalLine).order_by(JournalLine.seq.desc()).limit(1)).one()
        assert (line.event, line.actor) == ("staff_signed_in", "staff:1")


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("priya@larchmere.example", "a boiler is not a fridge"),
        ("nobody@larchmere.example", PASSWORD),
        ("priya@larchmere.example", ""),
        ("", ""),
        ("priya@larchmere.example", PASSWORD + "x" * 100_000),
    ],
)
def test_every_wrong_pair_is_answered_alike_and_takes_as_long(
    app: Flask, hasher: Quick, email: str, password: str
) -> None:
    client = app.test_client()
    response = enter(client, email, password)
    assert response.status_code == 400
    assert response.text.count(sign_in.WRONG) >= 1
    assert hasher.asked == 1
    assert not is_in(client)


def test_the_email_address_stays_in_the_form_and_the_password_does_not(app: Flask) -> None:
    page = enter(app.test_client(), password="a wrong password").text
    assert 'value="priya@larchmere.example"' in page
    assert "a wrong password" not in page


def test_after_five_wrong_tries_even_the_right_password_waits(app: Flask) -> None:
    client = app.test_client()
    for _ in range(sign_in.TRIES_FOR_ONE_ACCOUNT):
        assert enter(client, password="wrong").status_code == 400
    response = enter(client)
    assert response.status_code == 429
    assert "Wait 15 minutes" in response.text


def test_tries_are_forgotten_after_a_quarter_of_an_hour() -> None:
    tries = Tries()
    for _ in range(sign_in.TRIES_FOR_ONE_ACCOUNT):
        tries.add("192.0.2.1", "priya", at=NOW)
    assert tries.are_too_many("192.0.2.1", "priya", at=NOW)
    assert not tries.are_too_many("192.0.2.1", "tom", at=NOW)
    assert not tries.are_too_many("192.0.2.2", "priya", at=NOW)
    assert not tries.are_too_many("192.0.2.1", "priya", at=NOW + sign_in.WINDOW)


def test_one_place_cannot_go_through_all_accounts() -> None:
    tries = Tries()
    for number in range(sign_in.TRIES_FROM_ONE_PLACE):
        tries.add("192.0.2.1", f"account{number}", at=NOW)
    assert tries.are_too_many("192.0.2.1", "another", at=NOW)


def test_the_memory_of_tries_is_bounded() -> None:
    tries = Tries()
    for number in range(sign_in._MOST_PLACES + 10):
        tries.add(f"place{number}", "x", at=NOW + timedelta(seconds=number))
    assert len(tries._made) < 2 * sign_in._MOST_PLACES


@pytest.mark.parametrize(
    ("asked", "goes_to"),
    [
        ("/staff/sent?state=failed", "/staff/sent?state=failed"),
        ("/staff/cases/4817-2736-K", "/staff/cases/4817-2736-K"),
        ("", "/staff/"),
        ("https://bad.example/staff/", "/staff/"),
        ("//bad.example/staff/", "/staff/"),
        ("/\\bad.example/staff/", "/staff/"),
        ("/staff/\\bad.example", "/staff/"),
        ("/staff/../webhooks/sms", "/staff/"),
        ("/staff/sign-in", "/staff/"),
        ("/demo", "/staff/"),
        ("/staff/\r\nSet-Cookie: a=b", "/staff/"),
        ("javascript:alert(1)", "/staff/"),
    ],
)
def test_the_way_on_stays_inside_the_console(app: Flask, asked: str, goes_to: str) -> None:
    assert enter(app.test_client(), next=asked).location == goes_to


def test_a_session_ends_after_twelve_hours(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    enter(client)
    began = datetime.now(UTC)
    monkeypatch.setattr(access, "now", lambda: began + timedelta(hours=11, minutes=59))
    assert is_in(client)
    monkeypatch.setattr(access, "now", lambda: began + timedelta(hours=12, minutes=1))
    assert not is_in(client)


def test_signing_out_ends_it(app: Flask) -> None:
    client = app.test_client()
    enter(client)
    token = re.search(r'csrf_token" value="([^"]+)"', client.get("/staff/").text)
    assert token is not None
    assert client.post("/staff/sign-out", data={"csrf_token": token[1]}).location == "/staff/sign-in"
    assert not is_in(client)


def test_who_is_deactivated_is_out_at_once_and_stays_out(app: Flask) -> None:
    client = app.test_client()
    enter(client)
    with desk_of(app).book.transaction() as session:
        staff.deactivate(session, "priya@larchmere.example", now=NOW)
    assert not is_in(client)
    assert enter(app.test_client()).status_code == 400


def test_a_new_password_ends_the_sessions_of_the_old_one(app: Flask) -> None:
    client = app.test_client()
    enter(client)
    with desk_of(app).book.transaction() as session:
        staff.deactivate(session, "priya@larchmere.example", now=NOW)
        staff.add(
            session,
            email="priya@larchmere.example",
            name="Priya Shah",
            role="officer",
            password="another long one",
            now=NOW,
        )
    assert not is_in(client)


def test_a_session_that_was_planted_before_is_not_taken_over(app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction() as session:
        session["planted"] = "by a stranger"
    enter(client)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_a_cookie_that_we_did_not_sign_is_worth_nothing(app: Flask) -> None:
    client = app.test_client()
    client.set_cookie("session", "eyJzdGFmZiI6MSwic2luY2UiOjk5OTk5OTk5OTkuMH0.forged")
    assert not is_in(client)


def test_passwords_are_kept_as_argon2id_only(app: Flask) -> None:
    with desk_of(app).book.reading() as session:
        kept = session.scalars(select(StaffMember.password_hash)).one()
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_an_unfit_password_is_refused(app: Flask, password: str) -> None:
    with pytest.raises(staff.UnfitPassword), desk_of(app).book.transaction() as session:
        staff.add(session, email="tom@larchmere.example", name="Tom Reed", role="manager", password=password, now=NOW)
