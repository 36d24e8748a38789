"""The model that reads is the book's active one, taken up while at work; one that is broken changes nothing."""

from pathlib import Path

import pytest
from support.book import House
from support.cast import MONDAY
from support.small_corpus import install, version_of

from casework.settings import settings
from casework.storage import models
from casework.storage.sessions import book
from intake import active_model
from intake.active_model import ActiveModel, shipping


@pytest.fixture
def version(house: House, weak_model: Path) -> str:
    """A model that was trained here."""
    installed = install(weak_model, settings().models_folder)
    record(house, installed)
    return installed


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> ActiveModel:
    """A process that looks at every batch which model is active."""
    monkeypatch.setattr(active_model, "LOOK_EVERY", 0.0)
    return ActiveModel()


def record(house: House, version: str) -> None:
    with house.book.transaction() as session:
        models.record(session, version, figures={}, now=MONDAY)


def promote(house: House, version: str) -> None:
    with house.book.transaction() as session:
        models.promote(session, version, now=MONDAY, actor="operator")


def test_without_an_active_model_the_one_that_ships_reads(house: House, looking: ActiveModel) -> None:
    assert looking.reader() is shipping()


def test_a_new_one_is_taken_up_and_left_again(house: House, version: str, looking: ActiveModel) -> None:
    assert looking.reader().version == shipping().version
    promote(house, version)
    assert looking.reader().version == version
    assert looking.reader() is looking.reader()
    with house.book.transaction() as session:
        models.roll_back(session, now=MONDAY, actor="operator")
    assert looking.reader() is shipping()


def test_it_looks_within_a_minute_and_not_at_every_batch(house: House, version: str) -> None:
    reading = ActiveModel()
    reading.reader()
    promote(house, version)
    with house.counting() as counted:
        assert reading.reader() is shipping()
    assert not counted
    assert active_model.LOOK_EVERY < 60


@pytest.mark.parametrize("fault", ["gone", "cut off", "another"])
def test_one_that_cannot_be_read_leaves_the_old_and_staff_are_told_once_a_day(
    house: House, version: str, looking: ActiveModel, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(house, version)
    before = looking.reader()
    folder = settings().models_folder
    if fault == "another":
        (folder / version).rename(folder / "2")
    else:
        (folder / "2").mkdir()
    if fault == "cut off":
        (folder / "2" / "config.cfg").write_bytes((folder / version / "config.cfg").read_bytes()[:200])
    record(house, "2")
    promote(house, "2")
    assert [looking.reader(), looking.reader()] == [before, before]
    [sentence] = house.alerts("model_unreadable")
    assert "The model 2 cannot be read" in sentence
    assert "earshot models roll-back" in sentence
    [notice] = house.notices("staff_alert")
    assert notice.facts["link"].endswith("/staff/")


def test_a_process_that_begins_with_a_broken_model_reads_with_the_one_that_ships(
    house: House, looking: ActiveModel
) -> None:
    record(house, "2")
    promote(house, "2")
    assert looking.reader() is shipping()
    assert len(house.alerts("model_unreadable")) == 1


def test_a_broken_one_that_is_mended_is_taken_up(house: House, weak_model: Path, looking: ActiveModel) -> None:
    version = version_of(weak_model)
    record(house, version)
    promote(house, version)
    assert looking.reader() is shipping()
    install(weak_model, settings().models_folder)
    assert looking.reader().version == version


def test_while_the_book_is_out_of_order_the_model_stays(
    house: House, version: str, looking: ActiveModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    promote(house, version)
    before = looking.reader()
    book().close()
    monkeypatch.setenv("EARSHOT_DATABASE_URL", f"sqlite:///{tmp_path / 'no tables.sqlite'}")
    settings.cache_clear()
    assert looking.reader() is before
