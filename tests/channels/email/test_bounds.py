"""No bytes whatever stop the reader, however many there are and however they are meant."""

import json
import random
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import channels.email
from channels.email.inbound import read
from commands.parse_email import described

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SAMPLES = sorted((Path(channels.email.__path__[0]) / "samples").glob("*.eml"))
# A second on an idle machine would be much; the limit leaves room for a busy one. It is there to catch what never ends.
SECONDS = 30

HEAD = b"From: a@example.org\nSubject: x\nMessage-ID: <a@example.org>\nMIME-Version: 1.0\n"
TEXT = HEAD + b"Content-Type: text/plain; charset=utf-8\n\n"
PAGE = HEAD + b"Content-Type: text/html; charset=utf-8\n\n"
MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="B"\n\n'
DAEMON = b"From: mailer-daemon@example.org\nSubject: failure notice\n\n"


def nested(levels: int) -> bytes:
    return HEAD + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(levels))


HOSTILE = {
    "40 MB enclosure": lambda: (
        MIXED
        + b"--B\n\nhi\n--B\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n"
        + b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3\n" * 500_000
        + b"--B--"
    ),
    "40 MB text": lambda: TEXT + b"The same line again and again, all day and night.\n" * 800_000,
    "40 MB line": lambda: TEXT + b"x" * 40_000_000,
    "40 MB page": lambda: PAGE + b"<p>hello</p>" * 3_400_000,
    "40 MB header": lambda: HEAD + b"X-A: y\n" + b" y\n" * 13_000_000,
    "40 MB of recipients": lambda: HEAD + b"To: " + b"a@b.example, " * 3_000_000,
    "10,000 parts": lambda: (
        MIXED + b"".join(b"--B\nContent-Type: text/plain\n\npart %d\n" % n for n in range(10_000)) + b"--B--"
    ),
    "100,000 parts": lambda: MIXED + b"--B\n\nx\n" * 100_000,
    "boundaries only": lambda: MIXED + b"--B\n" * 2_000_000,
    "false boundaries": lambda: MIXED + b"--BX\n" * 2_000_000,
    "10,000 levels": lambda: nested(10_000),
    "one boundary, 10,000 levels": lambda: MIXED + b'--B\nContent-Type: multipart/mixed; boundary="B"\n\n' * 10_000,
    "5,001 links": lambda: PAGE + b"<a href='http://x.example/'>link</a>" * 5_001,
    "1 MB of >": lambda: TEXT + b">" * 1_000_000,
    "1 MB of > lines": lambda: TEXT + b"> \n" * 350_000,
    "open tags": lambda: PAGE + b"<" * 1_000_000,
    "open quotes": lambda: PAGE + b"<a '\"x" * 200_000,
    "open comments": lambda: PAGE + b"<!--" * 250_000,
    "deep quotes": lambda: PAGE + b"<blockquote>" * 100_000 + b"hi",
    "entities": lambda: PAGE + b"&amp;&#x41;&bogus" * 60_000,
    "white space": lambda: PAGE + b" " * 3_000_000 + b"x" + b"\n" * 3_000_000,
    "blank lines": lambda: TEXT + b"\n" * 4_000_000,
    "attributions": lambda: TEXT + b"On 1 Jan 10:00 x\nwrote:\n" * 40_000,
    "header blocks": lambda: TEXT + b"From: x\n\n" * 100_000,
    "dashes": lambda: TEXT + b"-" * 1_000_000,
    "flowed": lambda: HEAD + b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * 300_000,
    "encoded words": lambda: b"Subject: " + b"=?utf-8?q?" * 7_000 + b"\n\nx",
    "quotes in From": lambda: b"From: " + b'\\"' * 32_000 + b"\n\nx",
    "brackets in From": lambda: b"From: " + b"(a" * 32_000 + b"\n\nx",
    "blank References": lambda: HEAD + b"References: <" + b" " * 60_000 + b"\n\nx",
    "parameters": lambda: HEAD + b"Content-Type: text/plain; " + b'a="' * 20_000 + b"\n\nx",
    "a bounce of words": lambda: DAEMON + b"recipient mailbox account " * 40_000,
    "a bounce of addresses": lambda: DAEMON + b"a@b." * 250_000,
    "100,000 recipients": lambda: (
        HEAD + b"Content-Type: message/delivery-status\n\n" + b"Final-Recipient: x; a@b\n\n" * 100_000
    ),
    "equals signs": lambda: HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=" * 3_000_000,
    "a winmail.dat of files only": lambda: (
        HEAD + b"Content-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22\0\0" + b"\2\2\x90\6\0\1\0\0\0x\0\0" * 1_000_000
    ),
    "a winmail.dat in itself": lambda: (
        HEAD
        + b"Content-Type: application/ms-tnef\n\n"
        + b"\x78\x9f\x3e\x22\0\0\2\x0f\x80\6\0\xff\xff\xff\x7f" * 500_000
    ),
    "attributions without end": lambda: TEXT + b"On Thu, 19 Nov 2026 at 09:12, x <a@b.example\n> wrote:\n" * 40_000,
    "broken links": lambda: TEXT + b"> (http://x.example/" * 100 + b"\n)\n" * 1_000,
    "escapes": lambda: HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\n\n" + b"\x1b$B" * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_costs_little_time(name: str) -> None:
    raw = HOSTILE[name]()
    started = time.perf_counter()
    message = read(raw, received_at=NOW)
    assert time.perf_counter() - started < SECONDS
    assert len(message.text) <= 1_000_000 + 100
    assert len(message.attachments) <= 10_000
    json.dumps(described(message)).encode()


def test_memory_stays_within_a_few_times_the_mail() -> None:
    raw = HOSTILE["40 MB enclosure"]()
    tracemalloc.start()
    try:
        read(raw, received_at=NOW)
        assert tracemalloc.get_traced_memory()[1] < 4 * len(raw)
    finally:
        tracemalloc.stop()


def check(raw: bytes) -> None:
    message = read(raw, received_at=NOW, our_address="info@larchmere.example")
    line = json.dumps(described(message), ensure_ascii=False)
    line.encode("utf-8")  # no half of a surrogate pair
    assert "\\u0000" not in line
    assert message == read(raw, received_at=NOW, our_address="info@larchmere.example")
    for name in (message.subject, message.sender, message.sender_name, message.external_id):
        assert "\n" not in name
    assert message.external_id


@given(st.binary(max_size=500))
@examples(max_examples=200, deadline=None)
def test_any_bytes_are_read(raw: bytes) -> None:
    check(raw)


@given(
    st.lists(
        st.sampled_from(
            [
                b"From: ",
                b"Subject: ",
                b"Content-Type: ",
                b"multipart/mixed; boundary=b",
                b"multipart/alternative; boundary=b",
                b"\n",
                b"\r\n",
                b"\n\n",
                b"--b\n",
                b"--b--\n",
                b"text/html",
                b"text/plain",
                b"; charset=",
                b"utf-8",
                b"gb18030",
                b"utf-7",
                b"=?utf-8?b?",
                b"?=",
                b"\xa3",
                b"\x00",
                b"> ",
                b"On 1 Jan 2026 at 10:00, x <y@z.example> wrote:\n",
                b"<blockquote>",
                b"<",
                b"&",
                b"message/rfc822",
                b"Content-Transfer-Encoding: base64\n",
                b"QUJD",
                b"message/delivery-status",
                b"Final-Recipient: rfc822; a@b\n",
                b"-- \n",
                b"Message-ID: <a@b>\n",
                b"name*0*=utf-8''%41",
                b"Date: ",
                b"1 Jan 2026 00:00 +0000",
                b"Auto-Submitted: ",
                b"\xed\xa0\xbd",
            ]
        ),
        max_size=60,
    ).map(b"".join)
)
@examples(max_examples=300, deadline=None)
def test_any_pieces_of_mail_are_read(raw: bytes) -> None:
    check(raw)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_damaged_samples_are_read(sample: Path) -> None:
    chance = random.Random(sample.stem)
    raw = sample.read_bytes() or b"x"
    for _ in range(40):
        damaged = bytearray(raw)
        for _ in range(chance.randint(1, 6)):
            at, length = chance.randrange(len(damaged) + 1), chance.randint(0, 40)
            match chance.randrange(4):
                case 0:
                    del damaged[at : at + length]
                case 1:
                    damaged[at:at] = damaged[at : at + length] * chance.randint(1, 4)
                case 2:
                    damaged[at : at + length] = chance.randbytes(length)
                case _:
                    damaged[at:at] = chance.choice([b"\n", b"\r\n\r\n", b"\x00", b"--", b"=?", b"<", b"\xff", b'"'])
        check(bytes(damaged))
