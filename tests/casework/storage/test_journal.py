"""Law 11: the journal is append-only, and any change of what stands in it shows."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from support.book import House
from support.cast import GRUMBLE, MONDAY, REQUEST, mail
from support.cast import text as sms

from casework.storage import journal
from casework.storage.tables import Case, JournalLine


def test_an_untouched_journal_holds(house: House) -> None:
    house.hear(sms(GRUMBLE), mail(REQUEST, subject="Tap"))
    assert len(house.lines()) >= 3
    assert house.breaks() == []


def test_an_empty_journal_holds(house: House) -> None:
    assert house.breaks() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET actor = 'nobody' WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 2",
        "DELETE FROM journal",
    ],
)
def test_the_database_itself_refuses_to_change_a_line(house: House, statement: str) -> None:
    house.hear(sms(GRUMBLE))
    with pytest.raises(DBAPIError, match="append-only"), house.book.transaction() as session:
        session.execute(text(statement))
    assert house.breaks() == []


def test_postgresql_refuses_to_empty_the_journal_whole(house: House) -> None:
    if house.book.engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="append-only"), house.book.transaction() as session:
            session.execute(text("TRUNCATE journal"))


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (lambda s: s.execute(text("UPDATE journal SET actor = 'nobody' WHERE seq = 2")), "2 was changed"),
        (lambda s: s.execute(text("UPDATE journal SET event = 'case_closed' WHERE seq = 3")), "3 was changed"),
        (lambda s: s.execute(text("UPDATE journal SET case_id = NULL WHERE seq = 1")), "1 was changed"),
        (lambda s: _alter(s, 2, at=MONDAY + timedelta(microseconds=1)), "2 was changed"),
        (lambda s: _alter(s, 2, details={}), "2 was changed"),
        (lambda s: s.execute(text("DELETE FROM journal WHERE seq = 2")), "2 is missing"),
        (lambda s: s.execute(text("DELETE FROM journal WHERE seq = 1")), "1 is missing"),
        (lambda s: _swap(s, 2, 3), "2 was changed"),
        (lambda s: _rewrite(s, 2), "3 does not follow"),
        (lambda s: _renumber(s), "was changed"),
    ],
    ids=[
        "actor", "event", "case", "moment", "details", "line removed", "first line removed", "two lines swapped",
        "line rewritten with a hash that fits", "later lines renumbered over a gap",
    ],
)  # fmt: skip
def test_whatever_is_done_behind_the_triggers_back_shows(
    house: House, forge: Callable[[Any], object], said: str
) -> None:
    house.hear(sms(GRUMBLE), mail(GRUMBLE, subject="Boiler"))
    _without_triggers(house, forge)
    assert any(said in sentence for sentence in house.breaks()), house.breaks()


def test_writers_at_the_same_time_keep_the_chain_whole(house: House) -> None:
    def write(number: int) -> None:
        with house.book.transaction() as session:
            for part in range(3):
                journal.write(session, "tested", at=MONDAY, number=number, part=part)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(40)))
    assert house.breaks() == []
    lines = house.lines()
    assert [line.seq for line in lines] == list(range(1, 121))
    numbers = [line.details["number"] for line in lines]
    assert all(len(set(numbers[start : start + 3])) == 1 for start in range(0, 120, 3)), "a transaction was torn"


def test_a_transaction_that_is_not_committed_leaves_no_line(house: House) -> None:
    def give_up() -> None:
        with house.book.transaction() as session:
            journal.write(session, "tested", at=MONDAY)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        give_up()
    assert house.lines() == []


_words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(details=st.dictionaries(st.sampled_from(["a", "b", "why"]), _values), micro=st.integers(0, 999_999))
def test_whatever_stands_in_a_line_it_can_be_kept_and_verified(
    house: House, details: dict[str, Any], micro: int
) -> None:
    with house.book.transaction() as session:
        journal.write(session, "tested", at=MONDAY.replace(microsecond=micro), **details)
    assert house.breaks() == []


def _without_triggers(house: House, do: Callable[[Any], object]) -> None:
    drop = {
        "sqlite": ["DROP TRIGGER journal_no_update", "DROP TRIGGER journal_no_delete"],
        "postgresql": ["DROP TRIGGER journal_no_change ON journal"],
    }
    with house.book.transaction() as session:
        for statement in drop[house.book.engine.dialect.name]:
            session.execute(text(statement))
        do(session)


def _alter(session: Any, seq: int, **values: Any) -> None:
    line = session.get_one(JournalLine, seq)
    for name, value in values.items():
        setattr(line, name, value)


def _swap(session: Any, one: int, other: int) -> None:
    first, second = (session.get_one(JournalLine, seq) for seq in (one, other))
    first.event, second.event = second.event, first.event
    first.details, second.details = second.details, first.details


def _rewrite(session: Any, seq: int) -> None:
    line = session.get_one(JournalLine, seq)
    line.actor = "nobody"
    line.hash = journal._hash({name: getattr(line, name) for name in journal._HASHED})


def _renumber(session: Any) -> None:
    session.execute(text("DELETE FROM journal WHERE seq = 2"))
    for seq in range(3, 5):
        session.execute(text("UPDATE journal SET seq = :new WHERE seq = :seq"), {"new": seq - 1, "seq": seq})


def test_whoever_holds_a_case_and_whoever_writes_a_line_about_it_never_wait_for_each_other(house: House) -> None:
    """A line names its case, so the book looks whether there is one, and must not wait there for its holder."""
    house.hear(sms(GRUMBLE))
    number = house.case().id
    held = threading.Event()

    def hold() -> None:
        with house.book.transaction() as session:
            case = session.scalars(select(Case).where(Case.id == number).with_for_update(of=Case, key_share=True)).one()
            held.set()
            time.sleep(0.3)
            case.summary = "held"
            journal.write(session, "tested", at=MONDAY, case=case)

    def write() -> None:
        held.wait(10)
        with house.book.transaction() as session:
            journal.write(session, "tested", at=MONDAY, case=session.get_one(Case, number))

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(hold), threads.submit(write)]:
            done.result(20)
    assert house.breaks() == []
