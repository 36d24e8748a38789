"""Every kind of notice has its templates, and every template its kind; each says what it must in each form."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime
from types import GenericAlias
from typing import Any

import pytest

from casework import notices, said_in_chat
from notifier.render import TEMPLATES, render

BY_MAIL = {"subject.txt", "email.txt", "email.html"}
TO_STAFF = {"staff_alert"}
"""Kinds that go out through Apprise, which has one form."""

ABOUT_NO_CASE = {"too_large"}
"""Kinds that answer what has no case as yet."""
IN_A_CHAT = {made.kind for made in said_in_chat.IN_A_CHAT}
"""Kinds that are said in a conversation and nowhere else: they have that one form, and belong to no case."""

OF_A_CASE = [kind for kind in notices.KINDS if kind not in TO_STAFF | IN_A_CHAT]

LONGEST_TEXT = 918
"""Characters: six segments of a text with a curly apostrophe; nobody should get a letter in pieces."""

OMBUDSMAN = notices.Ombudsman(web="https://www.housing-ombudsman.org.uk", phone="0300 111 3000", post="PO Box 1484")
SAMPLES: dict[str, Callable[[str], Any]] = {
    "str": lambda name: "https://larchmere.example/case/x" if name.endswith("link") else f"the {name}",
    "int": lambda _: 1,
    "bool": lambda _: False,
    "datetime": lambda _: datetime(2026, 12, 22, 16, 40, tzinfo=UTC),
    "date": lambda _: date(2026, 12, 31),
    "date | None": lambda _: date(2026, 12, 31),
    "Ombudsman": lambda _: OMBUDSMAN,
    "tuple[str, ...]": lambda _: ("LH-7K2M-X",),
    "tuple[casework.said_in_chat.CaseLine, ...]": lambda _: (
        said_in_chat.CaseLine("LH-7K2M-X", "complaint", "open", "", None),
    ),
}


def facts(kind: str, **said: Any) -> notices.Kind:
    made = notices.KINDS[kind]
    told = {field.name: SAMPLES[_type(field.type)](field.name) for field in fields(made)}
    return made(**{**told, **{name: value for name, value in said.items() if name in told}})


def _type(said: Any) -> str:
    if isinstance(said, GenericAlias):
        return repr(said)
    return said if isinstance(said, str) else str(getattr(said, "__name__", said)).replace("datetime.", "")


def test_there_is_a_template_folder_for_each_kind_and_no_other() -> None:
    assert {folder.name for folder in TEMPLATES.iterdir() if folder.is_dir()} == set(notices.KINDS)


@pytest.mark.parametrize("kind", notices.KINDS)
def test_a_folder_holds_every_form(kind: str) -> None:
    found = {file.name for file in (TEMPLATES / kind).iterdir()}
    if kind in IN_A_CHAT:
        assert found == {"chat.txt"}
        return
    assert {"short.txt", "subject.txt"} <= found
    assert kind in TO_STAFF or found >= BY_MAIL


@pytest.mark.parametrize("kind", sorted(IN_A_CHAT))
def test_what_is_said_in_a_chat_is_said_there_and_belongs_to_no_case(kind: str) -> None:
    assert render(facts(kind), "chat").text
    assert "follow_link" not in {field.name for field in fields(notices.KINDS[kind])}


@pytest.mark.parametrize("flags", [False, True])
@pytest.mark.parametrize("form", ["short", "chat", "email"])
@pytest.mark.parametrize("kind", OF_A_CASE)
def test_each_form_can_be_filled_in_and_names_the_case(kind: str, form: str, flags: bool) -> None:
    yes = {field.name: flags for field in fields(notices.KINDS[kind]) if _type(field.type) == "bool"}
    rendered = render(facts(kind, reference="LH-7K2M-X", spoken="L H 7 K 2 M X", **yes), form)
    assert "LH-7K2M-X" in rendered.text or kind in ABOUT_NO_CASE
    assert "None" not in rendered.text
    assert form != "email" or (
        rendered.subject and "\n" not in rendered.subject and (kind in ABOUT_NO_CASE or "LH-7K2M-X" in rendered.html)
    )


@pytest.mark.parametrize("kind", OF_A_CASE)
def test_a_text_message_stays_one(kind: str) -> None:
    long = "The boiler has been broken for the third time and nobody has come. " * 40
    told = dict.fromkeys(
        ("own_words", "understanding", "outcomes_sought", "responsibility", "happened", "next_step"), long
    )
    assert len(render(facts(kind, **told), "short").text) <= LONGEST_TEXT


@pytest.mark.parametrize("kind", OF_A_CASE)
def test_what_a_resident_wrote_stays_words_in_an_html_mail(kind: str) -> None:
    said = "<script>alert(1)</script>"
    told = dict.fromkeys(("name", "own_words", "understanding", "outcomes_sought", "happened", "next_step"), said)
    assert said not in render(facts(kind, **told), "email").html


@pytest.mark.parametrize("kind", notices.KINDS)
def test_the_facts_are_kept_and_read_back_whole(kind: str) -> None:
    told = facts(kind)
    assert notices.from_json(kind, notices.as_json(told)) == told
