"""STOP ends texts only when it is the whole message; otherwise it is a word like any other."""

from pathlib import Path

import pytest

from channels.sms.keywords import keyword, single_word


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


IN_WORDS = [
    line.split("\t") for line in (Path(__file__).parent / "stop_in_words.tsv").read_text().splitlines() if line.strip()
]


@pytest.mark.parametrize(("meant", "words"), IN_WORDS, ids=[words for _, words in IN_WORDS])
def test_pain_22_stop_is_understood_in_words_and_nothing_else_is_taken_for_it(meant: str, words: str) -> None:
    assert (keyword(words) == "stop") == (meant == "stop")
    assert single_word(words) != "stop"


def test_a_long_message_is_never_a_keyword_however_it_begins() -> None:
    assert keyword("please " * 40 + "stop texting me") is None
