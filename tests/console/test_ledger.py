"""The ledger of a day by channel, and whether the mailbox agrees with the book."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from support.staffroom import DAY, Officer, desk_of, hear

from casework.storage import ledger
from casework.storage.tables import Message
from console.wording import LONDON

SOURCE = "email:info@mail.example/INBOX"


def test_a_day_is_shown_by_channel_and_balances(app: Flask, priya: Officer) -> None:
    hear(app)
    shown = priya.get("/staff/ledger")
    assert "It balances" in shown
    assert 'numeric"><strong>1</strong>' in shown
    assert "/staff/ledger?day=" in priya.get("/staff/quarantine")


def test_a_message_that_nobody_reads_unbalances_the_day(app: Flask, priya: Officer) -> None:
    hear(app)
    with desk_of(app).book.transaction() as session:
        for message in session.query(Message):
            message.state, message.outcome = "accepted", None
            message.accepted_at -= timedelta(minutes=11)
    day = (datetime.now(LONDON) - timedelta(minutes=11)).date().isoformat()
    shown = priya.get(f"/staff/ledger?day={day}")
    assert "It does not balance" in shown
    assert "1 waited for more than ten minutes" in shown


@pytest.mark.parametrize(("found", "words"), [
    ({"held": 5, "known": 5}, "5 there since"),
    ({"held": 5, "known": 3, "fetched": 2}, "2 had been passed over"),
    ({"held": 5, "known": 5, "tidied": 1}, "1 were in the book and still lay in the inbox"),
    ({"held": 5, "known": 4, "astray": 1}, "1 are not in the book"),
    ({"trouble": "The mailbox does not answer."}, "The mailbox does not answer."),
])  # fmt: skip
def test_what_a_source_holds_is_said_beside_what_the_book_has(
    app: Flask, priya: Officer, found: dict[str, int], words: str
) -> None:
    now = datetime.now(UTC)
    with desk_of(app).book.transaction() as session:
        ledger.record(session, SOURCE, since=now - DAY, now=now - timedelta(seconds=1), held=9)  # the last one counts
        ledger.record(session, SOURCE, since=now - DAY, now=now, **found)  # type: ignore[arg-type]
    shown = " ".join(priya.get("/staff/ledger").split())
    assert words in shown
    assert "9 there" not in shown
    assert ("It balances" in shown) == ("astray" not in found and "trouble" not in found)


@pytest.mark.parametrize("day", ["nonsense", "2026-13-01", "0001-01-01", "9999-12-31", ""])
def test_any_day_can_be_asked_for(app: Flask, priya: Officer, day: str) -> None:
    assert "It balances" in priya.get(f"/staff/ledger?day={day}")


def test_the_figures_tell_what_is_unaccounted_and_when_each_source_was_read(app: Flask) -> None:
    from casework.storage.tables import Position

    now = datetime.now(UTC)
    with desk_of(app).book.transaction() as session:
        ledger.record(session, SOURCE, since=now - DAY, now=now, held=5, known=3, astray=2)
        session.merge(Position(source=SOURCE, value={}, at=now - timedelta(seconds=30)))
    figures = app.test_client().get("/metrics").text
    assert "earshot_ledger_unaccounted 2.0" in figures
    [line] = [line for line in figures.splitlines() if line.startswith("earshot_source_seconds_since_read{")]
    assert 'channel="email"' in line
    assert 29 < float(line.split()[-1]) < 60
    assert "mail.example" not in figures
