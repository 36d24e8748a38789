"""A progress update: what has happened and what is next, previewed, sent once, and the next one owed."""

import re

import pytest
from flask import Flask
from support.staffroom import Officer, case_of, hear, notices_of, read_as

from classifier.labels import Label


@pytest.fixture
def reference(app: Flask, priya: Officer) -> str:
    """A complaint that is acknowledged."""
    reference = hear(app)
    priya.post(
        f"/staff/cases/{reference}/acknowledgement",
        step="send", understanding="The boiler.", outcomes_sought="Heat.", responsibility="Ours.",
        handler=str(priya.id), version=str(case_of(app, reference).version),
    )  # fmt: skip
    return reference


def form(officer: Officer, reference: str) -> dict[str, str]:
    shown = officer.get(f"/staff/cases/{reference}/update")
    found = dict(re.findall(r'name="(version|entry)" value="([^"]+)"', shown))
    return {"happened": "The engineer came on Monday.", "next_step": "The part comes on Thursday.", **found}


def test_an_update_is_previewed_then_sent(app: Flask, priya: Officer, reference: str) -> None:
    written = form(priya, reference)
    shown = priya.post(f"/staff/cases/{reference}/update", **written).text
    assert "The engineer came on Monday." in shown
    assert "Sending this starts the time to the next update: due " in shown
    assert notices_of(app, reference, "progress_update") == []
    assert priya.post(f"/staff/cases/{reference}/update", step="send", **written).status_code == 302
    (notice,) = notices_of(app, reference, "progress_update")
    assert notice.facts["happened"] == "The engineer came on Monday."
    assert notice.facts["handler_name"] == "Priya Shah"
    assert "The update is on its way" in priya.get(f"/staff/cases/{reference}")


def test_a_button_pressed_twice_sends_once_and_another_form_sends_again(
    app: Flask, priya: Officer, reference: str
) -> None:
    written = form(priya, reference)
    for _ in range(3):
        assert priya.post(f"/staff/cases/{reference}/update", step="send", **written).status_code == 302
    assert len(notices_of(app, reference, "progress_update")) == 1
    priya.post(f"/staff/cases/{reference}/update", step="send", **form(priya, reference))
    assert len(notices_of(app, reference, "progress_update")) == 2


@pytest.mark.parametrize("empty", ["happened", "next_step"])
def test_both_parts_are_wanted(app: Flask, priya: Officer, reference: str, empty: str) -> None:
    response = priya.post(f"/staff/cases/{reference}/update", step="send", **(form(priya, reference) | {empty: " "}))
    assert response.status_code == 400
    assert f'href="#{empty}"' in response.text
    assert notices_of(app, reference, "progress_update") == []


def test_an_entry_that_is_not_ours_gets_a_new_one(app: Flask, priya: Officer, reference: str) -> None:
    written = form(priya, reference) | {"entry": "x" * 5000}
    assert priya.post(f"/staff/cases/{reference}/update", step="send", **written).status_code == 302
    (notice,) = notices_of(app, reference, "progress_update")
    assert re.fullmatch(r"staff-[0-9a-f]{16}", notice.round)


def test_before_the_acknowledgement_no_update_takes_its_place(app: Flask, priya: Officer) -> None:
    reference = hear(app, number=2)
    assert priya.client.get(f"/staff/cases/{reference}/update").status_code == 302
    response = priya.post(
        f"/staff/cases/{reference}/update", step="send", happened="x", next_step="y",
        version=str(case_of(app, reference).version), entry="0" * 16,
    )  # fmt: skip
    assert response.status_code == 409
    assert "Nothing of yours was sent" in response.text


def test_a_service_request_can_be_told_of_too(app: Flask, priya: Officer) -> None:
    reference = hear(app, "Please fix the tap.", number=2, read=read_as(Label.SERVICE_REQUEST))
    assert priya.post(f"/staff/cases/{reference}/update", step="send", **form(priya, reference)).status_code == 302
    assert len(notices_of(app, reference, "progress_update")) == 1


def test_a_stale_form_keeps_what_was_typed(app: Flask, priya: Officer, reference: str) -> None:
    written = form(priya, reference)
    hear(app, "It is cold again.", external_id="SM-more")
    response = priya.post(f"/staff/cases/{reference}/update", step="send", **written)
    assert response.status_code == 409
    assert "The engineer came on Monday." in response.text
