"""A link opens the page of one case, and nobody can make one but us."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.links import BadLink, reference_in, reference_in_reply, reply_token_for, token_for
from casework.reference import new_reference

SECRET, OTHER = "our secret", "another secret"


def test_a_link_opens_its_own_case() -> None:
    for _ in range(50):
        reference = new_reference()
        token = token_for(reference, SECRET)
        assert reference_in(token, SECRET) == reference
        assert len(token) == 22
        assert token.replace(".", "").replace("-", "").replace("_", "").isalnum()


def test_a_link_is_for_one_case_and_one_secret() -> None:
    one, other = token_for("4817-2736-K", SECRET), token_for("1234-5678-" + "K", SECRET)
    forged = f"{one.partition('.')[0]}.{other.partition('.')[2]}"
    for token in (forged, token_for("4817-2736-K", OTHER)):
        with pytest.raises(BadLink):
            reference_in(token, SECRET)


@given(st.text(max_size=60))
def test_no_other_text_opens_anything(text: str) -> None:
    with pytest.raises(BadLink):
        reference_in(text, SECRET)


@given(st.integers(0, 21), st.characters(codec="utf-8"))
def test_a_link_with_one_letter_changed_is_no_link(place: int, letter: str) -> None:
    token = token_for("4817-2736-K", SECRET)
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        with pytest.raises(BadLink):
            reference_in(changed, SECRET)


def test_an_answer_comes_back_to_its_own_case_in_whatever_case_a_mail_server_writes_it() -> None:
    for _ in range(50):
        reference = new_reference()
        token = reply_token_for(reference, SECRET)
        assert token == token.lower()
        assert reference_in_reply(token, SECRET) == reference_in_reply(token.upper(), SECRET) == reference
        assert reference_in_reply(token, OTHER) is None


def test_the_token_of_an_answer_opens_no_page_and_a_links_token_answers_nothing() -> None:
    with pytest.raises(BadLink):
        reference_in(reply_token_for("4817-2736-K", SECRET), SECRET)
    assert reference_in_reply(token_for("4817-2736-K", SECRET), SECRET) is None


@given(st.text(max_size=60))
def test_whatever_stands_behind_a_plus_is_no_token_of_ours(written: str) -> None:
    assert reference_in_reply(written, SECRET) is None
