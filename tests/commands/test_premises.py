"""The ground on which Earshot stands: one at a time, and demo and real residents apart."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casework.storage.book import mark_demo
from casework.storage.sessions import Book
from channels.message import InboundMessage
from commands.run import premises, variables
from commands.run.errors import CannotStart
from intake.accept import accept


@pytest.fixture
def book(database_url: str):
    opened = Book(database_url)
    yield opened
    opened.close()


def test_one_folder_is_held_by_one_earshot(tmp_path: Path) -> None:
    with premises.occupy(tmp_path / "var"):
        assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
        with pytest.raises(CannotStart, match="already running on"), premises.occupy(tmp_path / "var"):
            pass
    with premises.occupy(tmp_path / "var"):
        pass


def test_an_address_in_use_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(premises, "A_MOMENT", 0.0)
    with premises.listen_on("127.0.0.1:0") as taken:
        bind = premises.address_of(taken)
        with pytest.raises(CannotStart, match=f"cannot listen on {bind}: Address already in use. Set EARSHOT_BIND"):
            premises.listen_on(bind)


def test_any_free_port_can_be_asked_for() -> None:
    with premises.listen_on("127.0.0.1:0") as listening:
        host, port = premises.address_of(listening).split(":")
        assert host == "127.0.0.1"
        socket.create_connection((host, int(port))).close()


@pytest.mark.parametrize(
    ("bind", "reached"),
    [("0.0.0.0:8000", "127.0.0.1:8000"), ("[::]:80", "[::1]:80"), ("192.0.2.7:8000", "192.0.2.7:8000")],
)
def test_a_server_on_every_interface_is_reached_on_this_machine(bind: str, reached: str) -> None:
    assert premises.reachable(bind) == reached


@pytest.mark.parametrize("demo", [True, False])
def test_a_fresh_book_suits_both(book: Book, demo: bool) -> None:
    premises.settle_in(book, demo=demo)
    premises.settle_in(book, demo=demo)


def test_a_demo_book_is_not_opened_for_real_residents(book: Book) -> None:
    premises.settle_in(book, demo=True)
    with book.transaction() as session:
        mark_demo(session)
    premises.settle_in(book, demo=True)
    with pytest.raises(CannotStart, match="holds the demo neighbourhood"):
        premises.settle_in(book, demo=False)


def test_a_book_with_real_messages_never_becomes_a_demo(book: Book) -> None:
    premises.settle_in(book, demo=False)
    now = datetime.now(UTC)
    said = "The lift is stuck again."
    accept(
        book,
        InboundMessage("sms", "+441632960100", "SM1", now, raw=said.encode(), text=said, new_text=said),
        now=now,
    )
    with pytest.raises(CannotStart, match="holds real messages"):
        premises.settle_in(book, demo=True)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("EARSHOT_IMPA_URL", "There is no setting called EARSHOT_IMPA_URL. Did you mean EARSHOT_IMAP_URL?"),
        ("EARSHOT_BIND_FILE", "There is no setting called EARSHOT_BIND_FILE. Did you mean EARSHOT_BIND?"),
        ("EARSHOT_XYZZY", "There is no setting called EARSHOT_XYZZY. See docs/settings.md."),
    ],
)
def test_a_variable_that_nobody_reads_stops_the_start(name: str, sentence: str) -> None:
    with pytest.raises(CannotStart) as refused:
        variables.refuse_unknown([name, "PATH", "EARSHOT_IMAP_URL_FILE", "EARSHOT_SECRET_KEY_FILE"])
    assert str(refused.value) == sentence
