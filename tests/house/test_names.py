"""Nobody else's package carries the name of a room: `channels` and `intake` are taken names elsewhere."""

import importlib
import importlib.metadata
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent.parent
OURS = ("casework", "channels", "classifier", "cli", "commands", "console", "intake", "notifier", "reports", "worker")


@pytest.mark.parametrize("name", OURS)
def test_the_name_of_a_room_has_one_owner(name: str) -> None:
    owners = set(importlib.metadata.packages_distributions().get(name, []))
    assert owners <= {"earshot-housing"}, (
        f"another distribution installs a package called {name}: it would be ours or theirs by chance"
    )


@pytest.mark.parametrize("name", OURS)
def test_a_room_is_imported_from_this_house(name: str) -> None:
    imported = importlib.import_module(name)
    assert imported.__file__ is not None
    assert Path(imported.__file__).is_relative_to(HOUSE)
