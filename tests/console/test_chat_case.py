"""What staff see of a case that came by chat: what to look at, what was pressed, and what the buttons led to."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from support.staffroom import Officer, Scripted, case_of, desk_of, hear, read_as

from casework.buttons import Button, data_of
from channels.message import InboundMessage
from intake.accept import accept
from intake.process import process

EWA = "5550001"


def chat(number: int, **facts: Any) -> dict[str, Any]:
    told = {"channel": "chat", "our_address": "900100", "external_id": f"{EWA}:{number}", "sender": EWA}
    return told | {"sender_name": "Ewa Kowalska"} | facts


def press(app: Flask, button: Button, reference: str, label: str) -> None:
    desk, now = desk_of(app), datetime.now(UTC)
    details = {"button": data_of(button, reference), "press": "1", "language": "en"}
    message = InboundMessage(
        channel="chat", our_address="900100", external_id=f"{EWA}:press:{button}", received_at=now, raw=b"{}",
        text=label, new_text=label, sender=EWA, details=details,
    )  # fmt: skip
    accepted = accept(desk.book, message, now=now)
    process(desk, Scripted(read_as()), [accepted.id], now=now)


def test_staff_see_what_a_person_must_look_at_and_where_it_is(app: Flask, priya: Officer) -> None:
    reference = hear(
        app,
        "",
        **chat(
            1,
            problems=("A voice note came with this message: please listen to it.",),
            details={"spoken": True, "media": [], "location": {"latitude": 51.5, "longitude": -0.12}},
        ),
    )
    shown = priya.get(f"/staff/cases/{reference}")
    assert "A voice note came with this message: please listen to it." in shown
    assert "A place: 51.5, -0.12" in shown


def test_staff_see_what_the_resident_had_announced(app: Flask, priya: Officer) -> None:
    press(app, Button.COMPLAIN, "", "I want to complain")
    reference = hear(app, "The bins", **chat(2))
    assert "The resident had pressed “I want to complain”" in priya.get(f"/staff/cases/{reference}")


@pytest.mark.parametrize(
    ("button", "label", "told"),
    [
        (Button.RIGHT, "Yes, that's right", "The resident pressed a button"),
        (Button.PERSON, "I want to speak to a person", "Passed on"),
        (Button.NOT_COMPLAINT, "It's not a complaint", "Passed on"),
    ],
)
def test_what_was_pressed_stands_in_the_thread_and_the_journal(
    app: Flask, priya: Officer, button: Button, label: str, told: str
) -> None:
    reference = hear(app, **chat(1))
    press(app, button, reference, label)
    shown = priya.get(f"/staff/cases/{reference}").replace("&#39;", "'")
    assert label in shown
    assert told in shown
    assert case_of(app, reference).kind == "complaint"
