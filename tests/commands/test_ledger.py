"""`earshot ledger`: the day by channel, and exit 1 where something is not accounted for."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from support.book import House, quick_house
from support.cast import GRUMBLE, MONDAY, REQUEST, mail, text

from casework.storage import ledger
from casework.storage.tables import Message
from commands.ledger import command

__all__ = ["quick_house"]

DAY = "2026-11-23"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_a_day_is_counted_by_channel_and_balances(quick_house: House) -> None:
    quick_house.hear(text(REQUEST), mail(GRUMBLE, subject="Boiler"), mail("away", kind="auto_reply"))
    said = run("--day", DAY)
    assert said.exit_code == 0, said.output
    assert "Monday 23 November 2026" in said.output
    assert said.output.endswith("It balances.\n")
    found = json.loads(run("--day", DAY, "--json").output)
    assert found["channels"]["email"] | {"x": 0} == {
        "seen": 2, "opened": 1, "attached": 0, "duplicate": 0, "ignored": 1, "quarantined": 0, "waiting": 0, "x": 0,
    }  # fmt: skip
    assert (found["channels"]["sms"]["opened"], found["balances"]) == (1, True)


def test_what_a_source_holds_and_the_book_not_is_exit_1(quick_house: House) -> None:
    with quick_house.book.transaction() as session:
        ledger.record(session, "email:info@mail.example/INBOX", since=MONDAY, now=MONDAY, held=3, known=1, astray=2)
    said = run("--day", DAY)
    assert said.exit_code == 1
    assert "3 there, 1 in the book, 0 collected late, 0 tidied up, 2 astray" in said.output


def test_what_waits_too_long_is_exit_1(quick_house: House) -> None:
    quick_house.accept(text(REQUEST))
    assert "1 waited for more than ten minutes and nobody has read them" in run("--day", DAY).output


def test_today_is_the_day_unless_another_is_asked_for(quick_house: House) -> None:
    quick_house.accept(text(REQUEST), now=datetime.now(UTC) - timedelta(seconds=5))
    with quick_house.book.reading() as session:
        assert session.query(Message).count() == 1
    assert '"late": 0' in run("--json").output


@pytest.mark.parametrize("written", ["tomorrow", "23/11/2026", "2026-13-01"])
def test_a_day_that_is_none_is_one_sentence(quick_house: House, written: str) -> None:
    said = run("--day", written)
    assert said.exit_code == 2
    assert "is not a day: write it as 2026-11-23" in said.output
