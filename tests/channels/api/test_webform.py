"""What a Drupal Webform posts, as JSON and in PHP's way of writing a form."""

import json
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.api.webform import OF_THE_SUBMISSION, answers, name_of, translated
from channels.errors import UnreadablePayload

SUBMISSION = {"uuid": "5b0d3c62-9f7e-4a51-8d35-3f6a2b7c9e10", "sid": "42", "webform_id": "complain", "changed": "1"}

NAME = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1)
ANSWER = st.recursive(
    WORDS,
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(NAME, inner, min_size=1, max_size=3),
    max_leaves=6,
)


def as_php_writes_it(value: Any, prefix: str = "") -> list[str]:
    pairs: list[str] = []
    for name, part in value.items() if isinstance(value, dict) else enumerate(value):
        path = f"{prefix}[{name}]" if prefix else str(name)
        if isinstance(part, (dict, list)):
            pairs += as_php_writes_it(part, path)
        else:
            pairs.append(f"{quote_plus(path)}={quote_plus(part)}")
    return pairs


@given(st.dictionaries(NAME, ANSWER, min_size=1, max_size=4))
def test_a_form_and_json_say_the_same(said: dict[str, Any]) -> None:
    assert answers("webform-form", "&".join(as_php_writes_it(said))) == answers("webform-json", json.dumps(said))


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True), st.text(min_size=1).filter(str.strip)))
def test_no_answer_is_left_aside(said: dict[str, str]) -> None:
    posted = answers("webform-json", json.dumps(said))
    value, _ = translated(posted, {})
    kept = json.dumps(value, ensure_ascii=False)
    for name, words in posted.items():
        if name not in OF_THE_SUBMISSION and name not in ("prefers", "preferred_contact", "contact_preference"):
            assert json.dumps(words.strip(), ensure_ascii=False)[1:-1] in kept, name


def test_the_same_submission_has_the_same_name_and_a_changed_one_another() -> None:
    first = name_of(SUBMISSION | {"message": "Nobody came."})
    assert first.startswith("5b0d3c62-9f7e-4a51-8d35-3f6a2b7c9e10.")
    assert name_of(SUBMISSION | {"message": "Nobody came.", "changed": "2"}) == first
    assert name_of(SUBMISSION | {"message": "Nobody came. Again."}) != first
    assert name_of({"message": "Nobody came."}) == ""
    assert name_of({"message": "Nobody came.", "webform_id": "complain"}) == ""


def test_words_for_which_a_field_is_too_short_are_kept_with_the_text() -> None:
    value, _ = translated({"message": "Nobody came.", "reference": "It is about the letter of May. " * 9}, {})
    assert "Reference: It is about the letter of May." in value["text"]
    assert "reference" not in value


def test_words_without_end_are_cut_and_that_is_said() -> None:
    value, problems = translated({"message": "x" * 100_001}, {})
    assert len(value["text"]) == 100_000
    assert problems == ("The form said more than 100,000 characters; the rest stands in the original.",)


def test_a_photo_without_words_is_heard() -> None:
    value, _ = translated({"_photo": {"name": "a.png", "uri": "private://a.png", "data": "AAAA"}}, {})
    assert (value["text"], len(value["attachments"])) == ("[No words, only files]", 1)


@pytest.mark.parametrize(
    ("written", "prefers"),
    [
        ("E-mail", "email"),
        ("By text", "text"),
        ("SMS", "text"),
        ("a phone call", "phone"),
        ("letter", "post"),
        ("x", ""),
    ],
)
def test_how_they_want_to_be_answered_is_read_in_words(written: str, prefers: str) -> None:
    assert translated({"message": "x", "contact_preference": written}, {})[0]["prefers"] == prefers


def test_a_form_with_thousands_of_fields_is_refused() -> None:
    with pytest.raises(UnreadablePayload, match="more than 2,000 fields"):
        answers("webform-form", "a=b&" * 2_001)


def test_nesting_without_end_costs_nothing() -> None:
    assert answers("webform-form", "a" + "[b]" * 100_000 + "=c")
    assert answers("webform-form", "a=1&a[b]=2&a[]=3")
