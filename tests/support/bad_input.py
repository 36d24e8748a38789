"""What no door was made for, what it must answer, and what must become of it: shared by the tests of bad input."""

import contextlib
import http.client
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from support.fault import House

from casework.storage.tables import Message

CANARY = "Zanzibar"
"""A word that stands in all that is sent here, and must stand in no log."""

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOISE = bytes(range(256)) * 16
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Bad:
    """One bad request, its answer, and what becomes of it: kept (read), quarantined, or "" for nowhere."""

    name: str
    body: bytes
    answer: int
    fate: str = ""
    signed: bool = True


def ask(house: House, path: str, body: bytes, headers: dict[str, str], method: str = "POST") -> tuple[int, str, str]:
    """The status, the words and the cookie of one answer."""
    line = http.client.HTTPConnection("127.0.0.1", house.port, timeout=20)
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was read
            line.request(method, path, body, headers)
        said = line.getresponse()
        return said.status, said.read().decode(), said.headers.get("Set-Cookie", "")
    finally:
        line.close()


def is_clear(words: str) -> bool:
    """Whether an answer speaks to people: no traceback, no name of an error class, no echo."""
    return not re.search(r"Traceback|File \"|[a-z]Error\b|Exception|sqlalchemy|werkzeug", words)


def fates(house: House) -> Counter[str]:
    with house.book.reading() as session:
        return Counter(
            "quarantined" if state == "quarantined" else "kept" for state in session.scalars(select(Message.state))
        )


def see_that_all_is_quiet(house: House) -> None:
    """Everything is settled, the books balance, and the logs hold no traceback and none of the words."""
    if fates(house):
        house.wait_until_settled(1)
        house.check_the_books()
    said = "".join(log.read_text(errors="replace") for log in house.folder.glob("*.log"))
    assert "Traceback" not in said, said[-3000:]
    assert CANARY not in said, said[-3000:]


def all_at(door: Callable[[Bad], tuple[int, str]], cases: list[Bad], house: House) -> None:
    """Send each to the door; its answer and its fate are those that it says."""
    for bad in cases:
        before = fates(house)
        status, words = door(bad)
        assert (bad.name, status) == (bad.name, bad.answer), words[:500]
        assert is_clear(words), (bad.name, words[:500])
        assert dict(fates(house) - before) == ({bad.fate: 1} if bad.fate else {}), bad.name
