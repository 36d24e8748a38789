"""A source that is compared with the book offers everything that the comparison asks of it."""

import importlib
import inspect

import pytest

from channels import registry
from channels.channel import Accountable

ASKED = [name for name in vars(Accountable) if not name.startswith("_") and inspect.isfunction(vars(Accountable)[name])]


def compared() -> list[type]:
    found = []
    for name in registry.names():
        if importlib.util.find_spec(f"channels.{name}.collect"):
            module = importlib.import_module(f"channels.{name}.collect")
            found += [one for _, one in inspect.getmembers(module, inspect.isclass) if hasattr(one, "inventory")]
    return found


def test_the_mailbox_and_the_list_of_texts_are_compared() -> None:
    assert {one.__name__ for one in compared()} >= {"MailSource", "TextList"}


@pytest.mark.parametrize("source", compared(), ids=lambda one: one.__name__)
@pytest.mark.parametrize("asked", ASKED)
def test_it_answers_whatever_it_is_asked(source: type, asked: str) -> None:
    theirs = inspect.signature(getattr(source, asked)).parameters
    ours = inspect.signature(getattr(Accountable, asked)).parameters
    assert [(one.name, one.kind) for one in theirs.values()] == [(one.name, one.kind) for one in ours.values()]
