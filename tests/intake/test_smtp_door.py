"""The SMTP door, by a real client: 250 only when the mail stands in the book."""

import mailbox
import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from casework.settings import settings
from casework.storage.sessions import book
from casework.storage.tables import Message
from channels.email.settings import settings as email_settings
from intake import smtp_door
from intake.smtp_door import Door

OURS = "info@larchmere.example"


@pytest.fixture
def door(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, free_port: int, tmp_path: Path) -> Iterator[Any]:
    monkeypatch.setenv("EARSHOT_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("EARSHOT_MAIL_FROM", f"Larchmere Homes <{OURS}>")
    settings.cache_clear()
    email_settings.cache_clear()
    opened = []

    def open_door(keeps: Path | None = None, listening: socket.socket | None = None) -> smtplib.SMTP:
        port = listening.getsockname()[1] if listening else free_port
        controller = smtp_door.open_door(Door(bind=f"127.0.0.1:{port}", keeps=keeps), listening)
        client = smtplib.SMTP("127.0.0.1", port, timeout=10)
        opened.append((controller, client))
        return client

    yield open_door
    for controller, client in opened:
        client.close()
        controller.stop()


def mail(to: str = OURS, **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ngozi Okafor <ngozi.okafor@example.org>", to, "The boiler"
    message["Message-ID"] = "<boiler-1@example.org>"
    for name, value in headers.items():
        message[name] = value
    message.set_content("The boiler is broken for the third time.")
    return message.as_bytes()


def kept() -> list[tuple[str, str, str]]:
    with book().reading() as session:
        return [(row.sender, row.our_address, row.subject) for row in session.scalars(select(Message))]


def test_mail_to_us_is_kept_and_answered_with_its_number(door: Any) -> None:
    client = door()
    client.ehlo()
    client.mail("ngozi.okafor@example.org")
    client.rcpt("Info@Larchmere.example")
    assert client.data(mail()) == (250, b"2.0.0 kept as 1")
    assert kept() == [("ngozi.okafor@example.org", OURS, "The boiler")]


def test_the_same_mail_twice_is_stored_once(door: Any) -> None:
    client = door()
    for _ in range(2):
        client.sendmail("ngozi.okafor@example.org", OURS, mail())
    assert len(kept()) == 1


def test_mail_for_strangers_is_refused(door: Any) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        door().sendmail("x@example.org", "stranger@example.net", mail("stranger@example.net"))
    assert refused.value.recipients["stranger@example.net"][0] == 550
    assert kept() == []


def test_a_mail_that_is_too_large_is_refused_before_it_is_sent(door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_door, "MOST_BYTES", 1000)
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        door().sendmail("ngozi.okafor@example.org", OURS, mail(**{"X-Long": "x" * 2000}))
    assert refused.value.smtp_code == 552
    assert kept() == []


def test_a_locked_book_means_try_again_later(door: Any) -> None:
    @event.listens_for(book().engine, "connect")
    def hurry(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    locker = book().engine.raw_connection()
    locker.cursor().execute("BEGIN IMMEDIATE")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        door().sendmail("ngozi.okafor@example.org", OURS, mail())
    locker.rollback()
    locker.close()
    assert refused.value.smtp_code == 451
    assert kept() == []


def test_the_demo_keeps_what_goes_out_in_a_mail_folder(door: Any, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    door(folder).sendmail(OURS, ["ngozi.okafor@example.org", OURS], mail("ngozi.okafor@example.org"))
    (message,) = list(mailbox.Maildir(folder))
    assert message["Delivered-To"] == "ngozi.okafor@example.org"
    assert message["Message-ID"] == "<boiler-1@example.org>"
    assert len(kept()) == 1


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\xff" * 300, b"no headers at all"], ids=["empty", "binary", "without headers"]
)
def test_whatever_comes_is_kept(door: Any, raw: bytes) -> None:
    client = door()
    client.ehlo()
    client.mail("ngozi.okafor@example.org")
    client.rcpt(OURS)
    code, _ = client.data(raw)
    assert code == 250
    assert len(kept()) == 1


def test_who_came_before_the_door_was_open_is_served_when_it_is(door: Any) -> None:
    held = socket.create_server(("127.0.0.1", 0))  # the door's from now on, which closes it
    with socket.create_connection(held.getsockname(), 10) as early:
        client = door(listening=held)
        assert early.recv(64).startswith(b"220 ")
        client.ehlo()
        client.sendmail("ngozi.okafor@example.org", [OURS], mail())
    assert len(kept()) == 1
