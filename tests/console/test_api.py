"""The door for other systems: kept once, answered only then, and each sees nothing but its own."""

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from support.staffroom import Scripted, desk_of, read_as
from werkzeug.test import TestResponse

from casework.storage import api_clients
from casework.storage.tables import Case, JournalLine, Message
from classifier.labels import Hazard
from console import api
from console.pace import Pace
from console.turnstile import Full
from intake.process import process

SAID = {
    "text": "The boiler is broken for the third time.",
    "sender": {"name": "Ngozi Okafor", "email": "ngozi.okafor@example.org"},
}
SUBMISSION = {
    "uuid": "5b0d3c62-9f7e-4a51-8d35-3f6a2b7c9e10",
    "sid": "42",
    "webform_id": "complain",
    "changed": "1795082400",
    "name": "Ngozi Okafor",
    "email": "ngozi.okafor@example.org",
    "message": "The boiler is broken for the third time.",
}


class Site:
    """A landlord's web site that posts with its key."""

    def __init__(self, app: Flask, name: str = "larchmere-web", **facts: Any) -> None:
        with desk_of(app).book.transaction() as session:
            self.key = api_clients.add(session, name, now=datetime.now(UTC), **facts)
        self.client: FlaskClient = app.test_client()

    def post(self, said: Any, *, name: str = "", path: str = "messages", **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"} | headers
        if name:
            sent["Idempotency-Key"] = name
        body = said if isinstance(said, (str, bytes)) else json.dumps(said)
        return self.client.post(f"/api/v1/{path}", data=body, headers=sent)

    def ask(self, number: int) -> TestResponse:
        return self.client.get(f"/api/v1/messages/{number}", headers={"Authorization": f"Bearer {self.key}"})


@pytest.fixture(autouse=True)
def own_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_PACE", Pace("api"))


@pytest.fixture
def site(app: Flask) -> Site:
    return Site(app)


def stored(app: Flask) -> list[Message]:
    with desk_of(app).book.reading() as session:
        found = list(session.scalars(select(Message).order_by(Message.id)))
        session.expunge_all()
        return found


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    said: dict[str, Any] = answer.get_json(force=True)
    assert said["status"] == status
    assert said["type"].startswith("/api/v1/#")
    assert said["detail"].endswith((".", "--may"))
    return said


def test_a_message_is_in_the_book_when_the_answer_comes(app: Flask, site: Site) -> None:
    answer = site.post(SAID | {"id": "WEB-17"}, name="k1")
    assert answer.status_code == 202
    (message,) = stored(app)
    assert (message.channel, message.our_address, message.external_id) == ("api", "larchmere-web", "k1")
    assert (message.sender, message.sender_name, message.text) == (
        "ngozi.okafor@example.org", "Ngozi Okafor", SAID["text"],
    )  # fmt: skip
    told = answer.get_json()
    assert (told["id"], told["client_id"], told["problems"]) == (message.id, "WEB-17", [])
    assert answer.headers["Location"] == told["status_url"] == f"http://localhost/api/v1/messages/{message.id}"


def test_the_status_names_the_case_and_what_to_do_in_danger(app: Flask, site: Site) -> None:
    number = site.post(SAID).get_json()["id"]
    assert site.ask(number).get_json()["state"] == "received"
    reader = Scripted(read_as(hazards=(Hazard.GAS,)))
    process(desk_of(app), reader, [number], now=datetime.now(UTC))
    told = site.ask(number).get_json()
    with desk_of(app).book.reading() as session:
        case = session.scalars(select(Case)).one()
        assert (told["state"], told["reference"]) == ("in_a_case", case.reference)
        assert told["acknowledge_by"] == min(case.clocks[0].code_due, case.clocks[0].policy_due).isoformat()
    assert any("0800 111 999" in line for line in told["emergency"])


def test_the_same_post_is_stored_once_and_always_gets_the_same_answer(app: Flask, site: Site) -> None:
    first = site.post(SAID, name="k1")
    process(desk_of(app), Scripted(read_as()), [first.get_json()["id"]], now=datetime.now(UTC))
    again = site.post(SAID, name="k1")
    assert (again.status_code, again.data, again.headers["Location"]) == (202, first.data, first.headers["Location"])
    (message,) = stored(app)
    assert message.copies == 1


def test_the_same_post_five_times_at_once_is_stored_once(app: Flask, site: Site) -> None:
    answers: list[tuple[int, bytes]] = []

    def post() -> None:
        said = Site.post(site, SAID, name="k1")
        answers.append((said.status_code, said.data))

    threads = [threading.Thread(target=post) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in answers} == {202}
    assert len({body for _, body in answers}) == 1
    assert len(stored(app)) == 1


def test_other_words_under_the_same_name_are_refused_and_the_first_stand(app: Flask, site: Site) -> None:
    number = site.post(SAID, name="k1").get_json()["id"]
    said = problem(site.post(SAID | {"text": "And the lift."}, name="k1"), 409)
    assert f"as message {number}" in said["detail"]
    (message,) = stored(app)
    assert (message.text, message.copies) == (SAID["text"], 0)


def test_without_a_name_their_own_id_serves_and_without_both_each_post_is_one_message(app: Flask, site: Site) -> None:
    assert site.post(SAID | {"id": "WEB 17 é"}).data == site.post(SAID | {"id": "WEB 17 é"}).data
    problem(site.post(SAID | {"id": "WEB 17 é", "text": "Other words."}), 409)
    site.post(SAID)
    site.post(SAID)
    assert len(stored(app)) == 3


def test_two_clients_may_use_the_same_name_and_neither_sees_the_other_s(app: Flask, site: Site) -> None:
    other = Site(app, "council-forms")
    ours, theirs = (one.post(SAID, name="k1").get_json()["id"] for one in (site, other))
    assert ours != theirs
    assert site.ask(ours).status_code == 200
    problem(site.ask(theirs), 404)
    problem(other.ask(ours), 404)


def test_what_came_another_way_is_not_seen_here(app: Flask, site: Site) -> None:
    from support.staffroom import hear

    hear(app)
    problem(site.ask(1), 404)
    problem(site.ask(2**63), 404)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer earshot_" + "A" * 43, "é"])
def test_nobody_posts_without_a_key(app: Flask, site: Site, header: str) -> None:
    answer = site.post(SAID, Authorization=header)
    problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert stored(app) == []


def test_a_revoked_key_is_good_for_nothing_at_once(app: Flask, site: Site) -> None:
    number = site.post(SAID).get_json()["id"]
    with desk_of(app).book.transaction() as session:
        api_clients.revoke(session, "larchmere-web", now=datetime.now(UTC))
    problem(site.post(SAID), 401)
    problem(site.ask(number), 401)
    assert len(stored(app)) == 1


def test_the_journal_has_a_line_for_a_key_made_and_one_revoked_and_the_key_stands_nowhere(app: Flask) -> None:
    site = Site(app)
    with desk_of(app).book.transaction() as session:
        api_clients.revoke(session, "larchmere-web", now=datetime.now(UTC))
        api_clients.revoke(session, "larchmere-web", now=datetime.now(UTC))
    with desk_of(app).book.reading() as session:
        lines = session.scalars(select(JournalLine).order_by(JournalLine.seq)).all()
        kept = session.scalars(select(api_clients.ApiClient)).one()
    assert [line.event for line in lines] == ["api_client_added", "api_client_revoked"]
    assert site.key not in json.dumps([line.details for line in lines]) + kept.key_hash


def test_only_who_may_set_the_time_can_and_the_clocks_count_from_it(app: Flask, site: Site) -> None:
    friday = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    late = SAID | {"received_at": friday.isoformat()}
    assert problem(site.post(late), 403)["errors"] == [{"pointer": "#/received_at", "detail": "may not be set"}]
    trusted = Site(app, "repairs", may=("received_at",))
    assert trusted.post(late).status_code == 202
    (message,) = stored(app)
    assert message.received_at == friday
    problem(trusted.post(late | {"attachments": [{"filename": "a.png", "content": "AAAA"}]}), 403)


@pytest.mark.parametrize(
    ("wrong", "pointer", "detail"),
    [
        ({"text": ""}, "#/text", "should have at least 1 character"),
        ({"text": 7}, "#/text", "should be a valid string"),
        ({"text": "x" * 100_001}, "#/text", "at most 100000"),
        ({"body": "x"}, "#/body", "is no field of ours"),
        ({"sender": "Ngozi"}, "#/sender", "valid dictionary"),
        ({"on_behalf_of": {}}, "#/on_behalf_of/name", "is missing"),
        ({"attachments": [{"filename": "a.png", "content": "£"}]}, "#/attachments/0/content", "must be base64"),
        ({"attachments": [{"filename": "a.png", "content": ""}] * 11}, "#/attachments", "at most 10"),
        ({"received_at": 0}, "#/received_at", "must be text"),
        ({"received_at": "2026-11-20T16:40:00"}, "#/received_at", "timezone"),
        ({"received_at": "2999-01-01T00:00:00Z"}, "#/received_at", "must be in the past"),
        ({"received_at": "2001-01-01T00:00:00Z"}, "#/received_at", "more than a year ago"),
    ],
)
def test_what_a_program_got_wrong_is_said_with_its_place(
    app: Flask, wrong: dict[str, Any], pointer: str, detail: str
) -> None:
    site = Site(app, may=api_clients.MAY)
    errors = problem(site.post(SAID | wrong), 422)["errors"]
    assert errors[0]["pointer"] == pointer
    assert detail in errors[0]["detail"]
    assert stored(app) == []


def test_what_a_resident_got_wrong_keeps_nobody_from_being_heard(app: Flask, site: Site) -> None:
    bad = {"sender": {"phone": "0770"}, "attachments": [{"filename": "boiler.exe", "content": "AAAA"}]}
    answer = site.post(SAID | bad)
    assert answer.status_code == 202
    assert len(answer.get_json()["problems"]) == 2
    assert stored(app)[0].text == SAID["text"]


GARBAGE = (
    b"", b"   ", b"\x00\xff", b"not json", b"[1, 2]", b"null", b"[" * 100_000, b'{"text": NaN}', "é".encode("cp1252"),
)  # fmt: skip


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_is_refused_in_words_and_kept_nowhere(app: Flask, site: Site, body: bytes) -> None:
    said = problem(site.post(body), 400)
    assert "Nothing was kept" in said["detail"]
    problem(site.post(body, path="webform"), 400)
    assert stored(app) == []


@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml", "multipart/form-data; boundary=x"])
def test_only_json_is_taken(app: Flask, site: Site, kind: str) -> None:
    problem(site.post(SAID, **{"Content-Type": kind}), 415)
    problem(site.post(urlencode(SUBMISSION), **{"Content-Type": "application/x-www-form-urlencoded"}), 415)
    assert stored(app) == []


@pytest.mark.parametrize("name", ["with a blank", "é", "x" * 256])
def test_a_name_that_cannot_be_one_is_refused(app: Flask, site: Site, name: str) -> None:
    problem(site.post(SAID, **{"Idempotency-Key": name}), 400)
    assert stored(app) == []


def test_what_is_too_large_is_refused_before_it_is_read(
    app: Flask, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "LARGEST", 1000)
    problem(site.post(SAID | {"text": "x" * 1001}), 413)
    assert stored(app) == []


def test_who_comes_too_often_is_told_when_to_come_back(app: Flask) -> None:
    slow, other = Site(app, "slow", per_minute=2), Site(app, "other")
    answers = [slow.post(SAID) for _ in range(4)]
    if len(stored(app)) == 2:  # the minute may have turned meanwhile
        problem(answers[2], 429)
        assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert {answer.status_code for answer in answers} == {202, 429}
    assert other.post(SAID).status_code == 202


def test_when_we_are_full_nobody_is_told_that_anything_was_kept(
    app: Flask, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise Full

    monkeypatch.setattr(app.extensions["turnstile"], "keep", full)
    answer = site.post(SAID)
    problem(answer, 503)
    assert answer.headers["Retry-After"] == "5"
    assert stored(app) == []


def test_when_the_book_is_away_nobody_is_told_that_anything_was_kept(
    app: Flask, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("", {}, Exception("database is locked"))

    monkeypatch.setattr(app.extensions["turnstile"], "keep", away)
    answer = site.post(SAID)
    assert "Nothing was kept" in problem(answer, 503)["detail"]
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v2/messages", "/api/v1/messages/x", "/api/v1/messages/-1", "/api/v1/x"]
)
def test_an_address_that_there_is_not_is_answered_as_a_program_expects(client: FlaskClient, path: str) -> None:
    problem(client.get(path), 404)


def test_a_method_that_there_is_not_is_answered_as_a_program_expects(client: FlaskClient) -> None:
    answer = client.delete("/api/v1/messages")
    problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_no_page_of_another_site_is_let_in(site: Site) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    for answer in (
        site.client.options("/api/v1/messages", headers=asked),
        site.post(SAID, Origin="https://elsewhere.example"),
    ):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_drupal_webform_is_heard_once_as_json_and_as_a_form(app: Flask, site: Site, kind: str) -> None:
    body = json.dumps(SUBMISSION) if "json" in kind else urlencode(SUBMISSION)
    answers = [site.post(body, path="webform", **{"Content-Type": kind}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].data == answers[1].data
    (message,) = stored(app)
    assert (message.text, message.sender, message.copies) == (SUBMISSION["message"], SUBMISSION["email"], 1)


def test_a_drupal_submission_that_was_changed_is_a_message_of_its_own(app: Flask, site: Site) -> None:
    site.post(SUBMISSION, path="webform")
    site.post(SUBMISSION | {"message": "The boiler and the lift.", "changed": "1795082500"}, path="webform")
    assert len(stored(app)) == 2


def test_a_drupal_form_may_have_names_of_its_own(app: Flask) -> None:
    site = Site(app, "council-forms", fields={"text": "what_went_wrong", "phone": "tel"})
    site.post({"uuid": "u1", "what_went_wrong": "No heating.", "tel": "07700 900123", "since": "May"}, path="webform")
    (message,) = stored(app)
    assert (message.text, message.sender) == ("No heating.\n\nSince: May", "+447700900123")


def test_a_drupal_form_without_its_uuid_is_heard_all_the_same(app: Flask, site: Site) -> None:
    for _ in range(2):
        assert site.post({"message": "No heating."}, path="webform").status_code == 202
    assert len(stored(app)) == 2


def test_a_known_address_beside_a_new_one_proves_nothing(app: Flask, site: Site) -> None:
    first = site.post(SAID).get_json()["id"]
    process(desk_of(app), Scripted(read_as()), [first], now=datetime.now(UTC))
    reference = site.ask(first).get_json()["reference"]
    posing = SAID | {"sender": SAID["sender"] | {"phone": "07700 900999"}, "reference": reference}
    second = site.post(posing).get_json()["id"]
    process(desk_of(app), Scripted(read_as()), [second], now=datetime.now(UTC))
    assert site.ask(second).get_json()["reference"] != reference


def test_no_log_holds_a_word_of_what_was_posted(app: Flask, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    site.post(SAID)
    site.post(SAID | {"text": 7, "boiler": "The boiler"})
    assert "boiler" not in caplog.text
    assert "ngozi" not in caplog.text.lower()
    assert site.key not in caplog.text


def test_the_page_for_people_names_every_field_and_every_problem(client: FlaskClient) -> None:
    page = client.get("/api/v1/").text
    document = client.get("/api/v1/openapi.json").get_json()
    for model in ("NewMessage", "Sender", "OnBehalfOf", "File", "State"):
        for name in document["components"]["schemas"][model]["properties"]:
            assert f"<code>{name}</code>" in page
    for kind in ("not-readable", "no-key", "not-allowed", "not-found", "too-slow", "said-before", "too-large",
                 "not-a-message", "too-often", "our-fault", "not-now"):  # fmt: skip
        assert f'id="{kind}"' in page
