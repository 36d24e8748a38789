"""The SMTP door, by a real client: 250 only when the mail stands in the book."""

import mailbox
import smtplib
import socket
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import event, select
from support.postfix import Postfix

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

    def open_door(keeps: Path | None = None, listening: socket.socket | None = None, **door: Any) -> smtplib.SMTP:
        port = listening.getsockname()[1] if listening else free_port
        controller = smtp_door.open_door(Door(bind=f"127.0.0.1:{port}", keeps=keeps, **door), listening)
        speaks = smtplib.LMTP if door.get("protocol") == "lmtp" else smtplib.SMTP
        client = speaks("127.0.0.1", port, timeout=10) if speaks is smtplib.SMTP else speaks("127.0.0.1", port)
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


OTHER = "repairs@larchmere.example"


def hand_in(client: smtplib.SMTP, raw: bytes, *recipients: str) -> list[tuple[int, bytes]]:
    """The answers to one mail by LMTP, one for each recipient that was taken."""
    client.ehlo()
    client.mail("ngozi.okafor@example.org")
    taken = sum(client.rcpt(address)[0] == 250 for address in recipients)
    answers = [client.data(raw)]
    answers += [client.getreply() for _ in range(taken - 1)]
    return answers


def test_by_lmtp_each_recipient_has_an_answer_and_a_mail_to_several_of_us_is_one_message(door: Any) -> None:
    client = door(protocol="lmtp", addresses=f"{OTHER}, hello@larchmere.example")
    answers = hand_in(client, mail(), OURS, OTHER, "stranger@example.net")
    assert answers == [(250, b"2.0.0 kept as 1"), (250, b"2.0.0 kept as 1")]
    assert kept() == [("ngozi.okafor@example.org", OURS, "The boiler")]
    assert hand_in(client, mail(**{"X-Again": "yes"}), OTHER) == [(250, b"2.0.0 kept as 1")]
    assert len(kept()) == 1
    assert client.noop()[0] == 250


def test_by_lmtp_a_mail_that_is_too_large_is_refused_for_each_recipient_and_the_line_goes_on(
    door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_door, "MOST_BYTES", 2000)
    client = door(protocol="lmtp", addresses=OTHER)
    assert [code for code, _ in hand_in(client, mail(**{"X-Long": "x" * 4000}), OURS, OTHER)] == [552, 552]
    assert [code for code, _ in hand_in(client, mail(), OURS, OTHER)] == [250, 250]
    assert len(kept()) == 1


def test_by_lmtp_a_locked_book_is_try_again_later_for_each_recipient(door: Any) -> None:
    @event.listens_for(book().engine, "connect")
    def hurry(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    client = door(protocol="lmtp", addresses=OTHER)
    locker = book().engine.raw_connection()
    locker.cursor().execute("BEGIN IMMEDIATE")
    assert [code for code, _ in hand_in(client, mail(), OURS, OTHER)] == [451, 451]
    locker.rollback()
    locker.close()
    assert [code for code, _ in hand_in(client, mail(), OURS, OTHER)] == [250, 250]


def test_by_lmtp_helo_is_no_greeting(door: Any) -> None:
    assert door(protocol="lmtp").docmd("HELO x")[0] == 500


def test_a_mail_to_the_address_of_a_case_carries_its_token_even_where_no_header_does(door: Any) -> None:
    token = "48172736k-abcdefghijklmnop"
    door(addresses=OTHER).sendmail("ngozi.okafor@example.org", [OTHER.replace("@", f"+{token}@")], mail("undisclosed"))
    with book().reading() as session:
        [message] = session.scalars(select(Message))
    assert (message.details["case_token"], message.our_address) == (token, OURS)


def test_a_line_longer_than_the_standard_allows_is_a_residents_too(door: Any) -> None:
    client = door()
    client.ehlo()
    client.mail("ngozi.okafor@example.org")
    client.rcpt(OURS)
    assert client.data(b"Subject: long\r\n\r\n" + b"Nobody came. " * 5000 + b"\r\n")[0] == 250


def test_whoever_comes_when_all_lines_are_taken_is_told_to_come_back(
    door: Any, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setattr(smtp_door, "MOST_CONNECTIONS", 2)
    client = door()
    with socket.create_connection(("127.0.0.1", free_port), 10) as second:
        assert second.recv(64).startswith(b"220")
        with socket.create_connection(("127.0.0.1", free_port), 10) as third:
            assert third.recv(128).startswith(b"421 4.7.0")
            assert third.recv(128) == b""
    assert client.noop()[0] == 250
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:  # the second has gone: there is room again
        with socket.create_connection(("127.0.0.1", free_port), 10) as fourth:
            if fourth.recv(64).startswith(b"220"):
                return
    pytest.fail("no line became free")


def test_a_client_that_says_nothing_is_hung_up_on(door: Any, monkeypatch: pytest.MonkeyPatch, free_port: int) -> None:
    monkeypatch.setattr(smtp_door, "SILENCE_SECONDS", 0.3)
    door()
    with socket.create_connection(("127.0.0.1", free_port), 10) as slow:
        assert slow.recv(64).startswith(b"220")
        slow.sendall(
            b"EHLO slow.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<info@larchmere.example>\r\nDATA\r\nSub"
        )
        while slow.recv(4096):
            pass
    assert kept() == []


def test_what_nobody_foresaw_at_the_door_means_try_again_later(door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = door()

    def fails(*_: Any, **__: Any) -> Any:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(smtp_door, "read", fails)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("ngozi.okafor@example.org", OURS, mail())
    assert refused.value.smtp_code == 451


@pytest.mark.parametrize("addresses", ["repairs", "repairs@larchmere.example; x", "@larchmere.example"])
def test_an_own_address_that_is_none_is_one_sentence(addresses: str) -> None:
    with pytest.raises(ValidationError, match="must be addresses, separated by commas"):
        Door(addresses=addresses)


@pytest.mark.needs("postfix")
def test_postfix_hands_over_by_lmtp_what_it_routes_to_us(
    door: Any, open_postfix: Callable[[int, int], Postfix], free_port: int
) -> None:
    token = "48172736k-abcdefghijklmnop"
    client = door(protocol="lmtp", addresses=OTHER)
    postfix = open_postfix(free_port, 1)
    postfix.put(mail(), sender="ngozi.okafor@example.org", to=OTHER)
    postfix.put(
        mail(X="2").replace(b"boiler-1", b"boiler-2"),
        sender="x@example.org",
        to=f"info+{token}@larchmere.example",
    )
    deadline = time.monotonic() + 20
    while len(kept()) < 2:
        assert time.monotonic() < deadline, postfix.log
        time.sleep(0.05)
    with book().reading() as session:
        assert {message.details.get("case_token") for message in session.scalars(select(Message))} == {None, token}
    assert client.noop()[0] == 250
