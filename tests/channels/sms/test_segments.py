"""What a text costs: GSM-7 where every letter fits, UCS-2 as soon as one does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.segments import segments


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("£5 à é ü @ _", "GSM-7", 12, 1),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),  # the euro's escape may not be cut off from it
        ("ŵ", "UCS-2", 1, 1),  # Welsh: not in the alphabet
        ("It’s", "UCS-2", 4, 1),  # a curly apostrophe halves the room
        ("ł" * 70, "UCS-2", 70, 1),
        ("ł" * 71, "UCS-2", 71, 2),
        ("😡" * 35, "UCS-2", 70, 1),
        ("😡" * 36, "UCS-2", 72, 2),
        ("ł" * 66 + "😡" + "ł" * 66, "UCS-2", 134, 3),  # a pair may not be cut in two
    ],
)
def test_segments_are_counted_as_the_network_counts(text: str, encoding: str, units: int, count: int) -> None:
    found = segments(text)
    assert (found.encoding, found.units, found.count) == (encoding, units, count)


@given(st.text(max_size=700))
def test_segments_never_hold_more_than_they_can(text: str) -> None:
    found = segments(text)
    alone, joined = (160, 153) if found.encoding == "GSM-7" else (70, 67)
    assert found.units <= (alone if found.count == 1 else joined * found.count)
    assert found.count <= max(1, -(-found.units // (joined - 1)))
