"""`earshot api-clients`: keys are made, shown once, listed without them, and taken away."""

import re
from importlib import import_module

import pytest
from click.testing import CliRunner, Result

import cli


@pytest.fixture(autouse=True)
def book(book_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("EARSHOT_DATABASE_URL", book_url)
    return book_url


def earshot(*arguments: str) -> Result:
    return CliRunner().invoke(import_module(cli.module_of("api-clients")).command, arguments)


def test_a_key_is_shown_once_and_never_again() -> None:
    said = earshot("add", "larchmere-web").output
    key = re.search(r"earshot_[\w-]{43}", said)
    assert key is not None
    listed = earshot("list").output
    assert listed.startswith("larchmere-web  since ")
    assert "120 a minute may set attachments, on_behalf_of" in listed
    assert key[0] not in listed


def test_what_a_client_may_set_and_how_it_calls_our_fields_is_said_when_it_is_added() -> None:
    said = earshot("add", "repairs", "--may", "received_at", "--field", "text=what_happened", "--per-minute", "5")
    assert said.exit_code == 0
    assert "5 a minute may set received_at\n" in earshot("list").output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("Larchmere Web",), "small letters, digits and dashes"),
        (("web", "--field", "words=message"), "--field must be OURS=THEIRS"),
        (("web", "--field", "text"), "--field must be OURS=THEIRS"),
        (("web", "--may", "everything"), "Invalid value for '--may'"),
        (("web", "--per-minute", "0"), "Invalid value for '--per-minute'"),
    ],
)
def test_wrong_input_is_one_clear_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    said = earshot("add", *arguments)
    assert said.exit_code == 2
    assert sentence in said.output
    assert earshot("list").output == ""


def test_a_name_is_used_once_even_after_its_key_was_taken_away() -> None:
    earshot("add", "web")
    assert "is good for nothing any more" in earshot("revoke", "web").output
    assert ": revoked 20" in earshot("list").output
    again = earshot("add", "web")
    assert again.exit_code == 1
    assert "Choose another name, such as web-2." in again.output
    assert earshot("revoke", "nobody").output == "Error: There is no client called nobody.\n"
