"""A letter signed so that it hides inside its signature is read all the same."""

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import channels.email
from channels.email.inbound import read
from channels.email.opaque import signed_content

SAMPLE = Path(channels.email.__path__[0]) / "samples" / "signed_opaquely.eml"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ENVELOPE = read(SAMPLE.read_bytes(), received_at=NOW).attachments[0].content


def test_what_was_signed_is_found() -> None:
    content = signed_content(ENVELOPE)
    assert content is not None
    assert content.startswith(b"Content-Type: text/plain")


@given(st.data())
def test_damage_is_never_more_than_nothing_found(data: st.DataObject) -> None:
    damaged = bytearray(ENVELOPE)
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(ENVELOPE) - 1), st.integers(0, 255)), max_size=5)):
        damaged[at] = byte
    cut = data.draw(st.integers(0, len(ENVELOPE)))
    assert signed_content(bytes(damaged[:cut])) is None or cut > 100


@given(st.binary(max_size=200))
def test_any_bytes_are_nothing_or_something(raw: bytes) -> None:
    assert isinstance(signed_content(raw), bytes | None)


def test_endless_nesting_ends() -> None:
    for hostile in (b"\x30\x80" * 100_000, b"\x30\x80" + b"\x04\x00" * 500_000, b"\x30\x84\x00\xff\xff\xff" * 50_000):
        assert signed_content(hostile) is None
