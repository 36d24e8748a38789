"""The book opens and closes as it says: all or nothing, one writer at a time, readers never in the way."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from support.book import House
from support.cast import MONDAY, NGOZI, REQUEST
from support.cast import text as sms
from support.postgresql import Cluster

from casework.storage import bell, book, trouble
from casework.storage.sessions import Book
from casework.storage.tables import Contact, Message, Person


def test_a_transaction_that_fails_leaves_nothing_and_rings_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(bell, "ring_now", lambda job, _ids: rung.append(job))
    person = Person(name="Ngozi", created_at=MONDAY)

    def fail_half_way() -> None:
        with house.book.transaction() as session:
            session.add(person)
            session.flush()
            bell.ring(session, bell.PROCESS_MESSAGES, person)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert (house.count(Person), rung) == (0, [])


def test_readers_are_not_held_up_by_a_writer(house: House) -> None:
    house.accept(sms(REQUEST))
    with house.book.transaction() as session:
        session.execute(text("UPDATE message SET reason = 'x'"))
        assert [message.reason for message in house.messages()] == [""]
    assert [message.reason for message in house.messages()] == ["x"]


def test_a_writer_waits_for_the_writer_before(house: House) -> None:
    house.accept(sms(REQUEST))
    started = threading.Barrier(4)

    def count_up(_: int) -> None:
        started.wait()
        for _ in range(10):
            with house.book.transaction() as session:
                row = session.get_one(Message, house.messages()[0].id, with_for_update=True)
                row.copies += 1

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count_up, range(4)))
    assert house.messages()[0].copies == 40


def test_an_error_of_the_book_does_not_carry_a_residents_words(house: House) -> None:
    house.hear(sms(REQUEST, of=NGOZI))
    with pytest.raises(IntegrityError) as caught, house.book.transaction() as session:
        session.add(Contact(kind="phone", address=NGOZI.phone, person_id=1))
    told = trouble.where(caught.value)
    assert NGOZI.phone not in told
    assert "[parameters:" not in str(caught.value) or "hidden" in str(caught.value)
    assert told.startswith("IntegrityError at casework/storage/sessions.py:")


def test_trouble_of_the_book_passes_and_trouble_with_a_row_does_not(house: House, tmp_path: Path) -> None:
    with pytest.raises(OperationalError) as absent:
        Book(f"sqlite:///{tmp_path / 'folder'}").engine.connect().exec_driver_sql(
            "ATTACH '/nowhere/at/all' AS other"
        )  # fmt: skip
    assert trouble.passes(absent.value)
    with pytest.raises(Exception, match="no_such_table") as wrong, house.book.transaction() as session:
        session.execute(text("SELECT * FROM no_such_table"))
    assert not trouble.passes(wrong.value)
    assert not trouble.passes(ValueError("database is locked"))


@pytest.mark.needs("postgresql")
def test_postgresql_that_is_gone_is_trouble_that_passes(own_postgresql: Cluster) -> None:
    made = Book(own_postgresql.create("template0"))
    with made.reading() as session:
        session.execute(text("SELECT 1"))
        own_postgresql.kill()
        with pytest.raises(OperationalError) as gone:
            session.execute(text("SELECT 1"))
    assert trouble.passes(gone.value)
    with pytest.raises(OperationalError) as refused, made.reading() as session:
        session.execute(text("SELECT 1"))
    assert trouble.passes(refused.value)
    made.close()


_FOUR = """
import os, sys
from casework.storage import schema
from casework.storage.sessions import Book
gate, opened = os.pipe()
for _ in range(4):
    if not os.fork():
        os.close(opened)
        os.read(gate, 1)
        book = Book(sys.argv[1])
        schema.upgrade(book)
        os.write(1, f"{schema.is_current(book)} ".encode())  # in one piece: print may be interrupted by another's
        os._exit(0)
os.close(opened)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
"""


def test_several_that_start_at_once_migrate_an_empty_database_once(database_url: str) -> None:
    ran = subprocess.run([sys.executable, "-c", _FOUR, database_url], capture_output=True, text=True, timeout=60)
    assert ran.stdout.split() == ["True"] * 4, ran.stderr


def test_a_book_is_a_demo_only_once_it_was_marked(house: House) -> None:
    with house.book.transaction() as session:
        assert not book.is_demo(session)
        book.mark_demo(session)
        book.mark_demo(session)
    with house.book.reading() as session:
        assert book.is_demo(session)
