"""Quarantine: what could not be read is shown, run again or set aside with a reason; and the ledger balances."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from support.staffroom import DAY, Officer, desk_of, hear

from casework.storage.tables import JournalLine, Message, StaffMember
from console.quarantine import Ledger, as_text
from intake.accept import keep_unreadable

RAW = b"From=%2B44&Body=\xff\x00<script>alert(1)</script>"


@pytest.fixture
def number(app: Flask) -> int:
    now = datetime.now(UTC)
    return keep_unreadable(
        desk_of(app).book, channel="sms", our_address="+441632960100", raw=RAW, received_at=now,
        reason="MessageSid is missing.", now=now,
    )  # fmt: skip


def message(app: Flask, number: int) -> Message:
    with desk_of(app).book.reading() as session:
        found = session.get(Message, number)
        assert found is not None
        session.expunge(found)
        return found


def test_an_empty_quarantine_says_so(app: Flask, priya: Officer) -> None:
    assert "Earshot could read everything that came" in priya.get("/staff/quarantine")


def test_what_waits_is_listed_with_its_reason(app: Flask, priya: Officer, number: int) -> None:
    shown = priya.get("/staff/quarantine")
    assert "MessageSid is missing." in shown
    assert f"/staff/quarantine/{number}" in shown
    assert "1 in quarantine" in priya.get("/staff/")


def test_pain_7_what_failed_is_seen_and_mended_by_every_officer_and_not_by_an_administrator_alone(
    app: Flask, priya: Officer, number: int
) -> None:
    with desk_of(app).book.reading() as session:
        assert session.get_one(StaffMember, priya.id).role == "officer"
    assert f"/staff/quarantine/{number}" in priya.get("/staff/quarantine")
    assert priya.post(f"/staff/quarantine/{number}/run-again").status_code == 302


def test_the_raw_message_is_shown_as_text_only(app: Flask, priya: Officer, number: int) -> None:
    shown = priya.get(f"/staff/quarantine/{number}")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown
    assert "\\xff" in shown
    assert "\x00" not in shown


@given(st.binary(max_size=300))
def test_any_bytes_become_text_that_a_browser_can_show(raw: bytes) -> None:
    shown = as_text(raw)
    assert all(letter.isprintable() or letter in "\n\t" for letter in shown)


def test_it_is_run_again_at_a_person_s_word(app: Flask, priya: Officer, number: int) -> None:
    assert priya.post(f"/staff/quarantine/{number}/run-again").status_code == 302
    assert message(app, number).state == "accepted"
    assert journal(app, "message_run_again") == [f"staff:{priya.id}"]
    assert priya.post(f"/staff/quarantine/{number}/run-again").status_code == 409


def test_it_is_set_aside_with_a_reason(app: Flask, priya: Officer, number: int) -> None:
    response = priya.post(f"/staff/quarantine/{number}/set-aside", why=" ")
    assert response.status_code == 400
    assert "Enter why it needs no answer" in response.text
    assert priya.post(f"/staff/quarantine/{number}/set-aside", why="A scanner, nobody wrote it").status_code == 302
    settled = message(app, number)
    assert (settled.state, settled.outcome, settled.reason) == ("processed", "ignored", "A scanner, nobody wrote it")
    assert journal(app, "message_set_aside") == [f"staff:{priya.id}"]
    assert "A scanner, nobody wrote it" in priya.get(f"/staff/quarantine/{number}")


def test_the_second_of_two_officers_changes_nothing(app: Flask, priya: Officer, number: int) -> None:
    priya.post(f"/staff/quarantine/{number}/run-again")
    response = priya.post(f"/staff/quarantine/{number}/set-aside", why="Spam")
    assert response.status_code == 409
    assert "somebody else has dealt with it" in response.text
    assert message(app, number).state == "accepted"


def test_a_message_that_was_read_cannot_be_set_aside(app: Flask, priya: Officer) -> None:
    hear(app)
    assert priya.post("/staff/quarantine/1/set-aside", why="Gone").status_code == 409
    assert message(app, 1).outcome == "opened"


def test_the_ledger_of_the_day_balances(app: Flask, priya: Officer, number: int) -> None:
    for _ in range(2):  # the second is a further copy
        hear(app, number=7)
    hear(app, number=8)
    shown = priya.get("/staff/quarantine")
    rows = shown.split("The ledger of")[1]
    assert "It balances" in rows
    cells = [int(part.split("<")[0]) for part in rows.replace("<strong>", "").split('numeric">')[1:]]
    assert cells == [2, 0, 1, 0, 1, 0, 4]


def test_a_ledger_that_lost_something_does_not_balance() -> None:
    assert not Ledger(datetime.now(UTC).date(), 3, {"opened": 1, "waiting": 1}).balances


@pytest.mark.parametrize("day", ["nonsense", "2026-13-01", "0001-01-01", "9999-12-31", ""])
def test_any_day_can_be_asked_for(app: Flask, priya: Officer, day: str) -> None:
    assert "It balances" in priya.get(f"/staff/quarantine?day={day}")


def test_yesterday_has_its_own_ledger(app: Flask, priya: Officer) -> None:
    hear(app, ago=1 * DAY)
    yesterday = (datetime.now(UTC) - DAY).date().isoformat()
    assert 'numeric"><strong>1</strong>' in priya.get(f"/staff/quarantine?day={yesterday}")


def journal(app: Flask, event: str) -> list[str]:
    with desk_of(app).book.reading() as session:
        return [line.actor for line in session.query(JournalLine).filter(JournalLine.event == event)]
