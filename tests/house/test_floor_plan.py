"""The building regulations: which rooms there are, what may lean on what, and where things stand."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent.parent
ROOMS = ("casework", "channels", "classifier", "commands", "console", "intake", "notifier", "reports")
KEYS = ("cli.py", "worker.py")
FURNITURE = {
    ".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "docs", "scripts", "tests",
    "pyproject.toml", "requirements.lock", "requirements-dev.lock",
}  # fmt: skip
EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "managers"}

MODULES = sorted(path for room in ROOMS for path in (HOUSE / room).rglob("*.py"))


def spoken(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def test_imports_only_point_down() -> None:
    checked = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_root_holds_only_what_was_agreed() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=HOUSE, capture_output=True, text=True, check=True).stdout
    entries = {name.partition("/")[0] for name in tracked.split("\0") if name}
    assert entries <= {*ROOMS, *KEYS, *FURNITURE}, "a new room needs a place in the floor plan (docs/architecture.md)"


def test_every_room_is_in_the_import_contracts() -> None:
    contracts = (HOUSE / "pyproject.toml").read_text()
    assert all(f'"{room}"' in contracts for room in ROOMS)


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=spoken)
def test_a_package_opens_with_a_docstring_and_nothing_else(path: Path) -> None:
    body = ast.parse(path.read_text()).body
    assert len(body) == 1, "whoever reads a package should find its modules, not code in its doorway"
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_every_module_says_what_it_is_for() -> None:
    silent = [spoken(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_no_name_says_nothing() -> None:
    empty = [spoken(path) for path in MODULES if path.stem in EMPTY_WORDS or path.parent.name in EMPTY_WORDS]
    assert empty == []


def test_no_test_folder_is_a_package() -> None:
    # An __init__.py there would make `import channels` mean the tests of channels.
    assert list((HOUSE / "tests").rglob("__init__.py")) == []


def test_nobody_imports_the_front_door() -> None:
    keys = {path.removesuffix(".py") for path in KEYS}
    leaning = [
        spoken(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Import) and keys & {name.name for name in node.names})
        or (isinstance(node, ast.ImportFrom) and node.module in keys)
    ]
    assert leaning == []
