"""The migrations are one line, numbered, and lead to exactly the tables that the code describes."""

import re

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from casework.storage import schema
from casework.storage.columns import Base
from casework.storage.sessions import Book


def revisions() -> list[str]:
    """From the first to the last."""
    return [script.revision for script in ScriptDirectory.from_config(schema.config()).walk_revisions()][::-1]


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(schema.config()).get_heads()) == 1


def test_the_last_number_is_the_head() -> None:
    assert schema.head() == ScriptDirectory.from_config(schema.config()).get_current_head()


def test_they_are_numbered_in_order_without_a_gap() -> None:
    files = sorted(path.name for path in (schema.MIGRATIONS / "versions").glob("*.py"))
    assert [int(re.match(r"(\d{4})_", name)[1]) for name in files] == list(range(1, len(files) + 1))
    assert len(files) == len(revisions())
    assert all(file.startswith(f"{revision}_") for file, revision in zip(files, revisions(), strict=True))


def test_they_lead_to_the_tables_that_the_code_describes(database_url: str) -> None:
    book = Book(database_url)
    schema.upgrade(book)
    with book.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        differences = compare_metadata(context, Base.metadata)
    assert schema.is_current(book)
    book.close()
    assert differences == []


def test_a_second_upgrade_does_nothing(database_url: str) -> None:
    book = Book(database_url)
    schema.upgrade(book)
    schema.upgrade(book)
    book.close()


def test_what_makes_things_happen_once_is_unique_in_the_database(database_url: str) -> None:
    book = Book(database_url)
    schema.upgrade(book)
    ground = inspect(book.engine)
    uniques = {
        table: [tuple(index["column_names"]) for index in ground.get_indexes(table) if index["unique"]]
        + [tuple(constraint["column_names"]) for constraint in ground.get_unique_constraints(table)]
        for table in ("message", "outbox")
    }
    book.close()
    assert ("channel", "our_address", "external_id") in uniques["message"]  # law 2
    assert any({"case_id", "kind", "round"} <= set(found) for found in uniques["outbox"]), uniques  # law 4
