"""Forgets the demo neighbourhood: removes var/, but only where it holds a demo's book."""

# ruff: noqa: T201 - a script prints: that is what it is for

import fcntl
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path


def is_demo(book: Path) -> bool:
    with closing(sqlite3.connect(f"file:{book}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute("SELECT 1 FROM book WHERE name = 'demo'").fetchone() is not None
        except sqlite3.OperationalError:
            return False


def is_running(var: Path) -> bool:
    try:
        with (var / "earshot.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def main() -> int:
    var = Path(os.environ.get("EARSHOT_VAR", "var"))
    book = var / "earshot.sqlite"
    if not var.exists():
        print(f"There is nothing under {var}.")
        return 0
    if book.exists() and not is_demo(book):
        print(f"{book} is not a demo's book, so it stays: remove it yourself if you are sure.")
        return 1
    if is_running(var):
        print("Earshot is running here: stop it first.")
        return 1
    shutil.rmtree(var)
    print(f"The demo neighbourhood under {var} is gone; make run starts a new one.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
