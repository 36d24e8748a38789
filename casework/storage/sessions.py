"""Opens the book: `transaction()` to write, `reading()` to read. Nothing else commits.

A transaction that commits seals its journal lines first and rings its bells after.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import sleep
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from casework.settings import settings
from casework.storage import bell, journal

TRIES = 600  # at a twentieth of a second: as long as any other wait for a lock


class Book:
    """One database, by its SQLAlchemy URL."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._read_engine = self.engine.execution_options(earshot_reads_only=True)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose work is committed whole at the end, or not at all."""
        with Session(self.engine, expire_on_commit=False) as session:
            with session.begin():
                yield session
                session.flush()
                journal.seal(session)
            bell.ring_all(session)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that is never committed and does not wait for writers; what was read stays readable after it."""
        with Session(self._read_engine, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


def book() -> Book:
    """The book that EARSHOT_DATABASE_URL names; one a process, so a forked worker opens its own."""
    return _book_of(settings().database, os.getpid())


@cache
def _book_of(url: str, _process: int) -> Book:
    return Book(url)


def _engine(url: str) -> Engine:
    # Parameters are hidden since an error would carry a resident's words into a log (law 12).
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            url, connect_args={"timeout": 30, "check_same_thread": False}, pool_size=16, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True, hide_parameters=True)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling would begin late and lock too late: we say BEGIN ourselves.
    connection.isolation_level = None
    for pragma in ("busy_timeout=30000", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    _log_ahead(connection)


def _log_ahead(connection: Any) -> None:
    """Several that open a new file at once are refused the switch, without being made to wait: they try again."""
    for left in reversed(range(TRIES)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if not left:
                raise
            sleep(0.05)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once, since a reader that turns writer half-way cannot wait for another.
    reads_only = connection.get_execution_options().get("earshot_reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
