"""What the documents name exists: paths, commands with their options, make targets."""

import importlib
import re
import shlex
from pathlib import Path

import click
import pytest

import cli

HOUSE = Path(__file__).parent.parent.parent
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "*/README.md", "channels/*/README.md", "classifier/*.md")
    for path in HOUSE.glob(pattern)
    if not any(part.startswith(".") or part in ("var", "node_modules") for part in path.relative_to(HOUSE).parts)
)
ROOTS = (
    "casework",
    "channels",
    "classifier",
    "commands",
    "console",
    "docs",
    "intake",
    "notifier",
    "reports",
    "scripts",
    "tests",
)
PLACEHOLDER = re.compile(r"(^|/)[A-Z_]+(/|$)")
"""A part of a path in capitals stands for whatever the reader puts there: `channels/NAME/`."""


def code_of(document: Path) -> list[str]:
    """What stands in backticks, and each line of a fenced block."""
    words = document.read_text()
    fenced = re.findall(r"^```.*?\n(.*?)^```", words, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", words, flags=re.MULTILINE | re.DOTALL))
    return inline + [line.strip() for block in fenced for line in block.splitlines()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(HOUSE)))
def test_every_path_that_is_named_exists(document: Path) -> None:
    named = {
        word
        for code in code_of(document)
        for word in re.findall(r"[\w./-]+", code)
        if word.startswith(tuple(f"{root}/" for root in ROOTS)) and not PLACEHOLDER.search(word)
    }
    missing = [path for path in sorted(named) if not (HOUSE / path.rstrip("./")).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(HOUSE)))
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text())
    near = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in near if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(HOUSE)))
def test_every_command_that_is_named_exists(document: Path) -> None:
    for code in code_of(document):
        for said in re.findall(r"(?:^|[\s|$/])earshot ([a-z][^|>&;#]*)", f" {code}"):
            check_command(said)
        for target in re.findall(r"(?:^|\s)make ([a-z][a-z-]*)", code):
            assert re.search(rf"^{target}:", (HOUSE / "Makefile").read_text(), re.MULTILINE), f"make {target}"


def check_command(said: str) -> None:
    try:
        words = shlex.split(said)
    except ValueError:
        words = said.split()
    assert words[0] in cli.COMMANDS, f"earshot {said}"
    command = importlib.import_module(cli.module_of(words[0])).command
    for word in words[1:]:
        if isinstance(command, click.Group) and re.fullmatch(r"[a-z][a-z-]+", word):
            assert word in command.commands, f"earshot {said}"
            command = command.commands[word]
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)} | {
        "--help"
    }
    for option in re.findall(r"(?<!\S)(--[a-z][a-z0-9-]*)", said):
        assert option in options, f"earshot {said}"
