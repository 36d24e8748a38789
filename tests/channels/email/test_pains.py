"""What users of other help desks suffer from at the reading of mail, one test a pain."""

import base64
import time
from datetime import UTC, datetime

import pytest

from channels.email.inbound import read
from channels.message import InboundMessage

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SECONDS = 30


def mail(body: str | bytes, content_type: str = "text/plain; charset=utf-8", **more: str) -> InboundMessage:
    fields = {"From": "ngozi.okafor@example.org", "Subject": "Boiler", "Message-ID": "<1@example.org>"}
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    head = "".join(f"{name}: {value}\n" for name, value in fields.items())
    body = body.encode() if isinstance(body, str) else body
    return read(f"{head}Content-Type: {content_type}\n\n".encode() + body, received_at=NOW)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("auto_reply", {"Subject": "Automatic reply: Your case", "Auto_Submitted": "auto-generated"}),
        ("auto_reply", {"Subject": "Your case", "X_Autoreply": "yes", "Precedence": "bulk"}),
        ("auto_reply", {"Subject": "Re: Your case", "Auto_Submitted": "auto-replied (vacation)"}),
        ("auto_reply", {"Subject": "AUTO: Stan Bright is out of the office (returning 23/11/2026)"}),
        ("bounce", {"Subject": "Undeliverable: Your case", "From": "postmaster@example.org"}),
        ("bounce", {"Subject": "Mail delivery failed: returning message to sender", "Return_Path": "<>"}),
        ("bounce", {"Subject": "failure notice", "From": "MAILER-DAEMON@example.org"}),
        ("bounce", {"Subject": "Your case", "X_Failed_Recipients": "stan.bright@example.net"}),
    ],
)
def test_pain_13_what_a_machine_answered_to_our_mail_is_never_a_letter(kind: str, fields: dict[str, str]) -> None:
    assert mail("Your message could not be delivered yet.\n\nstan.bright@example.net\n", **fields).kind == kind


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "windows-1252", "us-ascii", "", "nonsense"])
@pytest.mark.parametrize("written", ["utf-8", "windows-1252"])
def test_pain_14_pound_and_accent_signs_survive_whatever_label_they_bear(declared: str, written: str) -> None:
    words = "Rent £120, café, señor, façade"
    assert mail(words.encode(written), f"text/plain; charset={declared}" if declared else "text/plain").text == words
    page = f"<meta charset={declared or 'utf-8'}><p>{words}</p>".encode(written)
    assert mail(page, "text/html").text == words


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("> Is it on?\n\nNo.\n\n> Since when?\n\nSunday.", "No.\n\nSunday."),
        ("On 19/11/2026 09:12, Larchmere wrote:\n> Is it on?\n\nNo, it is off.", "No, it is off."),
        ("> all of it\n> is quoted", "> all of it\n> is quoted"),
        ("-----Original Message-----\nFrom: a\nTo: b\nSubject: c\n\nhistory", None),
        ("-- \nNgozi Okafor\n12 Larch Court", None),
        ("Sent from my iPhone", None),
    ],
)
def test_pain_15_answers_between_quotes_stay_and_nothing_is_emptied(text: str, left: str | None) -> None:
    found = mail(text).new_text
    assert found == left if left is not None else found


FILE = base64.encodebytes(b"mould" * 40).decode()
PART = "Content-Type: image/jpeg\nContent-Transfer-Encoding: base64\n"
ENCLOSING = {
    "beside the text": (
        f"--b\n\nHi\n--b\n{PART}Content-Disposition: attachment; filename=m.jpg\n\n{FILE}--b--",
        "mixed",
    ),
    "without a name": (f"--b\n\nHi\n--b\n{PART}\n{FILE}--b--", "mixed"),
    "inline": (f"--b\n\nHi\n--b\n{PART}Content-Disposition: inline\nContent-ID: <m>\n\n{FILE}--b--", "related"),
    "in an alternative": (
        (
            "--b\n\nHi\n--b\nContent-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n<p>Hi</p>\n"
            f"--r\n{PART}Content-ID: <m>\n\n{FILE}--r--\n--b--"
        ),
        "alternative",
    ),
    "without its last boundary": (f"--b\n\nHi\n--b\n{PART}\n{FILE}", "mixed"),
    "in a signed mail": (
        (
            f"--b\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nHi\n--i\n{PART}\n{FILE}--i--\n"
            "--b\nContent-Type: application/pgp-signature\n\nx\n--b--"
        ),
        "signed",
    ),
    "in a forwarded mail": (
        f"--b\n\nHi\n--b\nContent-Type: message/rfc822\n\nSubject: photo\n{PART}\n{FILE}--b--",
        "mixed",
    ),
}


@pytest.mark.parametrize("name", ENCLOSING)
def test_pain_16_no_enclosure_is_missing(name: str) -> None:
    body, kind = ENCLOSING[name]
    found = mail(body, f"multipart/{kind}; boundary=b")
    assert found.text == "Hi"
    files = [one for one in found.attachments if one.content_type != "application/pgp-signature"]
    assert len(files) == 1
    assert b"mould" * 40 in files[0].content or FILE.strip().encode() in files[0].content


def test_pain_29_a_page_of_many_links_and_deep_tables_costs_little_time() -> None:
    links = '<a href="https://x.example/?a=1&b=2" style="color:red">link</a> ' * 20_000
    tables = "<table><tr><td>" * 20_000 + "deep"
    quotes = "<blockquote><div><p>" * 5_000 + "quoted"
    started = time.perf_counter()
    for page in (links, tables, quotes, links + tables + quotes, "<p>" + "&nbsp;" * 400_000):
        mail(page, "text/html; charset=utf-8")
    assert time.perf_counter() - started < SECONDS
