"""A home is known however it is written, and two homes are never taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.homes import Home, home_in, homes_in, same_home


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("14 Larch Road", "14 larch rd."),
        ("Flat 3, 14 Larch Rd, Larchmere LM1 2AB", "14 Larch Road, flat 3"),
        ("Flat 3 Birch House", "3 Birch House"),
        ("14 Larch Road, LM1 2AB", "14, LM1 2AB Larch Road"),
        ("7 St Mary's Street", "7 st marys st"),
        ("12a Mill Row", "12A Mill Row, Larchmere"),
    ],
)
def test_one_home_written_two_ways_is_one(one: str, other: str) -> None:
    first, second = home_in(one), home_in(other)
    assert first is not None
    assert second is not None
    assert same_home(first, second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("14 Larch Road", "16 Larch Road"),
        ("14 Larch Road", "14 Larch Close"),
        ("Flat 3, 14 Larch Road", "Flat 5, 14 Larch Road"),
        ("14 Larch Road, LM1 2AB", "14 Larch Road, LM9 8YZ"),
        ("3 Birch House", "4 Birch House"),
        ("12a Mill Row", "12b Mill Row"),
    ],
)
def test_two_homes_are_two(one: str, other: str) -> None:
    first, second = home_in(one), home_in(other)
    assert first is not None
    assert second is not None
    assert same_home(first, second) is False


@pytest.mark.parametrize(
    ("one", "other"),
    [("Flat 3, 14 Larch Road", "14 Larch Road"), ("22 Elm", "22 Elm Road")],
    ids=["a house of flats", "a street without its kind"],
)
def test_what_cannot_be_told_is_not_guessed(one: str, other: str) -> None:
    first, second = home_in(one), home_in(other)
    assert first is not None
    assert second is not None
    assert same_home(first, second) is None


@pytest.mark.parametrize(
    ("words", "homes"),
    [
        ("The boiler at 14 Larch Road is broken.", ["14 Larch Road"]),
        ("Flat B, 7 High St: no heat, please send somebody to 7 High Street", ["Flat B, 7 High Street"]),
        ("5 people in the house and 3 weeks on the road", []),
        ("I rang 4 times, the close is dark", []),
        ("", []),
    ],
)
def test_homes_are_found_in_free_words(words: str, homes: list[str]) -> None:
    assert [home.words for home in homes_in(words)] == homes


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_address_is_too_odd_to_be_read_and_sameness_has_no_direction(one: str, other: str) -> None:
    first, second = home_in(one), home_in(other)
    homes_in(one + other)
    if first is not None and second is not None:
        assert same_home(first, second) == same_home(second, first)


@given(st.builds(Home, st.sampled_from(["1", "2", ""]), st.sampled_from(["larch road", "mill row", ""]),
                 st.sampled_from(["", "3"]), st.sampled_from(["", "lm1 2ab", "lm1 2ac"])))  # fmt: skip
def test_whoever_is_the_same_home_shares_a_key(home: Home) -> None:
    if home.keys:
        assert same_home(home, home)
        assert home.words
