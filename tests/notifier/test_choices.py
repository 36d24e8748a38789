"""The buttons under a notice: what fits it, in the resident's language, in a chat and nowhere else."""

import dataclasses
import tomllib
from datetime import timedelta

import pytest
from support.book import House
from support.cast import EWA, GRUMBLE, MONDAY, REQUEST, UNSURE, chat, text
from support.facts import SAMPLES
from support.post import Clock, Provider

from casework.buttons import Button, pressed
from casework.notices import as_json
from channels.message import MOST_DATA
from notifier.choices import LABELS, choices_of, labels_in
from notifier.deliver import deliver

LANGUAGES = sorted(tomllib.loads(LABELS.read_text("utf-8")))


def buttons_under(name: str) -> list[str]:
    facts = SAMPLES[name]
    found = [pressed(choice.data) for choice in choices_of(facts.kind, as_json(facts))]
    assert None not in found
    return [one.button.value for one in found if one]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("receipt of a complaint", ["right", "not_complaint", "add", "cases", "person"]),
        ("receipt of a request", ["right", "complaint", "add", "cases", "person"]),
        ("receipt that offers the choice", ["complaint", "not_complaint", "add", "cases", "person"]),
        ("acknowledgement", ["add", "cases", "person"]),
        ("progress update", ["add", "cases", "person"]),
        ("greeting in pl", ["complain", "report", "thank", "ask", "cases"]),
        ("status of no case", ["complain", "report", "thank", "ask"]),
        ("status of many cases", []),
        ("prompt to complain", []),
        ("prompt beside a case", ["about", "new"]),
        ("prompt beside cases", ["about", "about", "new"]),
        ("a group that is declined", []),
        ("staff alert", []),
        ("passed on: speak to a person", []),
    ],
)
def test_each_notice_offers_what_fits_it(name: str, expected: list[str]) -> None:
    assert buttons_under(name) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_on_every_button_that_fit_a_small_phone(language: str) -> None:
    words = tomllib.loads(LABELS.read_text("utf-8"))[language]
    assert set(words) == {button.value for button in Button}
    assert all(0 < len(label) <= 40 for label in words.values())
    assert len(set(words.values())) == len(words), "two buttons that say the same"


def test_the_languages_of_many_residents_are_there() -> None:
    assert LANGUAGES == ["ar", "bn", "cy", "en", "pl", "ro", "ur"]


@pytest.mark.parametrize("language", ["", "tlh", "xx"])
def test_a_language_without_words_is_said_in_english(language: str) -> None:
    assert labels_in(language) == labels_in("en")


@pytest.mark.parametrize("name", SAMPLES)
def test_no_button_carries_more_than_a_chat_takes(name: str) -> None:
    facts = SAMPLES[name]
    for choice in choices_of(facts.kind, as_json(facts)):
        assert len(choice.data.encode()) <= MOST_DATA


def test_a_receipt_in_a_chat_leaves_with_its_buttons_in_the_residents_language(
    house: House, provider: Provider
) -> None:
    house.hear(chat(REQUEST, details={"language": "pl"}))
    _deliver(house)
    [sent] = provider.messages
    assert [choice.label for choice in sent.choices][:2] == ["Tak, zgadza się", "To jest skarga"]
    bare = house.case().reference.replace("-", "")
    assert sent.choices[1].data == f"complaint:{bare}"
    assert "We understand it as something for us to put right." in sent.text


@pytest.mark.parametrize("words", [REQUEST, GRUMBLE, UNSURE])
def test_a_text_has_no_buttons(house: House, provider: Provider, words: str) -> None:
    house.hear(text(words))
    _deliver(house)
    assert provider.messages[0].choices == ()


def test_what_was_owed_before_there_were_buttons_still_leaves(house: House, provider: Provider) -> None:
    house.hear(chat(REQUEST))
    with house.book.transaction() as session:
        [notice] = session.query(type(house.notices("receipt")[0])).all()
        notice.facts = {name: value for name, value in notice.facts.items() if name != "language"}
    _deliver(house)
    assert provider.messages[0].choices[0].label == "Yes, that's right"


def test_a_greeting_goes_out_with_the_menu(house: House, provider: Provider) -> None:
    house.hear(chat("/start", details={"keyword": "start", "language": "ar"}))
    _deliver(house)
    [sent] = provider.messages
    assert sent.to == EWA.telegram
    assert sent.choices[0].label == "أريد تقديم شكوى"
    assert "999" in sent.text
    assert "Larchmere Homes" in sent.text


def test_a_receipt_stays_the_same_dataclass_with_and_without_a_language() -> None:
    facts = SAMPLES["receipt of a complaint"]
    assert dataclasses.replace(facts, language="pl").language == "pl"  # type: ignore[call-arg]


def _deliver(house: House) -> None:
    deliver(house.book, [notice.id for notice in house.notices()], now=Clock(MONDAY + timedelta(minutes=1)))
