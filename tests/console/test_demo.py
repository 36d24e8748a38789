"""The demo neighbourhood: real clients, real doors, and nothing that leaves the machine."""

import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, make_server

from casework.settings import settings
from casework.storage import book as facts
from casework.storage import staff
from casework.storage.sessions import Book, book
from casework.storage.tables import Message, StaffMember, StoredReceipt
from channels.chat import bot, outbound, registration
from channels.chat.settings import settings as chat_settings
from channels.email import outbound as mail
from channels.email.settings import settings as email_settings
from channels.errors import ChannelError
from channels.message import Choice, OutboundMessage
from channels.sms import outbound as sms
from channels.sms import provider
from channels.sms.settings import settings as sms_settings
from console.demo import neighbourhood
from console.demo.pages import linked
from intake import smtp_door

NGOZI, EWA = "+447700900123", "5550001"


@dataclass
class Neighbourhood:
    """A running demo: its application, its folder and its book."""

    app: Flask
    var: Path
    book: Book

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def write(self, who: str, way: str, **fields: str) -> Any:
        self.app.config["WTF_CSRF_ENABLED"] = False
        return self.client().post(f"/demo/{who}/{way}", data=fields)

    def page(self, who: str, way: str) -> str:
        return self.client().get(f"/demo/{who}/{way}").text


@pytest.fixture
def demo(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free_port: int) -> Iterator[Neighbourhood]:
    """Earshot's console as `earshot run --demo` starts it, with the SMTP door, and no workers."""
    from console.app import create_app

    monkeypatch.setattr(neighbourhood, "SMTP_PORT", free_port)  # several demos run side by side in the tests
    listening = socket.create_server(("127.0.0.1", 0))
    bind, var = f"127.0.0.1:{listening.getsockname()[1]}", tmp_path / "var"
    for name, value in ({"EARSHOT_DATABASE_URL": sqlite_url, "EARSHOT_BIND": bind}).items():
        monkeypatch.setenv(name, value)
    for name, value in neighbourhood.prepare(var, bind).items():
        monkeypatch.setenv(name, value)
    for cached in (settings, sms_settings, chat_settings, email_settings, smtp_door.settings):
        cached.cache_clear()
    neighbourhood.populate(book(), var=var)
    app = create_app()
    app.testing = True
    server = _serve(app, listening)
    door = smtp_door.open_door(smtp_door.settings())
    yield Neighbourhood(app, var, book())
    app.extensions["postman"].retire()
    door.stop()
    server.shutdown()
    server.server_close()
    provider.close()
    bot.close()
    smtp_door.settings.cache_clear()


def _serve(app: Flask, listening: socket.socket) -> BaseWSGIServer:
    server = make_server("127.0.0.1", 0, app, threaded=True, fd=listening.fileno())
    listening.detach()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


def soon(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 15
    while not (result := found()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)
    return result


def accepted(demo: Neighbourhood) -> list[tuple[str, str, str]]:
    with demo.book.reading() as session:
        return [(row.channel, row.sender, row.new_text) for row in session.scalars(select(Message))]


def whole(demo: Neighbourhood) -> list[Message]:
    with demo.book.reading() as session:
        return list(session.scalars(select(Message)))


def notice(channel: str, to: str, words: str = "We have your message.", key: str = "k" * 32) -> OutboundMessage:
    return OutboundMessage(key, channel, to, words, subject="We have your message", first_tried_at=datetime.now(UTC))


def test_nothing_of_the_real_world_is_left_in_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_STAFF_ALERTS", "slack://real")
    monkeypatch.setenv("EARSHOT_TWILIO_AUTH_TOKEN", "real")
    made = neighbourhood.prepare(tmp_path, "0.0.0.0:8000")
    assert made["EARSHOT_STAFF_ALERTS"] == made["EARSHOT_IMAP_URL"] == ""
    assert made["EARSHOT_TWILIO_AUTH_TOKEN"] != "real"
    for name in ("EARSHOT_TWILIO_API_BASE", "EARSHOT_TELEGRAM_API_BASE", "EARSHOT_SMTP_URL"):
        assert "//127.0.0.1:" in made[name]


def test_a_demo_prepared_again_keeps_its_keys_and_leaves_a_taken_port(tmp_path: Path) -> None:
    first = neighbourhood.prepare(tmp_path, "127.0.0.1:8000")
    with socket.create_server(("127.0.0.1", int(first["EARSHOT_SMTP_DOOR_BIND"].rpartition(":")[2]))):
        second = neighbourhood.prepare(tmp_path, "127.0.0.1:8000")
    differ = {name for name in first if first[name] != second[name]}
    assert differ == {"EARSHOT_SMTP_URL", "EARSHOT_SMTP_DOOR_BIND"}
    assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0


def test_a_landlord_and_policy_of_ones_own_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_POLICY", "norton")
    assert neighbourhood.prepare(tmp_path, "127.0.0.1:8000")["EARSHOT_POLICY"] == "norton"


def test_the_staff_can_sign_in_and_a_second_time_changes_nothing(demo: Neighbourhood) -> None:
    neighbourhood.populate(demo.book, var=demo.var)
    email, password = neighbourhood.sign_in(demo.var)
    with demo.book.reading() as session:
        assert facts.is_demo(session)
        everybody = {member.name: member for member in session.scalars(select(StaffMember))}
        assert set(everybody) == {"Priya Shah", "Tom Reed"}
        assert everybody["Priya Shah"].email == email
        assert staff.password_fits(everybody["Priya Shah"].password_hash, password)


def test_no_demo_page_exists_beside_a_real_book(client: FlaskClient) -> None:
    assert client.get("/demo").status_code == 404
    assert client.post("/demo/twilio/2010-04-01/Accounts/x/Messages.json").status_code == 404
    assert "Demonstration" not in client.get("/").text


def test_every_page_says_that_it_is_a_demonstration(demo: Neighbourhood) -> None:
    for address in ("/", "/demo/ngozi/text", "/nowhere", "/staff/sign-in"):
        assert "nothing here is sent to anybody" in demo.client().get(address).text


def test_a_text_goes_in_by_the_real_door_signed(demo: Neighbourhood) -> None:
    assert demo.write("ngozi", "text", body="The boiler is broken.").status_code == 302
    assert soon(lambda: accepted(demo)) == [("sms", NGOZI, "The boiler is broken.")]
    assert "has it" in soon(lambda: "has it" in demo.page("ngozi", "text") and demo.page("ngozi", "text"))


def test_a_text_of_ours_is_kept_shown_and_reported_delivered(demo: Neighbourhood) -> None:
    receipt = sms.send(notice("sms", NGOZI, "Reference 4817-2736-K"), now=datetime.now(UTC))
    assert receipt.status == "accepted"
    assert "Reference 4817-2736-K" in demo.page("ngozi", "text")

    def delivered() -> bool:
        with demo.book.reading() as session:
            return any(row.status == "delivered" for row in session.scalars(select(StoredReceipt)))

    assert soon(delivered)


def test_twilio_can_be_asked_what_became_of_a_text(demo: Neighbourhood) -> None:
    sent = sms.send(notice("sms", NGOZI), now=datetime.now(UTC))
    found = sms.ask(notice("sms", NGOZI), now=datetime.now(UTC))
    assert found is not None
    assert found.provider_id == sent.provider_id
    assert sms.ask(notice("sms", NGOZI, "never sent"), now=datetime.now(UTC)) is None


def test_after_stop_twilio_takes_no_more_texts_for_that_number(demo: Neighbourhood) -> None:
    demo.write("ngozi", "text", body="STOP")
    with pytest.raises(ChannelError) as refused:
        sms.send(notice("sms", NGOZI), now=datetime.now(UTC))
    assert refused.value.permanent
    demo.write("ngozi", "text", body="START")
    assert sms.send(notice("sms", NGOZI), now=datetime.now(UTC)).status == "accepted"


def test_the_provider_s_door_is_shut_without_its_password(demo: Neighbourhood) -> None:
    account = os.environ["EARSHOT_TWILIO_ACCOUNT_SID"]
    address = f"/demo/twilio/2010-04-01/Accounts/{account}/Messages.json"
    assert demo.client().post(address, data={"To": NGOZI, "Body": "hello"}).status_code == 401
    assert demo.client().get("/demo/telegram/bot1:wrong/getMe").status_code == 401


def test_a_chat_goes_in_once_the_bot_has_a_webhook_and_its_answer_is_shown(demo: Neighbourhood) -> None:
    assert registration.bot_name() == "larchmere_homes_bot"
    registration.push_to(os.environ["EARSHOT_PUBLIC_URL"])
    demo.write("ewa", "chat", body="[Mould] in the bedroom again")
    assert soon(lambda: accepted(demo)) == [("chat", EWA, "[Mould] in the bedroom again")]
    sent = outbound.send(notice("chat", EWA, "{Reference} 4817-2736-K"), now=datetime.now(UTC))
    assert sent.status == "accepted"
    assert "{Reference} 4817-2736-K" in demo.page("ewa", "chat")


def test_the_buttons_of_a_chat_can_be_pressed_and_come_in_as_telegram_s_do(demo: Neighbourhood) -> None:
    registration.push_to(f"http://{settings().bind}")
    said = OutboundMessage(
        key="c4" * 16, channel="chat", to=EWA, text="We have it.",
        choices=(Choice("It's a complaint", "complaint:48172736K"), Choice("Where is my case?", "cases")),
    )  # fmt: skip
    outbound.send(said, now=datetime.now(UTC))
    number = re.search(r'value="(\d+):1"', demo.page("ewa", "chat"))
    assert number is not None
    demo.write("ewa", "chat/press", press=f"{number[1]}:1")
    [pressed] = soon(lambda: whole(demo))
    assert (pressed.new_text, pressed.sender, pressed.details["button"]) == ("Where is my case?", EWA, "cases")
    assert pressed.in_reply_to == f"{EWA}:{number[1]}"
    assert "presses" in demo.page("ewa", "chat")


def test_start_is_the_first_button_of_a_chat(demo: Neighbourhood) -> None:
    registration.push_to(f"http://{settings().bind}")
    assert 'value="start"' in demo.page("ewa", "chat")
    demo.write("ewa", "chat/press", press="start")
    [start] = soon(lambda: whole(demo))
    assert start.details["keyword"] == "start"


@pytest.mark.parametrize("press", ["", "7", "7:0", "x:y", "7:99999999999999999999", "1:-1"])
def test_a_button_that_is_not_there_does_nothing(demo: Neighbourhood, press: str) -> None:
    answer = demo.write("ewa", "chat/press", press=press)
    assert answer.status_code == 302
    assert accepted(demo) == []


def test_without_a_webhook_the_bot_is_asked_and_confirmed_as_telegram_is(demo: Neighbourhood) -> None:
    from channels.chat.polling import updates

    registration.keep_until_asked()
    demo.write("ewa", "chat", body="Hello")
    first, offset = updates(None, timeout=0)
    again, _ = updates(None, timeout=0)
    assert [number for number, _ in first] == [number for number, _ in again]
    assert updates(offset, timeout=0) == ([], offset)


def test_a_stranger_s_chat_is_not_found(demo: Neighbourhood) -> None:
    with pytest.raises(ChannelError) as refused:
        outbound.send(notice("chat", "999"), now=datetime.now(UTC))
    assert refused.value.permanent


def test_mail_goes_in_by_smtp_and_the_answer_comes_to_the_mailbox(demo: Neighbourhood) -> None:
    demo.write("stan", "mail", subject="The lift", body="The lift is out again.")
    assert accepted(demo) == [("email", "stan.bright@example.net", "The lift is out again.")]
    mail.send(notice("email", "stan.bright@example.net", "Thank you, Mr Bright."), now=datetime.now(UTC))
    page = demo.page("stan", "mail")
    assert "Thank you, Mr Bright." in page
    assert "Answer “We have your message”" in page


def test_a_reply_stands_in_the_thread_and_quotes_what_it_answers(demo: Neighbourhood) -> None:
    mail.send(notice("email", "stan.bright@example.net", "Thank you, Mr Bright."), now=datetime.now(UTC))
    demo.write("stan", "mail", body="Monday suits me.", answers="yes")
    with demo.book.reading() as session:
        message = session.scalars(select(Message)).one()
        assert message.new_text == "Monday suits me."
        assert "> Thank you, Mr Bright." in message.text
        assert message.in_reply_to == mail.message_id("k" * 32)
        assert message.subject == "Re: We have your message"


def test_a_closed_mail_door_is_said_and_nothing_is_pretended(
    demo: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_SMTP_URL", "smtp://127.0.0.1:1")
    email_settings.cache_clear()
    demo.app.config["WTF_CSRF_ENABLED"] = False
    answer = demo.client().post("/demo/stan/mail", data={"body": "Hello"}, follow_redirects=True)
    assert "The mail door did not take it" in answer.text
    assert "The mailbox is empty" in answer.text


def test_nothing_is_written_for_an_empty_message(demo: Neighbourhood) -> None:
    demo.app.config["WTF_CSRF_ENABLED"] = False
    answer = demo.client().post("/demo/ngozi/text", data={"body": " "}, follow_redirects=True)
    assert "Write something first." in answer.text


def test_reset_empties_handsets_and_mailboxes(demo: Neighbourhood) -> None:
    demo.write("ngozi", "text", body="Hello")
    mail.send(notice("email", "stan.bright@example.net"), now=datetime.now(UTC))
    demo.client().post("/demo/reset")
    assert "No messages yet" in demo.page("ngozi", "text")
    assert "The mailbox is empty" in demo.page("stan", "mail")


@pytest.mark.parametrize("address", ["/demo/nobody/text", "/demo/ngozi/chat", "/demo/ewa/mail", "/demo/ngozi/pigeon"])
def test_what_a_resident_has_not_is_not_found(demo: Neighbourhood, address: str) -> None:
    assert demo.client().get(address).status_code == 404


def test_a_page_of_strangers_cannot_write_for_a_resident(demo: Neighbourhood) -> None:
    assert demo.client().post("/demo/ngozi/text", data={"body": "Hello"}).status_code == 400


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("See http://x.example/a.", '<a href="http://x.example/a">http://x.example/a</a>.'),
        ("<b>", "&lt;b&gt;"),
        ('http://x.example/"onclick', '<a href="http://x.example/">http://x.example/</a>&#34;onclick'),
        ("no link", "no link"),
    ],
)
def test_addresses_become_links_and_nothing_else_becomes_anything(words: str, html: str) -> None:
    assert html in linked(words)
