import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.pipeline import Reader
from classifier.tidy import Tidy


@pytest.mark.parametrize(
    ("written", "tidied"),
    [
        ("BOILER", "boiler"),
        ("pls", "please"),
        ("wks", "weeks"),
        ("sum1", "someone"),
        ("2moro", "tomorrow"),
        ("soooo", "so"),
        ("heatnig", "heating"),
        ("complaning", "complaining"),
        ("aponitment", "appointment"),
        ("reparied", "repaired"),
        ("Okafor", "okafor"),
        ("Larchmere", "larchmere"),
    ],
)
def test_a_written_word_is_tidied(written: str, tidied: str) -> None:
    assert Tidy()(written) == tidied


def test_a_word_that_is_known_is_not_taken_for_a_slip_of_another() -> None:
    assert Tidy()("haeting") == "heating"
    assert Tidy(known=["haeting"])("haeting") == "haeting"


@given(st.text())
def test_tidying_never_fails_and_tidying_twice_changes_nothing_more_than_case(word: str) -> None:
    assert isinstance(Tidy()(word), str)


def test_offsets_stay_those_of_the_text_as_it_was_written(reader: Reader) -> None:
    text = "hiya 3rd tyme iv askd.  NOBDY CAME 4 my  boyler"
    for piece in reader.assess(text).evidence:
        assert text[piece.start : piece.end] == piece.text


def test_number_and_unit_written_together_are_two_words(reader: Reader) -> None:
    assert [token.norm_ for token in reader.nlp.make_doc("waited 2wks")] == ["waited", "2", "weeks"]
