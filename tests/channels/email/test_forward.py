"""The resident's own mail found in a colleague's forward, as the mail programs print it; never guessed."""

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.channel import Original
from channels.email import forward, forward_dates, inbound, proof

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OURS = {"larchmere.example"}
HEARD = datetime(2026, 11, 19, 9, 12, tzinfo=UTC)

GMAIL = """Please look at this.

---------- Forwarded message ---------
From: Stan Bright <stan.bright@example.net>
Date: Thu, 19 Nov 2026 at 09:12
Subject: The lift
To: <reception@larchmere.example>


The lift is out again.
Stan
"""
OUTLOOK = """For you.

Priya Shah
Larchmere Homes
________________________________
From: Stan Bright <stan.bright@example.net>
Sent: 19 November 2026 09:12
To: Reception <reception@larchmere.example>;
 Repairs <repairs@larchmere.example>
Subject: The lift

The lift is out again.
Stan
"""
OUTLOOK_AMERICAN = """
From: Stan Bright [mailto:stan.bright@example.net]
Sent: Thursday, November 19, 2026 9:12 AM
To: Reception
Subject: The lift

The lift is out again.
Stan
"""
OUTLOOK_PHONE = """
*From:* Stan Bright <stan.bright@example.net>
*Date:* Thursday, 19 November 2026 at 09:12
*To:* Reception <reception@larchmere.example>
*Subject:* The lift

The lift is out again.
Stan
"""
APPLE = """Sent from my iPhone

Begin forwarded message:

> From: Stan Bright <stan.bright@example.net>
> Subject: The lift
> Date: 19 November 2026 at 09:12:40 GMT
> To: reception@larchmere.example
>
> The lift is out again.
> Stan
"""
THUNDERBIRD = """


-------- Forwarded Message --------
Subject: \tThe lift
Date: \tThu, 19 Nov 2026 09:12:00 +0000
From: \tStan Bright <stan.bright@example.net>
To: \treception@larchmere.example



The lift is out again.
Stan
"""
POLISH = """
Od: Stan Bright <stan.bright@example.net>
Wysłano: czwartek, 19 listopada 2026 09:12
Do: Reception
Temat: The lift

The lift is out again.
Stan
"""
FRENCH = """
Début du message transféré :

De: Stan Bright <stan.bright@example.net>
Objet: The lift
Date: 19 novembre 2026 à 09:12:40 UTC
À: reception@larchmere.example

The lift is out again.
Stan
"""
WELSH = """
Oddi wrth: Stan Bright <stan.bright@example.net>
Anfonwyd: 19 Tachwedd 2026 09:12
At: Reception
Pwnc: The lift

The lift is out again.
Stan
"""
TWICE = """Over to you.

From: Reception <reception@larchmere.example>
Sent: 20 November 2026 10:00
To: Priya Shah <priya@larchmere.example>
Subject: FW: The lift

Not ours I think.

From: Stan Bright <stan.bright@example.net>
Sent: 19 November 2026 09:12
To: Reception <reception@larchmere.example>
Subject: The lift

The lift is out again.
Stan
"""


def mail(text: str, *, subject: str = "FW: The lift", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Priya Shah <priya@larchmere.example>", "info@larchmere.example"
    message["Subject"], message["Message-ID"] = subject, "<forward@larchmere.example>"
    message["Date"] = "Fri, 20 Nov 2026 11:00:00 +0000"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def enclosing(*inner: bytes, subject: str = "FW: The lift", text: str = "See below.") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "priya@larchmere.example", "info@larchmere.example", subject
    message["Message-ID"] = "<outer@larchmere.example>"
    message.set_content(text)
    for one in inner:
        from email import message_from_bytes
        from email.policy import default

        message.add_attachment(message_from_bytes(one, policy=default))
    return message.as_bytes()


def original(raw: bytes, *, asked: bool = False, **facts: Any) -> Original | None:
    return forward.original(inbound.read(raw, received_at=NOW), ours=OURS, asked=asked, **facts)


def own(**headers: str) -> bytes:
    fields = {
        "From": "Stan Bright <stan.bright@example.net>",
        "To": "reception@larchmere.example",
        "Subject": "The lift",
        "Date": "Thu, 19 Nov 2026 09:12:00 +0000",
        "Message-ID": "<lift@example.net>",
    } | headers
    head = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return f"{head}\nThe lift is out again.\nStan\n".encode()


@pytest.mark.parametrize(
    "printed",
    [GMAIL, OUTLOOK, OUTLOOK_AMERICAN, OUTLOOK_PHONE, APPLE, THUNDERBIRD, POLISH, FRENCH, WELSH, TWICE],
    ids=["gmail", "outlook", "american", "phone", "apple", "thunderbird", "polish", "french", "welsh", "twice"],
)
def test_the_resident_s_mail_is_found_as_each_program_prints_it(printed: str) -> None:
    found = original(mail(printed))
    assert found is not None
    assert (found.sender, found.sender_name) == ("stan.bright@example.net", "Stan Bright")
    assert (found.subject, found.text) == ("The lift", "The lift is out again.\nStan")
    assert found.sent_at is not None
    assert found.sent_at.replace(second=0) == HEARD


@pytest.mark.parametrize(("printed", "note"), [(GMAIL, "Please look at this."), (APPLE, "Sent from my iPhone")])
def test_what_the_colleague_wrote_is_kept_beside_it(printed: str, note: str) -> None:
    found = original(mail(printed))
    assert found is not None
    assert found.note in (note, "")
    assert "For you." in str(original(mail(OUTLOOK)))


def test_a_mail_that_is_enclosed_whole_keeps_its_id_and_its_files() -> None:
    found = original(enclosing(own()))
    assert found is not None
    assert (found.sender, found.sent_at, found.external_id) == ("stan.bright@example.net", HEARD, "<lift@example.net>")
    assert (found.text, found.note) == ("The lift is out again.\nStan", "See below.")


def test_what_was_forwarded_twice_is_found_whether_printed_or_enclosed() -> None:
    inner = enclosing(own())
    for raw in (enclosing(inner), enclosing(mail(OUTLOOK)), enclosing(mail(TWICE))):
        found = original(raw)
        assert found is not None
        assert (found.sender, found.sent_at) == ("stan.bright@example.net", HEARD)


def test_a_councillor_who_passed_it_on_wrote_to_us_and_the_resident_s_words_are_in_it() -> None:
    printed = TWICE.replace("reception@larchmere.example>\nSent: 20", "cllr.hall@council.example>\nSent: 20")
    found = original(mail(printed))
    assert found is not None
    assert found.sender == "cllr.hall@council.example"
    assert "The lift is out again." in found.text


def test_of_a_thread_the_last_letter_counts_and_its_history_is_no_new_text() -> None:
    thread = OUTLOOK + "\n\nFrom: Reception <reception@larchmere.example>\nSent: 18 November 2026 10:00\n"
    thread += "To: Stan Bright <stan.bright@example.net>\nSubject: RE: The lift\n\nIt will be mended.\n"
    thread += "\nFrom: Stan Bright <stan.bright@example.net>\nSent: 17 November 2026 10:00\nTo: Reception\n"
    thread += "Subject: The lift\n\nThe lift is out.\n"
    found = original(mail(thread))
    assert found is not None
    assert found.sent_at == HEARD
    assert found.new_text == "The lift is out again.\nStan"
    assert "It will be mended." in found.text


def test_a_reply_of_a_colleague_is_no_forward_unless_it_came_to_the_address_for_it() -> None:
    reply = mail(OUTLOOK, subject="RE: The lift")
    assert original(reply) is None
    assert original(reply, asked=True) is not None
    assert original(enclosing(own(), subject="RE: Your contract")) is None


@pytest.mark.parametrize(
    "printed",
    [
        "Please ring me about the lift.",
        "From: Stan Bright\nSent: 19 November 2026 09:12\nTo: Reception\nSubject: The lift\n\nOut again.",
        TWICE.replace("stan.bright@example.net", "tom@larchmere.example"),
        "From: nobody\nTo: nobody\n",
        "",
    ],
    ids=["own words", "no address", "colleagues only", "damaged", "nothing"],
)
def test_where_no_resident_can_be_read_nothing_is_guessed(printed: str) -> None:
    assert original(mail(printed), asked=True) is None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Thu, 19 Nov 2026 09:12:00 +0000", "2026-11-19T09:12:00+00:00"),
        ("Thu, 19 Nov 2026 09:12:00 +0100", "2026-11-19T08:12:00+00:00"),
        ("16 July 2026 09:12", "2026-07-16T08:12:00+00:00"),
        ("16 July 2026 at 09:12:40 BST", "2026-07-16T08:12:40+00:00"),
        ("Thursday, July 16, 2026 9:12 PM", "2026-07-16T20:12:00+00:00"),
        ("16/07/2026 09:12", "2026-07-16T08:12:00+00:00"),
        ("07/16/2026 9:12 am", "2026-07-16T08:12:00+00:00"),
        ("2026-07-16 09:12", "2026-07-16T08:12:00+00:00"),
        ("2026年7月16日 09:12", "2026-07-16T08:12:00+00:00"),
        ("Donnerstag, 16. Juli 2026 09:12", "2026-07-16T08:12:00+00:00"),
        ("jueves, 16 de julio de 2026 9:12", "2026-07-16T08:12:00+00:00"),
        ("quinta-feira, 16 de julho de 2026 09:12", "2026-07-16T08:12:00+00:00"),
        ("joi, 16 iulie 2026 09:12", "2026-07-16T08:12:00+00:00"),
        ("mar. 3 nov. 2026 à 9h12", "2026-11-03T09:12:00+00:00"),
        ("czw., 16 lip 2026 o 09:12", "2026-07-16T08:12:00+00:00"),
        ("25 October 2026 01:30", "2026-10-25T00:30:00+00:00"),
        ("16 July 2026", "2026-07-15T23:00:00+00:00"),
    ],
)
def test_a_date_is_read_as_programs_print_it_and_is_london_s_without_a_zone(written: str, moment: str) -> None:
    assert forward_dates.moment(written) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "written", ["", "yesterday", "31 February 2026 09:12", "19 Foo 2026", "2026", "9:12", "1/2/26"]
)
def test_a_date_that_cannot_be_read_is_none(written: str) -> None:
    assert forward_dates.moment(written) is None


@given(st.text(max_size=300))
def test_reading_dates_and_forwards_never_fails(words: str) -> None:
    forward_dates.moment(words)
    text = words.encode("utf-8", "replace").decode()
    message = inbound.read(mail("x"), received_at=NOW)
    from dataclasses import replace

    forward.original(
        replace(message, text=f"From: {text}\nSent: {text}\n{text}\nSubject:\n{text}"), ours=OURS, asked=True
    )


@pytest.mark.parametrize(
    ("header", "proven"),
    [
        ("mx.larchmere.example; dmarc=pass header.from=larchmere.example", True),
        ("mx.larchmere.example 1; dkim=pass header.d=larchmere.example; spf=fail smtp.mailfrom=x.example", True),
        ("mx.larchmere.example; spf=pass smtp.mailfrom=priya@larchmere.example", True),
        ("mx.larchmere.example; dkim=pass header.d=elsewhere.example", False),
        ("mx.larchmere.example; spf=pass smtp.mailfrom=x@elsewhere.example; dmarc=fail", False),
        ("mx.larchmere.example; dmarc=fail (p=none dmarc=pass) header.from=larchmere.example", False),
        ("mx.elsewhere.example; dmarc=pass header.from=larchmere.example", False),
        ("", False),
    ],
)  # fmt: skip
def test_only_our_own_server_s_word_proves_who_wrote(header: str, proven: bool) -> None:
    raw = mail("x", **({"Authentication_Results": header} if header else {}))
    assert proof.proven(raw, "priya@larchmere.example", "mx.larchmere.example") is proven
    assert proof.proven(raw, "priya@larchmere.example", "") is None


def test_a_second_header_of_our_server_s_name_counts_for_nothing() -> None:
    raw = b"Authentication-Results: mx.larchmere.example; dmarc=fail header.from=larchmere.example\n"
    raw += b"Authentication-Results: mx.larchmere.example; dmarc=pass header.from=larchmere.example\n" + mail("x")
    assert proof.proven(raw, "priya@larchmere.example", "mx.larchmere.example") is False


def test_exchange_online_says_of_mail_from_within_that_it_is() -> None:
    within = mail("x", **{"X-MS-Exchange-Organization-AuthAs": "Internal"})
    outside = mail("x", **{"X-MS-Exchange-Organization-AuthAs": "Anonymous"})
    passed = mail(
        "x", Authentication_Results="spf=pass smtp.mailfrom=larchmere.example; dmarc=pass header.from=larchmere.example"
    )
    assert [proof.proven(raw, "priya@larchmere.example", "exchange") for raw in (within, outside, passed)] == [
        True,
        False,
        True,
    ]
