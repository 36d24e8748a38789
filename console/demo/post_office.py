"""What the demo's providers hold: texts and chats both ways, and what they still have to push to us.

A small SQLite file of its own, beside the book and never part of it; each call is one short connection, so that
threads need not know of each other.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

FILE = "demo-post.sqlite"

_TABLES = """
CREATE TABLE IF NOT EXISTS item (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, address TEXT NOT NULL, from_resident INTEGER NOT NULL,
    subject TEXT NOT NULL, body TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, callback TEXT NOT NULL,
    at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS item_by_address ON item (kind, address, id);
CREATE INDEX IF NOT EXISTS item_by_name ON item (name);
CREATE TABLE IF NOT EXISTS push (
    id INTEGER PRIMARY KEY AUTOINCREMENT, item_id INTEGER NOT NULL, says TEXT NOT NULL, not_before TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_COLUMNS = "id, kind, address, from_resident, subject, body, name, status, callback, at"
_TRIES = 40
_BACK_OFF = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Item:
    """One text, chat message or mail: `address` is the resident's, `name` the provider's own name of it."""

    id: int
    kind: str
    address: str
    from_resident: bool
    subject: str
    body: str
    name: str
    status: str
    callback: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Push:
    """Something that a provider still has to tell us: `says` is `message`, or a status of the item."""

    id: int
    item: Item
    says: str


class PostOffice:
    """The providers' shelves in the demo's folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as shelves:
            shelves.execute("PRAGMA journal_mode=WAL")
            shelves.executescript(_TABLES)

    def add(
        self,
        kind: str,
        address: str,
        body: str,
        *,
        from_resident: bool,
        at: datetime,
        name: str = "",
        status: str = "",
        subject: str = "",
        callback: str = "",
    ) -> Item:
        """Keep one item."""
        values = (kind, address, from_resident, subject, body, name, status, callback, at.astimezone(UTC).isoformat())
        with self._open() as shelves:
            shelves.execute("BEGIN IMMEDIATE")
            number = shelves.execute(
                "INSERT INTO item (kind, address, from_resident, subject, body, name, status, callback, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            ).lastrowid
            shelves.execute("COMMIT")
        return Item(int(number or 0), kind, address, from_resident, subject, body, name, status, callback, at)

    def conversation(self, kind: str, address: str) -> list[Item]:
        """Everything of one kind between us and a resident, oldest first."""
        return self._items("WHERE kind = ? AND address = ? ORDER BY id", kind, address)

    def everything(self, kind: str, *, newest: int) -> list[Item]:
        """The newest items of one kind that we sent, newest first."""
        return self._items("WHERE kind = ? AND from_resident = 0 ORDER BY id DESC LIMIT ?", kind, newest)

    def named(self, name: str) -> Item | None:
        return next(iter(self._items("WHERE name = ?", name)), None)

    def set_status(self, item: Item, status: str) -> None:
        with self._open() as shelves:
            shelves.execute("UPDATE item SET status = ? WHERE id = ?", (status, item.id))

    def owe_push(self, item: Item, says: str, *, not_before: datetime) -> None:
        """Have the postman tell us of an item, at the earliest then."""
        with self._open() as shelves:
            shelves.execute(
                "INSERT INTO push (item_id, says, not_before) VALUES (?, ?, ?)",
                (item.id, says, not_before.astimezone(UTC).isoformat()),
            )

    def pushes(self) -> list[tuple[datetime, Push]]:
        """What is still to be pushed and when, the earliest first."""
        with self._open() as shelves:
            rows = shelves.execute(
                f"SELECT push.not_before, push.id, says, {', '.join('item.' + c for c in _COLUMNS.split(', '))}"  # noqa: S608
                " FROM push JOIN item ON item.id = push.item_id ORDER BY push.not_before, push.id LIMIT 50"
            ).fetchall()
        return [(datetime.fromisoformat(row[0]), Push(row[1], _item(row[3:]), row[2])) for row in rows]

    def pushed(self, push: Push) -> None:
        with self._open() as shelves:
            shelves.execute("DELETE FROM push WHERE id = ?", (push.id,))

    def put_off(self, push: Push, *, now: datetime) -> None:
        """Try again a little later; give up after some minutes, as providers do."""
        with self._open() as shelves:
            shelves.execute(
                "UPDATE push SET attempts = attempts + 1, not_before = ? WHERE id = ?",
                ((now + _BACK_OFF).astimezone(UTC).isoformat(), push.id),
            )
            shelves.execute("DELETE FROM push WHERE id = ? AND attempts >= ?", (push.id, _TRIES))

    def remember(self, name: str, value: str) -> None:
        with self._open() as shelves:
            shelves.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))

    def recall(self, name: str) -> str:
        """What was remembered under this name, empty when nothing was."""
        with self._open() as shelves:
            row = shelves.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def clear(self) -> None:
        """Empty the shelves; what a provider was told of itself (its webhook) stays."""
        with self._open() as shelves:
            shelves.executescript("DELETE FROM push; DELETE FROM item; DELETE FROM fact WHERE name LIKE 'stopped:%';")

    def _items(self, where: str, *values: object) -> list[Item]:
        with self._open() as shelves:
            rows = shelves.execute(f"SELECT {_COLUMNS} FROM item {where}", values).fetchall()  # noqa: S608
        return [_item(row) for row in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        shelves = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        try:
            yield shelves
        finally:
            shelves.close()


def _item(row: tuple[object, ...]) -> Item:
    number, kind, address, from_resident, subject, body, name, status, callback, at = row
    return Item(
        int(str(number)), str(kind), str(address), bool(from_resident), str(subject), str(body), str(name),
        str(status), str(callback), datetime.fromisoformat(str(at)),
    )  # fmt: skip
