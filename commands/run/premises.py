"""The ground Earshot stands on: its folder, its address and its book, each held by one `earshot run` at a time."""

import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import inspect, select

from casework.storage import schema
from casework.storage.book import is_demo
from casework.storage.sessions import Book
from casework.storage.tables import BookFact, Message
from commands.run.errors import CannotStart

A_MOMENT = 3.0
"""Seconds that an address may still be held by what a killed Earshot left behind."""


@contextmanager
def occupy(var: Path) -> Iterator[Path]:
    """Make `var` ours alone, and keep every other `earshot run` out of it until we leave, however we leave."""
    try:
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (var / "earshot.lock").open("w")
    except OSError as error:
        raise CannotStart(f"{var} cannot be used: {error.strerror}. Set EARSHOT_VAR to another folder.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"Earshot is already running on {var}: stop that one first, or set EARSHOT_VAR to another folder."
            ) from None
        # A child that outlives us for a moment must not keep the next Earshot out.
        os.register_at_fork(after_in_child=lock.close)
        yield var


def listen_on(bind: str) -> socket.socket:
    """A listening socket for HOST:PORT, held here so that nobody is refused while the web server restarts."""
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    deadline = time.monotonic() + A_MOMENT
    while True:
        try:
            return socket.create_server((host, int(port)), family=family, backlog=2048)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                reason = os.strerror(error.errno) if error.errno else str(error)
                raise CannotStart(
                    f"Earshot cannot listen on {bind}: {reason}. Set EARSHOT_BIND, for example to 127.0.0.1:8001."
                ) from error
        time.sleep(0.1)


def address_of(listening: socket.socket) -> str:
    """HOST:PORT as it came to be, which matters where port 0 asked for any free one."""
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable(bind: str) -> str:
    """HOST:PORT by which this very machine reaches a server that listens there, perhaps on every interface."""
    host, _, port = bind.rpartition(":")
    return {"0.0.0.0": f"127.0.0.1:{port}", "[::]": f"[::1]:{port}"}.get(host, bind)  # noqa: S104 - read, not bound


def settle_in(book: Book, *, demo: bool) -> None:
    """Bring the book to this version's schema; keep the demo neighbourhood and real residents apart."""
    demo_already, used = _look_into(book)
    if demo_already and not demo:
        raise CannotStart(
            "This database holds the demo neighbourhood, and Earshot does not mix it with real residents. "
            "Run earshot run --demo, or set EARSHOT_VAR (or EARSHOT_DATABASE_URL) to a fresh place."
        )
    if demo and used and not demo_already:
        raise CannotStart(
            "This database holds real messages, so the demo neighbourhood stays out of it. "
            "Run earshot run without --demo, or set EARSHOT_VAR to a fresh folder."
        )
    schema.upgrade(book)


def _look_into(book: Book) -> tuple[bool, bool]:
    if not inspect(book.engine).has_table(BookFact.__tablename__):
        return False, False
    with book.reading() as session:
        return is_demo(session), session.scalar(select(Message.id).limit(1)) is not None
