"""The buttons of a conversation: what each asks for, and the data that comes back when it is pressed.

A button about a case carries its reference and no more. That is no key to it: the desk does what a button asks only
where the case belongs to whoever pressed it (law 12), so a forged or forwarded one opens nothing.
"""

from enum import StrEnum
from typing import NamedTuple

from casework.reference import find_reference


class Button(StrEnum):
    """What a resident can press."""

    COMPLAIN = "complain"  # what I write next is a complaint (Code 1.3)
    REPORT = "report"  # … is something to put right
    THANK = "thank"
    ASK = "ask"
    CASES = "cases"  # where is my case?
    RIGHT = "right"  # you have understood me
    COMPLAINT = "complaint"  # treat this case as a complaint
    NOT_COMPLAINT = "not_complaint"
    ADD = "add"  # what I write next belongs to this case
    PERSON = "person"  # I want to speak to somebody
    ABOUT = "about"  # what I have announced is about this case
    NEW = "new"  # … is about something else


MENU = (Button.COMPLAIN, Button.REPORT, Button.THANK, Button.ASK, Button.CASES)

MATTERS = frozenset({Button.ADD, Button.ABOUT, Button.NEW})
"""What says which matter the words belong to that come next; the first four of the menu say what they are."""

ANNOUNCE = frozenset({Button.COMPLAIN, Button.REPORT, Button.THANK, Button.ASK, *MATTERS})
"""What says something of the words that come next."""

OF_A_CASE = frozenset({Button.RIGHT, Button.COMPLAINT, Button.NOT_COMPLAINT, Button.ADD, Button.PERSON, Button.ABOUT})


class Pressed(NamedTuple):
    """A pressed button, and the reference of its case, empty where it is about none."""

    button: Button
    reference: str


def data_of(button: Button, reference: str = "") -> str:
    """What a button carries; at most 64 bytes, as every chat demands."""
    if button in OF_A_CASE:
        return f"{button.value}:{reference.replace('-', '')}"
    return button.value


def pressed(data: str) -> Pressed | None:
    """What somebody pressed; None for data that no button of ours carries."""
    name, _, bare = data.partition(":")
    if name not in set(Button):
        return None
    button = Button(name)
    reference = find_reference(bare) or ""
    return Pressed(button, reference) if bool(reference) == (button in OF_A_CASE) else None
