"""Brings a database to the schema of this version, by Alembic.

Alembic is imported only where there is something to migrate: a start that finds the schema current, and a
health check, need none of it.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from casework.storage.sessions import Book

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

_LOCK = 0x4EA25408  # any fixed number: the advisory lock of those who migrate


def config() -> "Config":
    """Alembic's configuration, without a file of its own."""
    from alembic.config import Config

    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS))
    found.set_main_option("path_separator", "os")
    return found


def upgrade(book: Book) -> None:
    """Apply the migrations that this database has not seen yet; safe to call at every start."""
    with book.engine.begin() as connection:
        if _revision(connection) == head():
            return
        if connection.dialect.name == "postgresql":  # SQLite has let in one writer alone; here the second waits
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            if _revision(connection) == head():
                return
        from alembic import command

        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


def is_current(book: Book) -> bool:
    """Whether the database has the schema of this version."""
    with book.engine.connect() as connection:
        return _revision(connection) == head()


@cache
def head() -> str:
    """The revision of the last migration: a file's number is its revision, which a house test holds."""
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    said: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return said
