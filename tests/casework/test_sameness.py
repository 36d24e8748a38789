"""Two cases are suggested as one only with reasons, and never across households."""

from datetime import timedelta
from typing import Any

import pytest
from support.cast import MONDAY

from casework.homes import home_in
from casework.sameness import Facts, Sameness, compare, telling_words

FIRST, SECOND = "4817-2736-K", "5028-1190-H"
BOILER = "The boiler has broken down and the radiators are cold."


def facts(words: str = BOILER, *, home: str = "", **said: Any) -> Facts:
    place = home_in(home) if home else None
    told = {
        "reference": FIRST,
        "received_at": MONDAY,
        "came_by": "text message",
        "words": telling_words(words),
        "homes": (place,) if place else (),
    } | said
    return Facts(**told)


def later(words: str = "Our boilers are off again.", **said: Any) -> Facts:
    return facts(words, **{"reference": SECOND, "received_at": MONDAY + timedelta(hours=1), "came_by": "mail"} | said)


def reasons(found: Sameness | None) -> tuple[str, ...]:
    assert found is not None
    return found.reasons


def test_the_same_home_and_the_same_matter_within_a_day() -> None:
    found = compare(later(home="14 Larch Rd"), facts(home="14 Larch Road"))
    assert reasons(found) == (
        "both name 14 Larch Road",
        "both speak of “boiler”",
        "they came within a day of each other",
    )


def test_the_mail_gives_the_number_that_the_text_came_from() -> None:
    found = compare(later(given=frozenset({"+447700900123"})), facts(contacts=frozenset({"+447700900123"})))
    assert reasons(found)[0] == "the mail gives the phone number that the text message came from"


def test_one_person_with_the_same_matter() -> None:
    assert reasons(compare(later(person=7), facts(person=7)))[0] == "both are from the same person"


def test_a_reference_that_is_named_is_reason_enough() -> None:
    found = compare(later("Hello", mentioned=frozenset({FIRST})), facts())
    assert reasons(found) == (f"the mail names the reference {FIRST}", "they came within a day of each other")


def test_the_same_home_with_the_same_hazard() -> None:
    gas = frozenset({"gas"})
    found = compare(later("It smells", home="3 Mill Row", hazards=gas), facts(home="3 Mill Row", hazards=gas))
    assert "both tell of gas" in reasons(found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (later(BOILER), facts()),
        (later(BOILER, name="Stan Bright"), facts(name="Stan Bright")),
        (later("The lift is out", home="3 Mill Row"), facts(home="3 Mill Row")),
        (later(BOILER, home="3 Mill Row", received_at=MONDAY + timedelta(days=15)), facts(home="3 Mill Row")),
        (later("Please call", person=7), facts("Please call", person=7)),
    ],
    ids=["words alone", "a name and words", "a home alone", "long ago", "a person and everyday words"],
)
def test_too_little_is_no_suggestion(one: Facts, other: Facts) -> None:
    assert compare(one, other) is None


@pytest.mark.parametrize("name", ["", "Stan Bright"])
@pytest.mark.parametrize("person", [None, 7])
@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("14 Larch Road", "16 Larch Road"),
        ("Flat 1, 14 Larch Road", "Flat 2, 14 Larch Road"),
        ("3 Mill Row", "12 Larch Court"),
    ],
)
def test_two_homes_are_never_suggested_on_words_alone(mine: str, theirs: str, person: int | None, name: str) -> None:
    hazard = frozenset({"gas"})
    one = later(BOILER, home=mine, hazards=hazard, person=person, name=name)
    assert compare(one, facts(home=theirs, hazards=hazard, person=person, name=name)) is None


def test_the_words_of_a_home_and_of_a_name_say_nothing_of_the_matter() -> None:
    one = later("Stan Bright, 14 Larch Road: the lift", home="14 Larch Road", name="Stan Bright")
    other = facts("Stan Bright, 14 Larch Road: the bins", home="14 Larch Road", name="Stan Bright")
    assert compare(one, other) is None


def test_a_flat_is_not_guessed_from_its_house() -> None:
    assert compare(later(BOILER, home="14 Larch Road"), facts(home="Flat 3, 14 Larch Road")) is None


def test_everyday_words_say_nothing() -> None:
    assert telling_words("Please can somebody call me, I have been waiting three weeks for a repair") == {}
    assert set(telling_words("It leaks. The leaking tap!")) == {"leak", "tap"}
