"""What `earshot --help` promises is there, costs nothing to list, and never answers with a traceback."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

import cli

EARSHOT = Path(sys.executable).parent / "earshot"


def earshot(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    settings = {f"EARSHOT_{name.upper()}": value for name, value in variables.items()}
    return subprocess.run(
        [EARSHOT, *arguments], env={**os.environ, **settings}, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_a_listed_command_exists_under_its_name_and_help(name: str) -> None:
    command = importlib.import_module(cli.module_of(name)).command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help, f"say in the docstring of {name} what it does"


def test_every_module_of_commands_that_offers_a_command_is_listed() -> None:
    modules = {path: path.read_text() for path in Path(cli.__file__).parent.glob("commands/**/*.py")}
    # What is run by `python -m` is for those who maintain Earshot, not for those who run it.
    offering = [path for path, words in modules.items() if "\ndef command(" in words and "__main__" not in words]
    listed = {importlib.import_module(cli.module_of(name)).__file__ for name in cli.COMMANDS}
    assert {str(path) for path in offering} <= listed


def test_help_loads_none_of_the_heavy_parts() -> None:
    asked = "import sys, cli; cli.earshot(['--help'], standalone_mode=False); print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert "working-days" in said
    assert not {"spacy", "sqlalchemy", "flask", "pydantic", "redis"} & set(said.split())


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"bind": "nowhere"}, "EARSHOT_BIND must be HOST:PORT"),
        ({"secret_key": "short"}, "EARSHOT_SECRET_KEY must have at least 32 characters"),
        ({"database_url": "my database"}, "EARSHOT_DATABASE_URL is not a database address"),
        ({"database_url": "postgresql://earshot@127.0.0.1:1/earshot"}, "The database cannot be used"),
    ],
)
def test_a_wrong_setting_is_one_clear_sentence(variables: dict[str, str], sentence: str) -> None:
    said = earshot("migrate", **variables)
    assert said.returncode == 2
    assert said.stderr.startswith(sentence)
    assert said.stderr.count("\n") == 1
    assert "Traceback" not in said.stderr


def test_a_secret_is_never_quoted_back() -> None:
    assert "hunter2" not in earshot("migrate", secret_key="hunter2").stderr


def test_a_misspelt_setting_stops_the_start_and_names_the_nearest() -> None:
    said = earshot("run", impa_url="imaps://larchmere.example/INBOX")
    assert said.returncode != 0
    assert "There is no setting called EARSHOT_IMPA_URL. Did you mean EARSHOT_IMAP_URL?" in said.stderr


def test_the_version_is_the_distributions() -> None:
    from importlib.metadata import version

    assert earshot("--version").stdout == f"earshot {version('earshot-housing')}\n"
