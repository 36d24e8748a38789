"""The missed-complaint rate: counted by channel and quarter, with an honest interval, and harmless in a spreadsheet."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from support.book import House
from support.cast import MONDAY, NGOZI, mail, text

from casework.storage.learning_tables import Draw, Rereading
from casework.storage.tables import Message
from reports.as_csv import as_csv
from reports.missed_complaints import COLUMNS, Row, table
from reports.wilson import interval

QUESTION = "When is the office open?"
OCTOBER_IN_LONDON = datetime(2026, 9, 30, 23, 30, tzinfo=UTC)


def reread(house: House, answers: dict[int, str]) -> None:
    with house.book.transaction() as session:
        session.add(Draw(week="2026-W49", drawn_at=MONDAY, found=9, drawn=9))
        session.flush()
        for number in session.scalars(select(Message.id)):
            said = answers.get(number, "")
            session.add(Rereading(message_id=number, week="2026-W49", answer=said))


def rows(house: House) -> list[Row]:
    with house.book.reading() as session:
        return table(session)


def test_before_anything_is_read_again_there_is_no_rate(house: House) -> None:
    house.hear(text(QUESTION))
    assert rows(house) == []
    reread(house, {})
    assert rows(house) == []


def test_it_counts_by_channel_and_in_all_over_all_and_by_quarter(house: House) -> None:
    house.hear(
        text(QUESTION), text(QUESTION), mail(QUESTION, subject="Hours", of=NGOZI), text(QUESTION),
        text(QUESTION, at=OCTOBER_IN_LONDON), text(QUESTION, at=datetime(2026, 9, 30, 12, tzinfo=UTC)), text(QUESTION),
    )  # fmt: skip
    reread(house, {1: "yes", 2: "no", 3: "no", 4: "cant_tell", 5: "no", 6: "yes"})
    assert [(row.period, row.channel, row.reread, row.missed, row.cannot_tell) for row in rows(house)] == [
        ("Over all", "All channels", 5, 2, 1),
        ("Over all", "E-mail", 1, 0, 0),
        ("Over all", "Text message", 4, 2, 1),
        ("October to December 2026", "All channels", 4, 1, 1),
        ("October to December 2026", "E-mail", 1, 0, 0),
        ("October to December 2026", "Text message", 3, 1, 1),
        ("July to September 2026", "All channels", 1, 1, 0),
        ("July to September 2026", "Text message", 1, 1, 0),
    ]


def test_a_row_says_its_rate_and_between_what_it_lies() -> None:
    row = Row("Over all", "All channels", 100, 4, 2)
    assert row.cells() == ("Over all", "All channels", 100, 4, 2, "4.0%", "1.6%", "9.8%")


def test_where_nobody_could_tell_there_is_no_rate() -> None:
    assert Row("Over all", "All channels", 0, 0, 3).cells()[-3:] == ("", "", "")


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (10, 10, 0.7225, 1.0), (15, 148, 0.0624, 0.1605)],
)
def test_the_interval_is_wilsons(found: int, of: int, low: float, high: float) -> None:
    assert interval(found, of) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_rate_lies_in_its_interval(counted: tuple[int, int]) -> None:
    found, of = counted
    low, high = interval(found, of)
    assert 0 <= low <= high <= 1
    assert of == 0 or low <= found / of <= high


@pytest.mark.parametrize("poison", ["=1+1", "+44", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "\ufeff=1"])
def test_no_cell_is_taken_for_a_formula(poison: str) -> None:
    [_, row] = list(csv.reader(io.StringIO(as_csv(["name"], [[poison]]), newline="")))
    assert row[0] == f"'{poison}"


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc"))), min_size=1))
def test_every_other_word_comes_through_as_it_is(words: list[str]) -> None:
    [row] = list(csv.reader(io.StringIO(as_csv(words, []), newline="")))
    assert [cell.removeprefix("'") for cell in row] == [word.removeprefix("'") for word in words]


def test_numbers_stay_numbers() -> None:
    assert as_csv(COLUMNS[:2], [[-3, 0.5]]) == "Period,Channel\r\n-3,0.5\r\n"
