"""Earshot learns from staff: a complaint that it did not hear is corrected, and the next like it is heard."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from support.cast import EWA, NGOZI, STAN, Resident
from support.earshot_run import EARSHOT
from support.handset import Handset, texts_by
from support.house import House, on_both_databases
from support.small_corpus import GLAZIER, GLAZIER_AGAIN, install
from support.twilio_server import TwilioServer
from support.visitor import Visitor

from casework.storage.learning_tables import Draw
from casework.storage.tables import Case

pytestmark = pytest.mark.needs("redis")


@pytest.fixture
def house(
    open_house: Callable[..., House], twilio: TwilioServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> House:
    monkeypatch.setattr(House, "constants", {"intake.active_model:LOOK_EVERY": 0.5})
    return open_house(**texts_by(twilio), EARSHOT_MODELS=str(tmp_path / "models"))


def earshot(house: House, *arguments: object) -> str:
    """Run a command as whoever runs this house would; what it says."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
    said = subprocess.run(
        [EARSHOT, *map(str, arguments)], env=environment | house.variables, capture_output=True, text=True, timeout=120
    )
    assert said.returncode == 0, said.stderr
    return said.stdout


def weeks_drawn(house: House) -> list[str]:
    with house.book.reading() as session:
        return list(session.scalars(select(Draw.week)))


def heard_from(house: House, twilio: TwilioServer, resident: Resident, words: str) -> Case:
    """Somebody texts; the case that it opens, as soon as it is there."""
    before = len(house.cases())
    Handset(twilio, house, resident).text(words)
    return house.until(lambda: cases[before] if len(cases := house.cases()) > before else None, "new case")


@on_both_databases
def test_what_staff_correct_is_heard_the_next_time_and_can_be_taken_back(
    house: House,
    twilio: TwilioServer,
    priya: Callable[[House], Visitor],
    small_corpus: Path,
    weak_model: Path,
    tmp_path: Path,
) -> None:
    assert len(house.until(lambda: weeks_drawn(house), "sample of the week, drawn by the tick")) == 1
    old = install(weak_model, tmp_path / "models")
    earshot(house, "models", "promote", old)
    missed = heard_from(house, twilio, NGOZI, GLAZIER)
    assert (missed.kind, missed.messages[0].model_version) == ("service_request", old)

    officer = priya(house)
    page = officer.open(f"/staff/cases/{missed.reference}")
    assert f"Read by the model {old}" in page.words
    page.send("/label#relabel", kind="complaint", why="The glazier did not find the house", may_teach="yes")
    assert house.cases()[0].state == "stage_1_received"

    said = earshot(house, "retrain", "--corpus", small_corpus)
    assert "Promoted" in said, said
    assert "It took 0 min" in said

    heard = heard_from(house, twilio, STAN, GLAZIER_AGAIN)
    new = heard.messages[0].model_version
    assert (heard.kind, heard.state) == ("complaint", "stage_1_received")
    assert new != old
    assert f"* {new}" in earshot(house, "models", "list")
    assert f"Read by the model {new}" in officer.open(f"/staff/cases/{heard.reference}").words

    assert old in earshot(house, "models", "roll-back")
    again = heard_from(house, twilio, EWA, GLAZIER_AGAIN)
    assert again.messages[0].model_version == old
