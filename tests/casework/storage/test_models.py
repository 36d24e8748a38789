"""Which model reads is written in the book: one at a time, with the way back, and who did it."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from support.book import House
from support.cast import MONDAY

from casework.storage import models
from casework.storage.learning_tables import Model
from casework.storage.models import SHIPS, CannotPromote

LATER = MONDAY + timedelta(days=1)


def train(house: House, version: str) -> None:
    with house.book.transaction() as session:
        models.record(session, version, figures={"learned_from_examples": 3}, now=MONDAY)


def promote(house: House, version: str) -> None:
    with house.book.transaction() as session:
        models.promote(session, version, now=LATER, actor="operator")


def roll_back(house: House) -> str:
    with house.book.transaction() as session:
        return models.roll_back(session, now=LATER, actor="operator")


def active(house: House) -> str:
    with house.book.reading() as session:
        return models.active(session)


def test_without_any_the_one_that_ships_reads(house: House) -> None:
    assert active(house) == SHIPS
    train(house, "1")
    assert active(house) == SHIPS
    with pytest.raises(CannotPromote, match="The model that ships is reading"):
        roll_back(house)


def test_a_roll_back_returns_to_the_one_before_and_at_last_to_the_one_that_ships(house: House) -> None:
    for version in ("1", "2"):
        train(house, version)
        promote(house, version)
    assert active(house) == "2"
    assert [roll_back(house), active(house)] == ["1", "1"]
    assert [roll_back(house), active(house)] == [SHIPS, SHIPS]


def test_the_journal_says_who_promoted_and_who_went_back(house: House) -> None:
    train(house, "1")
    promote(house, "1")
    roll_back(house)
    promoted, returned = house.lines("model_promoted")[0], house.lines("model_rolled_back")[0]
    assert (promoted.actor, promoted.details) == ("operator", {"model": "1", "was": ""})
    assert (returned.actor, returned.details) == ("operator", {"model": "", "was": "1"})
    assert house.breaks() == []


def test_the_book_keeps_when_by_whom_after_which_and_with_what_figures(house: House) -> None:
    train(house, "1")
    promote(house, "1")
    train(house, "2")
    with house.book.reading() as session:
        by_version = {model.version: model for model in models.everyone(session)}
    assert (by_version["1"].promoted_at, by_version["1"].promoted_by, by_version["1"].parent) == (LATER, "operator", "")
    assert (by_version["2"].promoted_at, by_version["2"].parent) == (None, "1")
    assert by_version["2"].figures == {"learned_from_examples": 3}


def test_one_that_is_not_there_or_reads_already_is_refused(house: House) -> None:
    with pytest.raises(CannotPromote, match="There is no model 9"):
        promote(house, "9")
    train(house, "1")
    promote(house, "1")
    with pytest.raises(CannotPromote, match="reads already"):
        promote(house, "1")


def test_the_database_lets_in_one_active_model(house: House) -> None:
    train(house, "1")
    promote(house, "1")
    with pytest.raises(IntegrityError), house.book.transaction() as session:
        session.add(Model(version="2", parent="", made_at=MONDAY, figures={}, active=True, promoted_by=""))
