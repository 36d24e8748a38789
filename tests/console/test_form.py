"""The form: thanked only when it is kept, kept once, and kept whole."""

import base64
import io
import json
import re
import socket
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from itsdangerous import URLSafeSerializer
from sqlalchemy import event, select
from support.clamd import EICAR, clamd
from support.pictures import PLACE, heic_with_secrets, photo_with_secrets
from werkzeug.test import TestResponse

from casework.reading import COMPLAINT, Reading
from casework.settings import settings
from casework.storage import cases, messages, people
from casework.storage.sessions import Book
from casework.storage.tables import Message, Notice, StoredAttachment
from console import form

WORDS = "The boiler is broken for the third time and nobody came."


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "WAIT", 0.0)


def form_in(page: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def form_id(client: FlaskClient) -> str:
    return form_in(client.get("/").text)


def send(client: FlaskClient, form: str | None = None, **fields: Any) -> TestResponse:
    data = {"form": form or form_id(client), "message": WORDS} | fields
    return client.post("/", data=data, content_type="multipart/form-data")


def kept(book: Book) -> list[Message]:
    with book.reading() as session:
        found = list(session.scalars(select(Message).order_by(Message.id)))
        session.expunge_all()
        return found


@pytest.fixture
def open_case(console: Any) -> Callable[..., str]:
    """Open a case for the newest message, as the worker would; gives its reference."""

    def opened(*, kind: str = COMPLAINT, known_since: datetime | None = None) -> str:
        now = datetime.now(UTC)
        with console.book.transaction() as session:
            message = session.scalars(select(Message).order_by(Message.id.desc())).first()
            known: dict[Any, Any] = {}
            person = people.know(
                session, None, [("email", "ngozi.okafor@example.org")], known,
                name="Ngozi Okafor", home="", adjustments="", now=known_since or now,
            )  # fmt: skip
            message.assessment = {"hazards": ["no_heating_or_hot_water"], "urgent": True}
            case = cases.open_case(
                session, message, Reading(kind, (kind,)), person=person, rules=console.desk.rules, now=now
            )
            messages.settle(message, "opened", case=case, now=now)
            return str(case.reference)

    return opened


def test_a_message_is_kept_before_anybody_is_thanked(console: Any) -> None:
    answer = send(console.client(), name="Ngozi Okafor", email="Ngozi.Okafor@example.org", phone="07700 900123")
    assert answer.status_code == 303
    (message,) = kept(console.book)
    assert (message.channel, message.sender, message.sender_name) == (
        "webform", "ngozi.okafor@example.org", "Ngozi Okafor",
    )  # fmt: skip
    assert message.new_text == WORDS
    assert message.details["contact_phone"] == "+447700900123"


def test_nobody_needs_a_name_a_cookie_or_a_script(console: Any) -> None:
    client = console.app.test_client(use_cookies=False)
    page = client.get("/")
    assert "Set-Cookie" not in page.headers
    assert send(client).status_code == 303
    (message,) = kept(console.book)
    assert message.sender == ""


def test_an_impatient_second_click_is_stored_once(console: Any) -> None:
    client = console.client()
    form = form_id(client)
    places = {send(client, form).headers["Location"] for _ in range(3)}
    assert len(places) == 1
    assert [message.copies for message in kept(console.book)] == [2]


def test_another_message_from_the_same_page_is_not_taken_for_a_copy(console: Any) -> None:
    client = console.client()
    form = form_id(client)
    send(client, form)
    send(client, form, message="And the lift, too.")
    assert [message.new_text for message in kept(console.book)] == [WORDS, "And the lift, too."]


def test_what_is_wrong_is_said_and_what_was_written_stays(console: Any) -> None:
    answer = send(console.client(), message=" ", email="ngozi at example", name="<b>Ngozi</b>")
    assert answer.status_code == 400
    assert "<title>Error: " in answer.text
    assert 'href="#message"' in answer.text
    assert "Enter an email address in the correct format" in answer.text
    assert 'value="ngozi at example"' in answer.text
    assert "&lt;b&gt;Ngozi&lt;/b&gt;" in answer.text
    assert kept(console.book) == []


def test_files_are_kept_with_the_message(console: Any) -> None:
    files = [(io.BytesIO(b"\xff\xd8jpeg"), "boiler.jpg", "image/jpeg"), (io.BytesIO(b"%PDF-"), "letter.pdf")]
    assert send(console.client(), files=files).status_code == 303
    with console.book.reading() as session:
        stored = [(file.filename, file.content) for file in session.scalars(select(StoredAttachment))]
    assert stored == [("boiler.jpg", b"\xff\xd8jpeg"), ("letter.pdf", b"%PDF-")]


@pytest.mark.parametrize(
    ("name", "count", "sentence"),
    [
        ("virus.exe", 1, "must be a photo, a document, a sound recording or a video"),
        ("photo.jpg", 11, "You can only attach 10 files. You have chosen 11"),
    ],
)
def test_files_that_cannot_be_taken_are_named(console: Any, name: str, count: int, sentence: str) -> None:
    answer = send(console.client(), files=[(io.BytesIO(b"x"), name) for _ in range(count)])
    assert answer.status_code == 400
    assert sentence in answer.text
    assert "Please choose your files again." in answer.text
    assert kept(console.book) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (bytes(range(256)) * 20, "application/octet-stream"),
        (b"message=caf\xe9", "application/x-www-form-urlencoded"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
    ],
    ids=["empty", "binary", "wrong encoding", "torn", "json"],
)
def test_whatever_is_posted_is_answered_with_the_form(console: Any, body: bytes, kind: str) -> None:
    answer = console.client().post("/", data=body, content_type=kind)
    assert answer.status_code == 400
    assert "There is a problem" in answer.text
    assert kept(console.book) == []


def test_letters_that_no_database_holds_do_not_lose_the_rest(console: Any) -> None:
    assert send(console.client(), message="The boiler \x00 is broken \U0001f525").status_code == 303
    assert [message.new_text for message in kept(console.book)] == ["The boiler \ufffd is broken \U0001f525"]


def test_a_page_that_we_did_not_sign_gets_a_fresh_one_and_keeps_the_words(console: Any) -> None:
    answer = send(console.client(), "forged.signature")
    assert answer.status_code == 400
    assert WORDS in answer.text
    assert "Please send it once more" in answer.text
    again = re.search(r'name="form" value="([^"]+)"', answer.text)
    assert again is not None
    assert send(console.client(), again[1]).status_code == 303


def test_far_too_much_is_refused_with_a_sentence(console: Any) -> None:
    console.app.config["MAX_FORM_MEMORY_SIZE"] = 10_000
    answer = send(console.client(), message="x" * 20_000)
    assert answer.status_code == 413
    assert "That is too large" in answer.text


def test_a_locked_book_thanks_nobody(console: Any) -> None:
    client = console.client()
    form = form_id(client)

    @event.listens_for(console.book.engine, "connect")
    def hurry(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    console.book.engine.dispose()
    locker = console.book.engine.raw_connection()
    locker.cursor().execute("BEGIN IMMEDIATE")
    answer = send(client, form, outcome="A boiler that works")
    locker.rollback()
    locker.close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "has not been kept yet" in answer.text
    assert WORDS in answer.text
    assert "A boiler that works" in answer.text
    assert form_in(answer.text) == form, "sent again it is the same message"
    assert send(client, form).status_code == 303


def test_whoever_was_thanked_is_never_told_that_nothing_was_kept(console: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = console.client()
    place = send(client).headers["Location"]
    console.book.engine.dispose()
    monkeypatch.setattr(console.book.engine.dialect, "connect", refused)
    answer = client.get(place)
    assert answer.status_code == 503
    assert "It is safely kept." in answer.text
    assert "not been kept" not in answer.text


def refused(*_: Any, **__: Any) -> Any:
    raise sqlite3.OperationalError("unable to open database file")


def test_before_the_worker_has_looked_the_page_says_so_and_offers_to_look_again(console: Any) -> None:
    client = console.client()
    place = send(client).headers["Location"]
    page = client.get(place)
    assert "We have your message" in page.text
    assert "Your reference is not ready yet" in page.text
    assert f'href="{place}">Show my reference' in page.text


def test_the_reference_is_shown_with_how_to_say_it_and_the_date(console: Any, open_case: Callable[..., str]) -> None:
    client = console.client()
    place = send(client).headers["Location"]
    reference = open_case()
    page = client.get(place).text
    assert reference in page
    assert " for " in page
    assert re.search(r"By <strong>(Mon|Tues|Wednes|Thurs|Fri)day \d+ \w+ \d{4}</strong>", page)
    assert f"/case/{reference.replace('-', '')}." in page
    assert "Show my reference" not in page


def test_somebody_known_gets_the_link_by_message_and_not_from_whoever_typed_their_address(
    console: Any, open_case: Callable[..., str]
) -> None:
    client = console.client()
    place = send(client).headers["Location"]
    open_case(known_since=datetime(2026, 1, 1, tzinfo=UTC))
    page = client.get(place).text
    assert "/case/" not in page
    assert "A message to you is on its way" in page


def test_a_thank_you_page_that_we_did_not_make_is_not_found(client: FlaskClient) -> None:
    assert client.get("/received/made-up.token").status_code == 404


def test_the_way_back_is_not_told_to_other_sites(client: FlaskClient) -> None:
    answer = client.get("/")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("lang", ["", "?lang=pl"])
def test_the_outcome_and_on_whose_behalf_are_kept(console: Any, lang: str) -> None:
    client = console.client()
    data = {
        "form": form_id(client), "message": WORDS, "outcome": "A boiler that works by Friday", "behalf": "other",
        "resident": "Stan Brown", "relation": "neighbour", "authority": "none", "name": "Ngozi Okafor",
    }  # fmt: skip
    assert client.post(f"/{lang}", data=data).status_code == 303
    (message,) = kept(console.book)
    assert message.new_text == f"{WORDS}\n\nWhat would put it right: A boiler that works by Friday"
    told = {
        "outcome_sought": "A boiler that works by Friday", "on_behalf_of": "Stan Brown", "relation": "neighbour",
        "authority": "none", "for_somebody_else": True,
    }  # fmt: skip
    assert message.details == told | ({"page_language": "pl"} if lang else {})


def test_whoever_stays_anonymous_and_gives_a_name_decides_which(console: Any) -> None:
    answer = send(console.client(), behalf="anonymous", name="Ngozi Okafor", prefers="email")
    assert answer.status_code == 400
    assert "Clear your name, email and phone number" in answer.text
    assert 'href="#behalf"' in answer.text
    assert send(console.client(), behalf="anonymous", prefers="email", address="Larch Court").status_code == 303
    (message,) = kept(console.book)
    assert (message.sender, message.details["anonymous"]) == ("", True)


def test_what_a_machine_fills_in_is_thanked_for_kept_and_set_aside(console: Any) -> None:
    client = console.client()
    for n in range(3):
        answer = send(client, message=f"Buy owls {n}", more="https://owls.example")
        page = client.get(answer.headers["Location"]).text
        assert "We have your message" in page
        assert "a person will read it" in page
    assert {(message.state, message.outcome) for message in kept(console.book)} == {("quarantined", "quarantined")}
    assert all("no person sees" in message.reason for message in kept(console.book))
    with console.book.reading() as session:
        alerts = list(session.scalars(select(Notice)))
    assert len(alerts) in (1, 2), "staff are told once in ten minutes, and the clock may have struck"


def test_another_sites_page_cannot_send_without_its_visitor_seeing_it(console: Any) -> None:
    client = console.client()
    data = {"form": form_id(client), "message": WORDS}
    answer = client.post("/", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert WORDS in answer.text
    assert kept(console.book) == []
    assert client.post("/", data=data, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_where_a_photo_was_taken_is_not_kept_even_in_the_raw_payload(console: Any) -> None:
    photo = photo_with_secrets(b"\xff\xd8\xff\xda\x00\x02scan\xff\xd9")
    files = [(io.BytesIO(photo), "mould.jpg", "image/jpeg"), (io.BytesIO(heic_with_secrets()), "damp.jpg")]
    assert send(console.client(), files=files).status_code == 303
    with console.book.reading() as session:
        message = session.scalars(select(Message)).one()
        stored = list(session.scalars(select(StoredAttachment)))
        payload = json.loads(message.raw)
        contents = [base64.b64decode(file["content_b64"]) for file in payload["files"]]
        assert [file.content_type for file in stored] == ["image/jpeg", "image/heic"]
        assert [file.content for file in stored] == contents
    assert not any(PLACE in content for content in contents)


def test_pain_17_a_virus_is_kept_out_and_the_resident_is_told(console: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with clamd() as address:
        monkeypatch.setenv("EARSHOT_CLAMAV", address)
        settings.cache_clear()
        client = console.client()
        files = [(io.BytesIO(EICAR), "letter.txt"), (io.BytesIO(b"\xff\xd8jpeg"), "boiler.jpg")]
        place = send(client, files=files).headers["Location"]
    page = client.get(place).text
    assert "We did not keep the file ‘letter.txt’" in page
    (message,) = kept(console.book)
    assert message.new_text == WORDS
    assert "ClamAV found Eicar-Test-Signature in it" in message.details["problems"][0]
    with console.book.reading() as session:
        assert [file.filename for file in session.scalars(select(StoredAttachment))] == ["boiler.jpg"]
        assert EICAR not in session.scalars(select(Message)).one().raw


def test_pain_17_without_a_scanner_the_files_are_marked(console: Any) -> None:
    send(console.client(), files=[(io.BytesIO(b"\xff\xd8jpeg"), "boiler.jpg")])
    (message,) = kept(console.book)
    assert message.details["problems"] == ["Not scanned for viruses, so open with care: boiler.jpg."]


def test_three_films_that_are_too_large_lose_no_word(console: Any) -> None:
    client = console.client()
    part = '--X\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    fields = {"form": form_id(client), "message": WORDS, "outcome": "A lift"}
    words = "".join(part % (name, "", value) for name, value in fields.items())
    film = part % ("files", '; filename="film.mp4"', "0" * (50 * 1024 * 1024))
    body = (words + film * 3 + "--X--\r\n").encode()
    answer = client.post("/", data=body, content_type="multipart/form-data; boundary=X")
    assert answer.status_code == 400
    assert "‘film.mp4’ must be smaller than 10MB" in answer.text
    assert WORDS in answer.text
    assert "A lift" in answer.text
    assert "Please choose your files again." in answer.text


def test_more_than_any_form_is_refused_before_it_is_read(console: Any) -> None:
    kind, much = "multipart/form-data; boundary=X", {"CONTENT_LENGTH": str(600 * 1024 * 1024)}
    answer = console.client().post("/", data=b"--X", content_type=kind, environ_overrides=much)
    assert answer.status_code == 413
    assert "That is too large" in answer.text


def test_an_old_page_is_still_taken_and_an_old_page_of_another_landlord_is_not(console: Any) -> None:
    old = URLSafeSerializer(console.desk.secret, salt="web form").dumps("6f1d2c3b-0000-4000-8000-000000000001")
    assert send(console.client(), old).status_code == 303
    theirs = URLSafeSerializer("another secret", salt="web form").dumps("6f1d2c3b-0000-4000-8000-000000000001")
    assert send(console.client(), theirs).status_code == 400


def test_the_pages_are_small_enough_for_an_old_phone(console: Any) -> None:
    client = console.client()
    page = client.get("/").data
    linked = re.findall(rb'(?:href|src)="(/static/[^"]+\.(?:css|js))', page)
    assert len(linked) == 2
    whole = len(page)
    for path in linked:
        with client.get(path.decode()) as answer:
            whole += len(answer.data)
    assert whole < 64_000, f"{whole:,} bytes before compression"


def test_a_phone_on_a_slow_line_is_waited_for(console: Any, address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    body = f"form={form_id(console.client())}&message={quote(WORDS)}".encode()
    head = f"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        for start in range(0, len(body), 40):
            line.sendall(body[start : start + 40])
            time.sleep(0.05)
        assert b"303" in line.recv(200)
    assert [message.new_text for message in kept(console.book)] == [WORDS]


def test_a_line_that_is_cut_in_the_middle_stores_nothing(console: Any, address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(
            f"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: 500\r\n\r\nform={form_id(console.client())}&message=half a".encode()
        )
        line.shutdown(socket.SHUT_WR)
        answered = line.recv(4096)
    assert b"303" not in answered[:30]
    assert kept(console.book) == []
