"""Every variable that Earshot reads is explained, and every one explained is read."""

import re
from pathlib import Path

import pytest

from commands.run import variables

HOUSE = Path(__file__).parent.parent.parent
EXPLAINED = HOUSE / "docs" / "settings.md"
NOT_FOR_PEOPLE = {"EARSHOT_STARTED_BY"}


def read() -> list[str]:
    return sorted(name for name in variables.known() - NOT_FOR_PEOPLE if not name.endswith("_FILE"))


@pytest.mark.parametrize("name", read())
def test_a_variable_is_explained(name: str) -> None:
    assert f"`{name}`" in EXPLAINED.read_text(), f"say in docs/settings.md what {name} does and what it is by default"


def test_no_variable_is_explained_that_nobody_reads() -> None:
    documents = [HOUSE / "README.md", *HOUSE.glob("docs/**/*.md"), *HOUSE.glob("channels/*/README.md")]
    said = {name for path in documents for name in re.findall(r"EARSHOT_[A-Z][A-Z_]*[A-Z]", path.read_text())}
    assert said - variables.known() == set()
