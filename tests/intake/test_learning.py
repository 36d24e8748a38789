"""The reader's housekeeping: drawn once a week, deleted in time, rung for by the tick and done without a bell."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from support.book import House
from support.cast import MONDAY, REQUEST, text

from casework.settings import settings
from casework.storage import examples
from casework.storage.learning_tables import Example, Rereading
from casework.storage.tables import Message
from intake import jobs, learning

NEXT_WEEK = MONDAY + timedelta(days=7)
TWO_YEARS = timedelta(days=730)


def keep(house: House) -> None:
    with house.book.transaction() as session:
        message = session.scalars(select(Message)).one()
        examples.keep(
            session, message, how="corrected", labels=["complaint"], hazards=[], may_teach=True, now=NEXT_WEEK,
            actor="staff:1",
        )  # fmt: skip


def test_the_week_s_sample_is_drawn_once(house: House) -> None:
    house.hear(text(REQUEST))
    assert learning.ring_for_learning(house.book, now=NEXT_WEEK)
    assert learning.tend(house.book, now=NEXT_WEEK) == 1
    assert not learning.ring_for_learning(house.book, now=NEXT_WEEK + timedelta(hours=1))
    assert learning.tend(house.book, now=NEXT_WEEK + timedelta(hours=1)) == 0
    assert house.count(Rereading) == 1


def test_no_sample_is_drawn_where_none_is_wanted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_BLIND_SAMPLE", "0")
    settings.cache_clear()
    house.hear(text(REQUEST))
    assert not learning.ring_for_learning(house.book, now=NEXT_WEEK)
    assert learning.tend(house.book, now=NEXT_WEEK) == 0


def test_the_sample_is_as_large_as_the_setting_says(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_BLIND_SAMPLE", "3")
    settings.cache_clear()
    house.hear(*(text(REQUEST, sender=f"+4477009001{n:02}") for n in range(8)))
    assert learning.tend(house.book, now=NEXT_WEEK) == 3


def test_an_example_is_deleted_on_the_day_on_which_its_time_ends(house: House) -> None:
    house.hear(text(REQUEST))
    learning.tend(house.book, now=NEXT_WEEK + TWO_YEARS)
    keep(house)
    assert not learning.ring_for_learning(house.book, now=NEXT_WEEK + TWO_YEARS - timedelta(minutes=1))
    assert learning.ring_for_learning(house.book, now=NEXT_WEEK + TWO_YEARS)
    assert learning.tend(house.book, now=NEXT_WEEK + TWO_YEARS) == 1
    assert house.count(Example) == 0
    assert house.count(Message) == 1


def test_the_time_that_examples_are_kept_is_a_setting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_EXAMPLES_KEPT_DAYS", "30")
    settings.cache_clear()
    house.hear(text(REQUEST))
    keep(house)
    with house.book.reading() as session:
        assert session.scalar(select(func.max(Example.kept_until))) == NEXT_WEEK + timedelta(days=30)


def test_the_job_does_it_without_a_bell(house: House) -> None:
    house.hear(text(REQUEST, at=datetime.now(UTC) - timedelta(days=7)))
    assert jobs.tend_learning([]) == 1
    assert jobs.tend_learning([]) == 0
