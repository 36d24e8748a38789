"""STOP ends texts only when it is the whole message; otherwise it is a word like any other."""

import pytest

from channels.sms.keywords import keyword


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("STOP", "stop"),
        ("stop", "stop"),
        ("  Stop. ", "stop"),
        ("“Stop”!", "stop"),
        ("STOPALL", "stop"),
        ("unsubscribe", "stop"),
        ("End", "stop"),
        ("CANCEL", "stop"),
        ("quit", "stop"),
        ("START", "start"),
        ("unstop", "start"),
        ("Help?", "help"),
        ("stop sending that contractor", None),
        ("please stop the leak", None),
        ("stop stop", None),
        ("help, water is coming through the ceiling", None),
        ("end of my tether", None),
        ("yes", None),
        ("", None),
        ("🛑", None),
    ],
)
def test_a_keyword_is_the_whole_message(text: str, expected: str | None) -> None:
    assert keyword(text) == expected
