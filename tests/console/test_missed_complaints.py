"""The report for the board: a table, what it does not show, and the same as CSV."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from support.staffroom import desk_of, hear, hire, read_as

from casework.storage import rereading
from classifier.labels import Label

PAGE = "/staff/reports/missed-complaints"


def reread(app: Flask, *answers: str) -> None:
    officer = hire(app, "Tom Reed")
    for number, _ in enumerate(answers, start=1):
        hear(app, "When is the office open?", number=number, read=read_as(Label.COMMENT))
    with desk_of(app).book.transaction() as session:
        rereading.draw(session, size=30, now=datetime.now(UTC) + timedelta(days=7))
    for number, said in enumerate(answers, start=1):
        officer.post(f"/staff/rereading/{number}", answer=said)


@pytest.mark.parametrize("role", ["member_responsible", "auditor", "officer"])
def test_everybody_on_the_staff_and_the_board_can_read_it(app: Flask, role: str) -> None:
    reread(app, "yes", "no", "no", "cant_tell")
    shown = hire(app, "Una Board", role=role).get(PAGE)
    assert "1 of 3 message" in shown
    assert "between 6.1 % and 79.2 %" in shown
    assert "Text message" in shown
    assert "What it does not show" in shown
    assert "unsure of" in shown


def test_before_anything_is_read_again_it_says_so(app: Flask) -> None:
    assert "Nothing has been read again yet" in hire(app).get(PAGE)


def test_it_can_be_taken_away_as_csv(app: Flask) -> None:
    reread(app, "yes", "no")
    response = hire(app).client.get(f"{PAGE}.csv")
    assert response.mimetype == "text/csv"
    assert "missed-complaints.csv" in response.headers["Content-Disposition"]
    lines = response.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "Period,Channel,Reread,Missed,Can't tell,Rate,At least,At most"
    assert lines[1] == "Over all,All channels,2,1,0,50.0%,9.5%,90.5%"
