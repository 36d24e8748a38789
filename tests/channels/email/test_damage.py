"""Mail as transport, filters and bad programs leave it: whatever is broken, it is read, soon, and written as JSON.

Every sample is damaged in every way a fixed number of times; the seed is the sample's name, so a failure comes again.
"""

import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import channels.email
from channels.email.inbound import read
from commands.parse_email import described

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SAMPLES = sorted((Path(channels.email.__path__[0]) / "samples").glob("*.eml"))
TIMES = 20
# A sample takes a millisecond; what takes this long has run away.
SECONDS = 10

WORDS = (
    b"multipart/mixed; boundary=b",
    b"multipart/alternative; boundary=w",
    b"message/rfc822",
    b"text/html; charset=utf-16",
    b"text/plain; charset=iso-2022-jp; format=flowed; delsp=yes",
    b"application/ms-tnef",
    b"application/pkcs7-mime",
    b"message/delivery-status",
    b"text/calendar; method=REPLY",
    b"base64",
    b"quoted-printable",
    b"x-uuencode",
    b"=?utf-8?b?w6k=?= =?iso-2022-jp?q?=1B$B?=",
    b"=?x?q?" + b"=" * 200,
    b"\xff\xfe\x00",
    b"\xed\xa0\x80",
    b'()<>@,;:\\"[]',
    b"Mon, 99 Feb 99999 99:99:99 +9999",
)

Damage = Callable[[bytes, random.Random], bytes]


def flip_bytes(raw: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(raw)
    for _ in range(chance.randint(1, 30)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def cut_off(raw: bytes, chance: random.Random) -> bytes:
    return raw[: chance.randrange(len(raw))]


def cut_out(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw))
    return raw[:at] + raw[at + chance.randint(1, 300) :]


def repeat_a_piece(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw))
    return raw[:at] + raw[at : at + chance.randint(1, 300)] * chance.randint(2, 40) + raw[at:]


def swap_lines(raw: bytes, chance: random.Random) -> bytes:
    lines = raw.split(b"\n")
    for _ in range(chance.randint(1, 10)):
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def lose_lines(raw: bytes, chance: random.Random) -> bytes:
    return b"\n".join(line for line in raw.split(b"\n") if chance.random() > 0.15)


def break_boundaries(raw: bytes, chance: random.Random) -> bytes:
    lines = raw.split(b"\n")
    marked = [at for at, line in enumerate(lines) if line.startswith(b"--") or b"boundary" in line.lower()]
    for at in marked or [0]:
        lines[at] = chance.choice([lines[at][:-1], lines[at] + b"-", b" " + lines[at], b"", lines[at] * 2, lines[at]])
    return b"\n".join(lines)


def swap_values(raw: bytes, chance: random.Random) -> bytes:
    lines = raw.split(b"\n")
    fields = [at for at, line in enumerate(lines) if b": " in line[:60]]
    for at in chance.sample(fields, min(len(fields), 4)):
        name = lines[at].partition(b": ")[0]
        lines[at] = name + b": " + chance.choice([*WORDS, lines[chance.choice(fields)].partition(b": ")[2]])
    return b"\n".join(lines)


def change_line_ends(raw: bytes, chance: random.Random) -> bytes:
    ends = chance.choice([(b"\r",), (b"\r\n",), (b"\r\r\n",), (b"\n\r",), (b"\n", b"\r\n", b"\r")])
    return b"".join(line + chance.choice(ends) for line in raw.split(b"\n"))


def nest(raw: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 25)):
        head = b"Content-Type: " + chance.choice([b"message/rfc822", b"multipart/mixed; boundary=n"]) + b"\n\n"
        raw = head + chance.choice([b"", b"--n\n"]) + raw
    return raw


DAMAGES: tuple[Damage, ...] = (
    flip_bytes,
    cut_off,
    cut_out,
    repeat_a_piece,
    swap_lines,
    lose_lines,
    break_boundaries,
    swap_values,
    change_line_ends,
    nest,
)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_mail_damaged_in_any_way_is_read_and_soon(sample: Path) -> None:
    chance = random.Random(sample.stem)
    whole = sample.read_bytes() or b"x"
    started = time.perf_counter()
    for damage in DAMAGES:
        for _ in range(TIMES):
            raw = damage(whole, chance)
            if chance.random() < 0.3:
                raw = chance.choice(DAMAGES)(raw or b"x", chance)
            assert_read(raw)
    assert time.perf_counter() - started < SECONDS


def assert_read(raw: bytes) -> None:
    message = read(raw, received_at=NOW, our_address="info@larchmere.example")
    assert message.raw is raw
    assert message.kind in ("message", "auto_reply", "bounce", "empty")
    line = json.dumps(described(message), ensure_ascii=False)
    line.encode()  # no half of a surrogate pair
    assert json.loads(line)["text"] == message.text
    assert "\0" not in message.text
    assert bool(message.new_text.strip()) == bool(message.text.strip()) or not message.text.strip(" \n-_>=~*#—–")
