"""A resident proves an address by a code and sees what is theirs; nobody learns or sees anything else (law 12)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from support.staffroom import DAY, desk_of, hear, read_as

from casework.codes import code_of
from casework.links import token_for
from casework.storage.people_tables import ContactCode, Suggestion
from casework.storage.tables import Case, Contact, Notice
from classifier.labels import Label
from console import reach
from intake.likeness import compare_new

PHONE, MAIL, STRANGER = "+447700900001", "ngozi.okafor@example.org", "somebody.else@example.org"
BY_TEXT, BY_MAIL = "The boiler at 14 Larch Road is broken.", "The boiler at 14 Larch Road: please mend it."


@pytest.fixture
def cases(console: Any) -> tuple[str, str]:
    """What Ngozi sent by text yesterday and by mail today, without telling us that both are hers."""
    app, read = console.app, read_as(Label.SERVICE_REQUEST)
    by_text = hear(app, BY_TEXT, number=1, ago=DAY, read=read)
    by_mail = hear(
        app, BY_MAIL, number=2, channel="email", our_address="info@larchmere.example",
        external_id="<1@example.org>", sender=MAIL, subject="Boiler", read=read,
    )  # fmt: skip
    return by_text, by_mail


@pytest.fixture
def page(console: Any) -> Callable[[str], str]:
    return lambda reference: f"/case/{token_for(reference, desk_of(console.app).secret)}"


def ask(client: FlaskClient, page: str, address: str) -> Any:
    return client.post(f"{page}/reach", data={"address": address})


def sealed(answer: Any) -> str:
    found = re.search(r'name="to" value="([^"]+)"', answer.text)
    assert found is not None
    return found[1]


def code(console: Any) -> str:
    with console.book.reading() as session:
        nonce = session.scalars(select(ContactCode.nonce).order_by(ContactCode.id.desc())).first()
        return code_of(nonce, console.desk.secret)


def prove(console: Any, client: FlaskClient, page: str, address: str) -> Any:
    asked = ask(client, page, address)
    return client.post(f"{page}/reach/code", data={"to": sealed(asked), "code": code(console)})


def person_of(console: Any, address: str) -> int:
    with console.book.reading() as session:
        return int(session.scalars(select(Contact.person_id).where(Contact.address == address)).one())


def test_without_a_proof_only_the_state_and_the_dates_are_shown(console: Any, page: Any) -> None:
    reference = hear(console.app, BY_TEXT)
    shown = console.client().get(f"{page(reference)}/everything").text
    assert "Complaint, stage 1: received" in shown
    assert "We acknowledge your complaint" in shown
    assert "boiler" not in shown


def test_the_page_of_the_case_leads_to_both(console: Any, cases: tuple[str, str], page: Any) -> None:
    shown = console.client().get(page(cases[0])).text
    assert "Add another way to reach me" in shown
    assert "Show me everything that I have with you" in shown


def test_two_addresses_proved_in_one_session_show_everything(console: Any, cases: tuple[str, str], page: Any) -> None:
    client = console.client()
    first = prove(console, client, page(cases[0]), "07700 900001")
    assert first.location == f"{page(cases[0])}/everything?done=proved"
    shown = client.get(first.location).text
    assert BY_TEXT in shown
    assert BY_MAIL not in shown
    assert person_of(console, PHONE) != person_of(console, MAIL)
    shown = client.get(prove(console, client, page(cases[0]), MAIL).location).text
    assert BY_TEXT in shown
    assert cases[1] in shown
    assert person_of(console, PHONE) == person_of(console, MAIL)
    assert client.get(page(cases[1])).status_code == 200


def test_proofs_of_two_sessions_link_nothing(console: Any, cases: tuple[str, str], page: Any) -> None:
    prove(console, console.client(), page(cases[0]), PHONE)
    prove(console, console.client(), page(cases[0]), MAIL)
    assert person_of(console, PHONE) != person_of(console, MAIL)


def test_a_proof_is_forgotten_after_half_an_hour(
    console: Any, cases: tuple[str, str], page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = console.client()
    prove(console, client, page(cases[0]), PHONE)
    monkeypatch.setattr(reach, "PROVED_FOR", timedelta(seconds=-1))
    assert BY_TEXT not in client.get(f"{page(cases[0])}/everything").text


def test_known_and_unknown_addresses_get_the_same_page(console: Any, cases: tuple[str, str], page: Any) -> None:
    client = console.client()
    pages = [
        re.sub(r'value="[^"]*"', "", ask(client, page(cases[0]), address).text).replace(address, "")
        for address in (MAIL, STRANGER)
    ]
    assert pages[0] == pages[1]
    with console.book.reading() as session:
        sent = session.scalars(select(Notice.address).where(Notice.kind == "contact_code")).all()
    assert sorted(sent) == [MAIL, STRANGER]


def test_the_fourth_code_of_an_hour_is_not_sent_and_the_page_is_the_same(
    console: Any, cases: tuple[str, str], page: Any
) -> None:
    client = console.client()
    pages = [re.sub(r'value="[^"]*"', "", ask(client, page(cases[0]), MAIL).text) for _ in range(5)]
    assert len(set(pages)) == 1
    with console.book.reading() as session:
        assert len(session.scalars(select(Notice).where(Notice.kind == "contact_code")).all()) == 3


def test_a_wrong_code_says_so_and_can_be_mended(console: Any, cases: tuple[str, str], page: Any) -> None:
    client = console.client()
    to = sealed(ask(client, page(cases[0]), MAIL))
    wrong = client.post(f"{page(cases[0])}/reach/code", data={"to": to, "code": "12345"})
    assert wrong.status_code == 400
    assert "This code is not right" in wrong.text
    right = client.post(f"{page(cases[0])}/reach/code", data={"to": sealed(wrong), "code": code(console)})
    assert right.status_code == 303


@pytest.mark.parametrize("typed", ["", "ngozi at example", "12", "x" * 400])
def test_what_is_no_address_is_asked_for_again(console: Any, cases: tuple[str, str], page: Any, typed: str) -> None:
    answer = ask(console.client(), page(cases[0]), typed)
    assert answer.status_code == 400
    assert "Enter an email address or a phone number" in answer.text


def test_an_address_cannot_be_slipped_in_for_the_one_that_was_sealed(
    console: Any, cases: tuple[str, str], page: Any
) -> None:
    client = console.client()
    ask(client, page(cases[0]), STRANGER)
    of_another = sealed(ask(client, page(cases[1]), MAIL))
    for to in ("", MAIL, of_another):
        answer = client.post(f"{page(cases[0])}/reach/code", data={"to": to, "code": code(console)})
        assert answer.status_code == 400


def test_the_cookie_holds_no_address_and_is_kept_from_scripts_and_other_sites(
    console: Any, cases: tuple[str, str], page: Any
) -> None:
    cookie = prove(console, console.client(), page(cases[0]), MAIL).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/case" in cookie
    assert MAIL not in cookie


def test_a_cookie_that_we_did_not_sign_proves_nothing(console: Any, cases: tuple[str, str], page: Any) -> None:
    client = console.client()
    client.set_cookie(reach.COOKIE, "W1sxLDk5OTk5OTk5OTkuMF1d.aaaa.bbbb", path="/case")
    assert BY_TEXT not in client.get(f"{page(cases[0])}/everything").text


def test_the_resident_joins_two_proven_cases_of_their_own(console: Any, cases: tuple[str, str], page: Any) -> None:
    client = console.client()
    prove(console, client, page(cases[0]), PHONE)
    prove(console, client, page(cases[0]), MAIL)
    compare_new(console.desk, now=datetime.now(UTC))
    shown = client.get(f"{page(cases[0])}/everything").text
    assert "Are these about the same matter?" in shown
    assert "both name 14 Larch Road" in shown
    number = re.search(r'name="pair" value="(\d+)"', shown)
    assert number is not None
    data = {"pair": number[1], "choice": "join"}
    assert console.client().post(f"{page(cases[0])}/together", data=data).status_code == 404  # without the proof
    assert client.post(f"{page(cases[0])}/together", data=data).status_code == 303
    assert f"We deal with this together with {cases[0]}" in client.get(page(cases[1])).text
    assert f"as {cases[1]} is about the same matter" in client.get(page(cases[0])).text
    assert client.post(f"{page(cases[0])}/together", data=data).status_code in (404, 409)


def test_cases_of_two_people_are_never_put_to_one_of_them(console: Any, cases: tuple[str, str], page: Any) -> None:
    compare_new(console.desk, now=datetime.now(UTC))
    with console.book.reading() as session:
        pair = session.scalars(select(Suggestion)).one()
    client = console.client()
    prove(console, client, page(cases[0]), PHONE)
    assert "Are these about the same matter?" not in client.get(f"{page(cases[0])}/everything").text
    data = {"pair": str(pair.id), "choice": "join"}
    assert client.post(f"{page(cases[0])}/together", data=data).status_code == 404


def test_a_complaint_made_on_the_page_of_a_joined_case_is_the_one_it_was_joined_to(
    console: Any, cases: tuple[str, str], page: Any
) -> None:
    client = console.client()
    prove(console, client, page(cases[0]), PHONE)
    prove(console, client, page(cases[0]), MAIL)
    compare_new(console.desk, now=datetime.now(UTC))
    number = re.search(r'name="pair" value="(\d+)"', client.get(f"{page(cases[0])}/everything").text)
    client.post(f"{page(cases[0])}/together", data={"pair": number[1] if number else "", "choice": "join"})
    assert client.post(f"{page(cases[1])}/complaint").status_code == 303
    with console.book.reading() as session:
        assert session.scalar(select(Case.state).where(Case.reference == cases[0])) == "stage_1_received"


def test_looking_writes_nothing(console: Any, cases: tuple[str, str], page: Any) -> None:
    said: list[str] = []
    event.listen(console.book.engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    for path in ("reach", "everything"):
        assert console.client().get(f"{page(cases[0])}/{path}").status_code == 200
    assert {statement.split()[0] for statement in said} == {"BEGIN", "SELECT"}


@pytest.mark.parametrize("path", ["reach", "everything"])
def test_nobody_else_opens_it(client: FlaskClient, path: str) -> None:
    assert client.get(f"/case/48172736K.AAAAAAAAAAAA/{path}").status_code == 404
