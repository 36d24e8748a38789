"""The buttons under a notice in a chat, in the resident's own language where we have it."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from casework.buttons import MENU, Button, data_of
from casework.reading import COMPLAINT
from channels.message import Choice
from notifier.render import TEMPLATES

LABELS = TEMPLATES / "buttons.toml"
ENGLISH = "en"

_ALWAYS = (Button.ADD, Button.CASES, Button.PERSON)


def choices_of(kind: str, facts: Mapping[str, Any]) -> tuple[Choice, ...]:
    """The buttons for a notice as it stands in the outbox."""
    labels = labels_in(str(facts.get("language") or ""))
    if kind == "prompt":
        return _which_matter(facts["cases"], labels)
    reference = str(facts.get("reference") or "")
    if kind == "case_status" and len(facts["cases"]) == 1:
        reference = str(facts["cases"][0]["reference"])
    return tuple(Choice(labels[button], data_of(button, reference)) for button in _buttons_for(kind, facts))


def _buttons_for(kind: str, facts: Mapping[str, Any]) -> Iterable[Button]:
    if kind == "receipt":
        return *_about_our_reading(facts), *_ALWAYS
    if kind in ("acknowledgement", "progress_update"):
        return _ALWAYS
    if kind == "greeting":
        return MENU
    if kind == "case_status":
        if len(facts["cases"]) == 1:
            return Button.ADD, Button.PERSON
        return () if facts["cases"] else tuple(button for button in MENU if button is not Button.CASES)
    return ()


def _which_matter(cases: Sequence[str], labels: Mapping[Button, str]) -> tuple[Choice, ...]:
    """Whether it is about a case that there is, or about something else; nobody has to say."""
    if not cases:
        return ()
    about = [Choice(f"{labels[Button.ABOUT]} {reference}", data_of(Button.ABOUT, reference)) for reference in cases]
    return (*about, Choice(labels[Button.NEW], data_of(Button.NEW)))


def _about_our_reading(facts: Mapping[str, Any]) -> Iterable[Button]:
    """Whether we have understood: nobody has to say yes, and no button takes a complaint back by itself (law 6)."""
    if facts["about"] == COMPLAINT and not facts["choice"]:
        return Button.RIGHT, Button.NOT_COMPLAINT
    if facts["choice"] and facts["acknowledge_by"]:
        return Button.COMPLAINT, Button.NOT_COMPLAINT
    return Button.RIGHT, Button.COMPLAINT


@cache
def labels_in(language: str) -> Mapping[Button, str]:
    """The words on every button in a language (an ISO 639 code), in English where we have no words in it."""
    known = tomllib.loads(LABELS.read_text("utf-8"))
    said = known.get(language, known[ENGLISH])
    return {button: said[button.value] for button in Button}
