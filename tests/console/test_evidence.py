"""What staff read beside a resident's words: for whom it was written, with what right, and what of its files."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from support.clamd import EICAR, clamd
from support.staffroom import Officer

from casework.reading import COMPLAINT, Reading
from casework.settings import settings
from casework.storage import cases, messages
from casework.storage.tables import Message
from channels.message import Attachment, InboundMessage
from channels.uploads import Scanned
from channels.webform.fields import payload
from channels.webform.inbound import read
from console.evidence import told_beside
from intake.accept import accept

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({}, []),
        ({"anonymous": True}, ["The writer does not want to say who they are."]),
        (
            {"for_somebody_else": True},
            [("Written for somebody else. Whether they agree is not said: ask them before you tell the writer anything"
             " about them.")],
        ),
        (
            {"on_behalf_of": "Rose Bright", "relation": "daughter", "authority": "none"},
            [("Written for Rose Bright (the writer is their daughter). They may not know of it: tell the writer nothing"
             " about them.")],
        ),
        ({"page_language": "pl"}, ["Filled in on the form in the language pl."]),
        ({"problems": ["Not scanned."]}, ["Not scanned."]),
    ],
)  # fmt: skip
def test_each_is_told_in_a_sentence(details: dict[str, Any], said: list[str]) -> None:
    assert told_beside(Message(details=details)) == said


def test_pain_17_staff_see_which_files_nobody_scanned(console: Any, app: Flask, priya: Officer) -> None:
    photo = Attachment("stairs.jpg", "image/jpeg", b"\xff\xd8jpeg")
    fields = {"message": "The stairs have no rail.", "resident": "Rose Bright", "behalf": "other"}
    raw = payload("6f1d2c3b-0000-4000-8000-000000000001", fields, [photo], scan=Scanned((photo,), (), ("stairs.jpg",)))
    accept(console.book, read(raw, received_at=NOW), now=NOW)
    with console.book.transaction() as session:
        message = session.get_one(Message, 1)
        reading = Reading(COMPLAINT, (COMPLAINT,))
        case = cases.open_case(session, message, reading, person=None, rules=console.desk.rules, now=NOW)
        messages.settle(message, "opened", case=case, now=NOW)
        reference = case.reference
    page = priya.get(f"/staff/cases/{reference}")
    assert "Not scanned for viruses, so open with care: stairs.jpg." in page
    assert "Written for Rose Bright" in page


def test_pain_17_a_file_that_came_by_any_channel_is_scanned_before_staff_get_it(
    console: Any, priya: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = (Attachment("letter.doc", "application/msword", EICAR), Attachment("stairs.jpg", "image/jpeg", b"jpeg"))
    mail = InboundMessage("email", "info@larchmere.example", "<1@example.org>", NOW, b"", "x", "x", attachments=files)
    accept(console.book, mail, now=NOW)
    with console.book.transaction() as session:
        message = session.get_one(Message, 1)
        reading = Reading(COMPLAINT, (COMPLAINT,))
        case = cases.open_case(session, message, reading, person=None, rules=console.desk.rules, now=NOW)
        messages.settle(message, "opened", case=case, now=NOW)
        there = {file.filename: f"/staff/cases/{case.reference}/attachments/{file.id}" for file in message.attachments}
    with clamd() as address:
        monkeypatch.setenv("EARSHOT_CLAMAV", address)
        settings.cache_clear()
        kept = priya.client.get(there["letter.doc"])
        assert kept.status_code == 403
        assert "ClamAV found Eicar-Test-Signature in ‘letter.doc’" in kept.text
        assert priya.client.get(there["stairs.jpg"]).data == b"jpeg"
