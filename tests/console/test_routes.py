"""Who may open what: every staff route in exactly one access list, closed to strangers, and no GET that writes."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from support.staffroom import Officer, Statements, desk_of, hear, hire
from werkzeug.routing import Rule

from casework.storage.tables import Message
from console.access import DOOR, LISTS, READERS
from intake.accept import keep_unreadable


def staff_rules(app: Flask, method: str | None = None) -> list[Rule]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/staff")]
    return [rule for rule in rules if method is None or method in (rule.methods or ())]


def listed(app: Flask, rule: Rule) -> list[str]:
    view = app.view_functions[rule.endpoint]
    name = f"{view.__module__}.{view.__name__}"
    return [access.name for access in LISTS for seen in access.views if seen == name]


def address(rule: Rule, reference: str = "4817-2736-K", number: int = 1) -> str:
    return re.sub(r"<int:\w+>", str(number), rule.rule).replace("<reference>", reference)


def test_there_are_staff_routes(app: Flask) -> None:
    assert len(staff_rules(app)) > 15


def test_every_staff_route_stands_in_exactly_one_access_list(app: Flask) -> None:
    for rule in staff_rules(app):
        assert len(listed(app, rule)) == 1, rule


def test_only_the_sign_in_page_is_open_to_strangers(app: Flask) -> None:
    assert {rule.rule for rule in staff_rules(app) if listed(app, rule) == [DOOR.name]} == {"/staff/sign-in"}


def test_a_stranger_is_sent_to_the_door_and_back_to_the_page_afterwards(app: Flask) -> None:
    for rule in staff_rules(app, "GET"):
        if rule.rule != "/staff/sign-in":
            response = app.test_client().get(address(rule) + "?kind=complaint")
            assert response.status_code == 302, rule
            assert response.location.startswith("/staff/sign-in?next=/staff/"), rule
            assert "kind%3Dcomplaint" in response.location


def test_a_stranger_can_do_nothing(app: Flask) -> None:
    stranger = app.test_client()
    token = re.search(r'csrf_token" value="([^"]+)"', stranger.get("/staff/sign-in").text)
    assert token is not None
    for rule in staff_rules(app, "POST"):
        if rule.rule != "/staff/sign-in":
            response = stranger.post(address(rule), data={"csrf_token": token[1]})
            assert response.status_code == 401, rule
            assert "Nothing was saved or sent" in response.text


def test_a_form_without_its_token_is_refused_in_words(app: Flask) -> None:
    officer = hire(app)
    for rule in staff_rules(app, "POST"):
        response = officer.client.post(address(rule))
        assert response.status_code == 400, rule
        assert "This page is out of date" in response.text


@pytest.mark.parametrize("role", ["member_responsible", "auditor", "data_protection"])
def test_those_who_only_read_can_change_nothing(app: Flask, role: str) -> None:
    reader = hire(app, role=role)
    for rule in staff_rules(app, "POST"):
        if listed(app, rule) not in ([READERS.name], [DOOR.name]):
            response = reader.post(address(rule))
            assert response.status_code == 403, rule
            assert "Your role does not allow it" in response.text


def test_no_get_writes_or_commits(app: Flask) -> None:
    officer, reference, number = populated(app)
    for rule in staff_rules(app, "GET"):
        with Statements(app) as statements:
            response = officer.client.get(address(rule, reference, number))
        assert response.status_code in (200, 302, 404), rule
        assert statements.writes == [], rule
        assert statements.commits == 0, rule


def test_pages_run_no_script_and_no_style_of_their_own(app: Flask) -> None:
    officer, reference, number = populated(app)
    for rule in staff_rules(app, "GET"):
        response = officer.client.get(address(rule, reference, number))
        if response.status_code == 200 and response.mimetype == "text/html":
            assert " style=" not in response.text, rule
            assert not re.search(r"\son\w+=", response.text), rule
            assert response.headers["Cache-Control"] == "no-store"


def test_what_is_not_there_is_said_in_the_console_s_own_words(app: Flask) -> None:
    response = hire(app).client.get("/staff/cases/4817-2736-K")
    assert response.status_code == 404
    assert "There is nothing here" in response.text
    assert "Sign out" in response.text


def populated(app: Flask) -> tuple[Officer, str, int]:
    """An officer, the reference of a case, and the number of a message in quarantine."""
    now = datetime.now(UTC)
    reference = hear(app)
    number = keep_unreadable(
        desk_of(app).book, channel="sms", our_address="+441632960100", raw=b"\xff", received_at=now, reason="?", now=now
    )
    with desk_of(app).book.reading() as session:
        assert session.get(Message, number) is not None
    return hire(app), reference, number
