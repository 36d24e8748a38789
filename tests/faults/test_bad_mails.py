"""Mails that no mail program should send, in the mailbox and at the SMTP door: each is kept or clearly refused."""

import re
import smtplib
import socket

import pytest
from sqlalchemy import select
from support.bad_input import CANARY, MEGABYTE, NOISE, is_clear, see_that_all_is_quiet
from support.fault import House
from support.fault_channels import NGOZI, Doors, Mails, letter

from casework.storage.tables import Message

pytestmark = [pytest.mark.needs("redis")]


@pytest.mark.needs("dovecot")
def test_bad_mails_in_the_box(mails: Mails, house: House) -> None:
    good = letter(NGOZI, f"{CANARY}. {'Nobody calls back. ' * 3}", subject="My appointment")
    boxed = bad_mails(good)
    mails.account.put(*boxed.values())
    house.start("worker")
    mails.account.wait_for(len(boxed), folder="Processed", seconds=40)
    house.wait_until_settled(1)
    assert mails.account.mails() == []
    with house.book.reading() as session:
        seen = sum(1 + copies for copies in session.scalars(select(Message.copies)))
    assert seen == len(boxed)
    see_that_all_is_quiet(house)


@pytest.mark.needs("dovecot")
def test_bad_mails_at_the_smtp_door(doors: Doors, house: House) -> None:
    house.start("door")
    house.start("worker")
    good = letter(NGOZI, f"{CANARY}. Nobody calls back.", subject="My appointment")
    doors.send(NGOZI, CANARY)
    taken = 1
    for name, raw in bad_mails(good).items():
        code, words = deliver(doors, raw)
        assert (code in (250, 500, 552), is_clear(words)) == (True, True), (name, code, words)
        taken += code == 250
    code, words = deliver(doors, b"Subject: large\r\n\r\n" + (b"x" * 70 + b"\r\n") * (26 * MEGABYTE // 72))
    assert (code, is_clear(words)) == (552, True), words
    with smtplib.SMTP("127.0.0.1", doors.port, timeout=20) as line:
        line.ehlo()
        line.mail("a@example.org")
        assert line.rcpt("somebody.else@example.org")[0] == 550
    with socket.create_connection(("127.0.0.1", doors.port), timeout=20) as bare:
        bare.recv(1000)
        bare.sendall(NOISE.replace(b"\n", b"") + b"\r\n")
        assert bare.recv(1000)[:1] == b"5"
    house.wait_until_settled(1)
    with house.book.reading() as session:
        seen = sum(1 + copies for copies in session.scalars(select(Message.copies)))
    assert seen == taken
    see_that_all_is_quiet(house)


def bad_mails(good: bytes) -> dict[str, bytes]:
    """Mails that no mail program should send, by what is wrong with them."""
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1_000))
    return {
        "nothing but a blank line": b"\r\n",
        "headers without a body": b"From: a@example.org\r\nSubject: x\r\n",
        "a body without headers": b"\r\n" + CANARY.encode() + b"\r\n",
        "binary": NOISE,
        "binary after good headers": good + NOISE,
        "a charset that there is not": good.replace(b"utf-8", b"klingon-8"),
        "a charset that is not true": b"From: a@a.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xa3 \xff",
        "base64 that is none": b"From: a@example.org\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!=\r\n",
        "parts within parts without end": b"From: a@example.org\r\n" + nested,
        "10,000 headers": b"X-Again: 1\r\n" * 10_000 + good,
        "10,000 references": b"References: " + b" ".join(b"<%d@example.org>\r\n" % n for n in range(10_000)) + good,
        "10,000 recipients": b"Cc: " + b",\r\n ".join(b"r%d@example.org" % n for n in range(10_000)) + b"\r\n" + good,
        "a date of another world": good.replace(b"Date: ", b"Date: Fri, 99 Foo 99999 99:99:99 +9999\r\nX-"),
        "a sender who is nobody": good.replace(b"From: ", b"From: \x00<>,;:\r\nX-"),
        "an id without end": good.replace(b"Message-ID: ", b"Message-ID: <" + b"x" * 900 + b"@example.org>\r\nX-"),
        "NUL everywhere": good.replace(b"a", b"a\x00"),
        "the same again": good,
        "the same once more": good,
    }


def deliver(doors: Doors, raw: bytes) -> tuple[int, str]:
    """The answer of the door to one mail, byte for byte."""
    line = smtplib.SMTP("127.0.0.1", doors.port, timeout=30)
    try:
        line.ehlo()
        code, words = line.mail("ngozi.okafor@example.org", [f"SIZE={len(raw)}"])
        if code == 250:
            line.rcpt("info@larchmere.example")
            code, words = line.docmd("DATA")
        if code == 354:
            line.send(re.sub(rb"(?m)^\.", b"..", raw) + b"\r\n.\r\n")
            code, words = line.getreply()
        return code, words.decode("utf-8", "replace")
    except smtplib.SMTPServerDisconnected:
        return 0, "hung up"
    finally:
        line.close()
