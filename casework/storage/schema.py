"""Brings a database to the schema of this version, by Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from casework.storage.sessions import Book

MIGRATIONS = Path(__file__).parent / "migrations"

_LOCK = 0x4EA25408  # any fixed number: the advisory lock of those who migrate


def config() -> Config:
    """Alembic's configuration, without a file of its own."""
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS))
    found.set_main_option("path_separator", "os")
    return found


def upgrade(book: Book) -> None:
    """Apply the migrations that this database has not seen yet; safe to call at every start."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    with book.engine.begin() as connection:
        if _revision(connection) == head:
            return
        if connection.dialect.name == "postgresql":  # SQLite has let in one writer alone; here the second waits
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            if _revision(connection) == head:
                return
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


def is_current(book: Book) -> bool:
    """Whether the database has the schema of this version."""
    with book.engine.connect() as connection:
        return _revision(connection) == ScriptDirectory.from_config(config()).get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
