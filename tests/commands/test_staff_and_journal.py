"""The small commands that whoever runs Earshot needs: migrate, staff, journal."""

from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

import cli


@pytest.fixture
def book(book_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("EARSHOT_DATABASE_URL", book_url)
    return book_url


def earshot(name: str, *arguments: str, said: str = "") -> Result:
    return CliRunner().invoke(import_module(cli.module_of(name)).command, arguments, input=said)


def add(email: str = "priya@larchmere.example", password: str = "amber-birch-cedar") -> Result:
    return earshot("staff", "add", email, "--name", "Priya Shah", said=f"{password}\n{password}\n")


def test_the_first_member_of_staff_is_let_in_from_the_command_line(book: str) -> None:
    assert "Priya Shah can sign in as priya@larchmere.example (officer)." in add().output
    assert earshot("staff", "list").output == "priya@larchmere.example  Priya Shah (officer)\n"


def test_a_password_is_never_shown(book: str) -> None:
    assert "amber-birch-cedar" not in add().output


def test_somebody_is_not_added_twice_and_a_short_password_is_refused(book: str) -> None:
    assert "A password needs between 12" in add(password="short").output
    add()
    again = add("Priya@Larchmere.example")
    assert again.exit_code == 1
    assert "is among the staff already" in again.output


def test_who_has_left_can_sign_in_no_more(book: str) -> None:
    add()
    assert earshot("staff", "deactivate", "priya@larchmere.example").output == "Priya Shah can sign in no more.\n"
    assert "may sign in no more" in earshot("staff", "list").output
    assert earshot("staff", "deactivate", "tom@larchmere.example").exit_code == 1


def test_a_whole_journal_is_said_to_be_whole(book: str) -> None:
    assert earshot("journal", "verify").output == "The journal is whole: 0 lines.\n"
    add()
    assert earshot("journal", "verify").output.startswith("The journal is whole: 1 lines, the last ")


def test_a_changed_line_is_found_and_named(book: str) -> None:
    add()
    engine = create_engine(book)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
        else:
            triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
            for trigger in triggers.all():
                connection.execute(text(f"DROP TRIGGER {trigger}"))
        connection.execute(text("UPDATE journal SET actor = 'somebody else'"))
    engine.dispose()
    verified = earshot("journal", "verify")
    assert verified.exit_code == 1
    assert "Line 1 was changed after it was written." in verified.output


def test_migrate_brings_an_empty_database_up_to_date_and_says_so(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EARSHOT_DATABASE_URL", database_url)
    assert earshot("migrate", "--check").exit_code == 1
    assert earshot("migrate").exit_code == 0
    assert earshot("migrate", "--check").output == "The database is at the schema of this version.\n"
