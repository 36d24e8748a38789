"""Brings a database to the schema of this version, by Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from casework.storage.sessions import Book

MIGRATIONS = Path(__file__).parent / "migrations"


def config() -> Config:
    """Alembic's configuration, without a file of its own."""
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS))
    found.set_main_option("path_separator", "os")
    return found


def upgrade(book: Book) -> None:
    """Apply the migrations that this database has not seen yet; safe to call at every start."""
    with book.engine.begin() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
        if here == ScriptDirectory.from_config(config()).get_current_head():
            return
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


def is_current(book: Book) -> bool:
    """Whether the database has the schema of this version."""
    with book.engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
    return here == ScriptDirectory.from_config(config()).get_current_head()
