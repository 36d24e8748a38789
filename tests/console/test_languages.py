"""Residents read the form in their language: nothing is missing, and no number is turned round."""

import re
from datetime import date

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from support.scripts import script

from channels.sentences import Sentence
from console import languages
from console.languages import CATALOGUES, LANGUAGES

TRANSLATED = [language for language in LANGUAGES if language.code != "en"]
PARTS = re.compile(r"%\(\w+\)s|</?\w+|href=\"[^\"]*\"")
PHONE = re.compile(r"0800 111 999|07700 900 982|4817-2736-K|ABCD-EFGH-JKLM")


@pytest.fixture(params=TRANSLATED, ids=lambda language: language.code)
def language(request: pytest.FixtureRequest) -> languages.Language:
    found: languages.Language = request.param
    return found


def catalogue(code: str) -> dict[str, str]:
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        read = read_po(file, locale=code)
    return {str(message.id): str(message.string) for message in read if message.id and not message.fuzzy}


def test_no_sentence_is_missing_in_any_language(language: languages.Language) -> None:
    wanted = set(script("make-catalogues").wanted())
    assert len(wanted) > 100
    have = catalogue(language.code)
    assert wanted - have.keys() == set(), "run scripts/make-catalogues.py, then translate what is empty"
    assert have.keys() - wanted == set(), "run scripts/make-catalogues.py: nobody says these any more"
    assert [sentence for sentence, said in have.items() if not said.strip()] == []


def test_placeholders_and_links_agree(language: languages.Language) -> None:
    have = catalogue(language.code)
    wrong = {
        sentence for sentence, said in have.items() if sorted(PARTS.findall(sentence)) != sorted(PARTS.findall(said))
    }
    assert wrong == set()


def test_every_number_that_saves_a_life_stands_in_the_translation(language: languages.Language) -> None:
    for sentence, said in catalogue(language.code).items():
        for number in re.findall(r"0800 111 999|\b999\b|\b111\b", sentence):
            assert number in said, sentence


def test_numbers_keep_their_order_where_writing_runs_to_the_left(app: Flask) -> None:
    for language in TRANSLATED:
        with app.test_request_context(f"/?lang={language.code}"):
            for sentence in catalogue(language.code):
                for found in PHONE.finditer(languages.say(sentence)):
                    marked = f"\u202a{found[0]}" in languages.say(sentence)
                    assert marked is (language.direction == "rtl"), (language.code, sentence)


def test_a_page_says_its_language_and_direction_and_that_nobody_has_checked_it(
    client: FlaskClient, language: languages.Language
) -> None:
    page = client.get(f"/?lang={language.code}").text
    assert f'<html lang="{language.code}"' in page
    assert (f'dir="{language.direction}"' in page.partition("<main")[0]) or language.direction == "ltr"
    assert catalogue(language.code)["What happened?"] in page
    notes = [said for sentence, said in catalogue(language.code).items() if "by a native speaker" in sentence]
    assert notes[0] in page
    assert not language.checked
    assert f'action="/?lang={language.code}"' in page


def test_english_needs_no_such_line(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "native speaker" not in page
    assert '<html lang="en"' in page


def test_languages_are_changed_by_links_that_need_no_script(client: FlaskClient) -> None:
    page = client.get("/?reference=4817-2736-K").text
    for language in TRANSLATED:
        assert f'href="/?reference=4817-2736-K&amp;lang={language.code}" hreflang="{language.code}"' in page
        assert language.name in page


@pytest.mark.parametrize(
    "query", ["_scheme=javascript", "_external=1&_scheme=x", "endpoint=x", "_anchor=x", "lang=", "lang=%00"]
)
def test_nothing_that_is_put_into_the_address_breaks_the_links(client: FlaskClient, query: str) -> None:
    page = client.get(f"/?{query}")
    assert page.status_code == 200
    assert 'href="/?lang=cy"' in page.text


def test_the_browser_is_believed_until_somebody_chooses(client: FlaskClient) -> None:
    polish = {"Accept-Language": "pl-PL,pl;q=0.9,en;q=0.5"}
    assert '<html lang="pl"' in client.get("/", headers=polish).text
    assert '<html lang="en"' in client.get("/?lang=en", headers=polish).text
    assert '<html lang="cy"' in client.get("/?lang=cy", headers=polish).text
    assert '<html lang="pl"' in client.get("/?lang=xx", headers=polish).text
    assert '<html lang="en"' in client.get("/", headers={"Accept-Language": "fr"}).text


def test_staff_read_english_whatever_their_browser_says(client: FlaskClient) -> None:
    page = client.get("/staff/sign-in", headers={"Accept-Language": "ar"}).text
    assert '<html lang="en"' in page
    assert 'dir="rtl"' not in page


def test_what_is_wrong_is_said_in_the_language_with_its_numbers(client: FlaskClient) -> None:
    page = client.post("/?lang=pl", data={"message": "x" * 100_001}).text
    assert "Wiadomość może mieć najwyżej 100,000 znaków. Ma 100,001" in page
    assert "<title>Błąd: " in page


def test_a_missing_page_and_a_too_large_one_are_said_in_the_language(app: Flask, client: FlaskClient) -> None:
    assert "Nie możemy znaleźć tej strony" in client.get("/received/nothing?lang=pl").text
    app.config["MAX_FORM_MEMORY_SIZE"] = 1000
    assert (
        "To jest za duże"
        in client.post("/?lang=pl", data={"message": "x" * 2000}, content_type="multipart/form-data").text
    )


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("en", "Friday 4 December 2026"),
        ("cy", "Dydd Gwener, 4 Rhagfyr 2026"),
        ("pl", "piątek, 4 grudnia 2026"),
        ("ro", "vineri, 4 decembrie 2026"),
    ],
)
def test_dates_are_written_in_the_language(app: Flask, code: str, written: str) -> None:
    with app.test_request_context(f"/?lang={code}"):
        assert languages.date_said(date(2026, 12, 4)) == written


@pytest.mark.parametrize("code", ["ur", "bn", "ar"])
def test_dates_in_other_alphabets_hold_no_english(app: Flask, code: str) -> None:
    with app.test_request_context(f"/?lang={code}"):
        assert not re.search("[A-Za-z]", languages.date_said(date(2026, 12, 4)))


def test_a_sentence_that_nobody_translated_is_said_in_english(app: Flask) -> None:
    with app.test_request_context("/?lang=cy"):
        assert languages.said(Sentence("%(count)s owls", count=3)) == "3 owls"
        assert languages.said("100 % wool") == "100 % wool"


def test_the_styles_of_these_pages_are_as_the_script_makes_them() -> None:
    made = script("make-resident-css")
    assert made.MADE.read_text(encoding="utf-8") == made.made(), "run scripts/make-resident-css.py"
    assert made.MADE.stat().st_size < 40_000, "an old phone on a bad line loads it"
