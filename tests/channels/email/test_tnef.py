"""What Outlook hides in a winmail.dat is found, and no bytes whatever stop the reader."""

import base64
import struct
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from channels.email import tnef
from channels.email.inbound import read

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PHOTO = b"\xff\xd8\xff mould"


def attribute(level: int, name: int, value: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 6, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def text_property(key: int, value: str) -> bytes:
    data = value.encode("utf-16-le") + b"\0\0"
    return struct.pack("<HHII", 0x1F, key, 1, len(data)) + data + b"\0" * (-len(data) % 4)


def properties(*each: bytes) -> bytes:
    return struct.pack("<I", len(each)) + b"".join(each)


def number(key: int, value: int) -> bytes:
    return struct.pack("<HHI", 0x03, key, value)


def binary(key: int, value: bytes) -> bytes:
    return struct.pack("<HHII", 0x102, key, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def named(value: bytes) -> bytes:
    words = "x-larch".encode("utf-16-le")
    name = b"\1" * 16 + struct.pack("<II", 1, len(words)) + words + b"\0" * (-len(words) % 4)
    return (
        struct.pack("<HH", 0x102, 0x8001) + name + struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
    )


WINMAIL = (
    struct.pack("<IH", 0x223E9F78, 1)
    + attribute(1, 0x9007, struct.pack("<II", 1252, 0))
    + attribute(
        1, 0x9003, properties(named(b"abc"), number(0x0017, 1), text_property(0x1000, "Mould in £ the bathroom."))
    )
    + attribute(2, 0x9002, b"\1\0")
    + attribute(2, 0x8010, b"MOULD~1.JPG\0")
    + attribute(2, 0x800F, PHOTO)
    + attribute(2, 0x9005, properties(number(0x3705, 1), text_property(0x3707, "mould in the café.jpg")))
    + attribute(2, 0x9002, b"\1\0")
    + attribute(2, 0x8010, b"letter.pdf\0")
    + attribute(2, 0x9005, properties(binary(0x3701, b"%PDF")))
)


def mail(words: str) -> bytes:
    return (
        b"From: stan.bright@example.net\nSubject: Mould\nContent-Type: multipart/mixed; boundary=w\n\n"
        b"--w\nContent-Type: text/plain; charset=utf-8\n\n" + words.encode() + b"\n"
        b"--w\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(WINMAIL)
        + b"--w--\n"
    )


def test_pain_16_photographs_inside_winmail_dat_are_not_missing() -> None:
    found = read(mail("See below."), received_at=NOW)
    assert found.text == "See below."
    assert [(one.filename, one.content_type) for one in found.attachments] == [
        ("winmail.dat", "application/ms-tnef"),
        ("mould in the café.jpg", "image/jpeg"),
        ("letter.pdf", "application/pdf"),
    ]
    assert [one.content for one in found.attachments[1:]] == [PHOTO, b"%PDF"]


def test_a_letter_that_is_only_inside_winmail_dat_is_read() -> None:
    assert read(mail(""), received_at=NOW).new_text == "Mould in £ the bathroom."


def test_what_is_no_winmail_dat_is_left_alone() -> None:
    assert tnef.read(b"%PDF-1.7") is None


@given(st.data())
def test_damage_is_never_more_than_something_missing(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(WINMAIL)))
    other = data.draw(st.binary(max_size=40))
    found = tnef.read(WINMAIL[:at] + other + WINMAIL[at + data.draw(st.integers(0, 20)) :])
    assert found is None or len(found.files) <= 2 + len(other)


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read(raw: bytes) -> None:
    found = tnef.read(WINMAIL[:6] + raw)
    assert found is not None
    for file in found.files:
        assert len(file.content) <= len(raw)
