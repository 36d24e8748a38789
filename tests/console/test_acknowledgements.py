"""Confirm and send: the officer sees the very words, sends them once, and nothing typed is ever lost."""

import html
import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from support.staffroom import DAY, Officer, case_of, desk_of, hear, hire, notices_of, read_as

from casework.notices import from_json
from casework.storage import cases
from casework.storage.tables import Case, Contact
from channels import registry
from classifier.labels import Label
from console import cases as case_page
from notifier.render import render

UNDERSTANDING = "The boiler at 12 Larch Court has failed three times & nobody came."


@pytest.fixture
def priya(app: Flask) -> Officer:
    return hire(app, phone="01632 960101")


def fields(app: Flask, reference: str, officer: Officer, **changed: str) -> dict[str, str]:
    return {
        "understanding": UNDERSTANDING,
        "outcomes_sought": "A boiler that works.",
        "responsibility": "The boiler is ours to mend.",
        "handler": str(officer.id),
        "version": str(case_of(app, reference).version),
    } | changed


def previewed(shown: str) -> str:
    found = re.search(r'desk-preview.*?<p class="desk-words">(.*?)</p>', shown, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def test_the_form_starts_with_the_resident_s_own_words_and_oneself_as_handler(app: Flask, priya: Officer) -> None:
    tom = hire(app, "Tom Reed", role="manager")
    shown = tom.get(f"/staff/cases/{hear(app)}/acknowledgement")
    assert "The boiler is broken for the third time.</textarea>" in shown
    assert f'<option value="{tom.id}" selected>Tom Reed (you)</option>' in shown
    assert f'<option value="{priya.id}">Priya Shah</option>' in shown


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"channel": "email", "our_address": "info@larchmere.example", "sender": "ngozi.okafor@example.org",
         "sender_name": "Ngozi Okafor", "subject": "Boiler"},
    ],
    ids=["sms", "email"],
)  # fmt: skip
def test_the_preview_is_exactly_what_is_sent(app: Flask, priya: Officer, sent: dict[str, str]) -> None:
    reference = hear(app, ago=2 * DAY, **sent)
    written = fields(app, reference, priya)
    shown = priya.post(f"/staff/cases/{reference}/acknowledgement", step="preview", **written).text
    assert notices_of(app, reference, "acknowledgement") == []
    assert priya.post(f"/staff/cases/{reference}/acknowledgement", step="send", **written).status_code == 302
    (notice,) = notices_of(app, reference, "acknowledgement")
    form = registry.get(notice.channel).description.form
    assert previewed(shown) == render(from_json(notice.kind, notice.facts), form).text
    assert notice.address in shown
    assert notice.facts["handler_contact"] == "01632 960101, priya@larchmere.example"


def test_the_preview_says_which_clock_starts_and_when_the_answer_is_due(
    app: Flask, priya: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = hear(app)
    monkeypatch.setattr("console.acknowledgements.now", lambda: datetime(2026, 12, 4, 16, 40, tzinfo=UTC))
    shown = priya.post(f"/staff/cases/{reference}/acknowledgement", **fields(app, reference, priya)).text
    assert "Sending this starts the 10-working-day clock: answer due Friday 18 December 2026." in shown


def test_sending_moves_the_case_and_starts_the_answer_s_clock(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    priya.post(f"/staff/cases/{reference}/acknowledgement", step="send", **fields(app, reference, priya))
    case = case_of(app, reference)
    assert (case.state, case.understanding, case.handler_id) == ("stage_1_acknowledged", UNDERSTANDING, priya.id)
    shown = priya.get(f"/staff/cases/{reference}")
    assert "The acknowledgement is on its way" in shown
    assert "Stage 1 answer" in shown


def test_what_was_typed_comes_back_from_the_preview(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    shown = priya.post(
        f"/staff/cases/{reference}/acknowledgement",
        step="change",
        **fields(app, reference, priya, outcomes_sought="<Heat>"),
    ).text
    assert html.escape(UNDERSTANDING, quote=False) in shown
    assert "&lt;Heat&gt;</textarea>" in shown


@pytest.mark.parametrize("step", ["preview", "send"])
@pytest.mark.parametrize("empty", ["understanding", "outcomes_sought", "responsibility"])
def test_an_empty_part_is_asked_for_and_the_rest_is_kept(app: Flask, priya: Officer, empty: str, step: str) -> None:
    reference = hear(app)
    response = priya.post(
        f"/staff/cases/{reference}/acknowledgement", step=step, **fields(app, reference, priya, **{empty: "  "})
    )
    assert response.status_code == 400
    assert f'href="#{empty}"' in response.text
    assert sum(words in response.text for words in ("failed three times", "A boiler that works", "ours to mend")) == 2
    assert notices_of(app, reference, "acknowledgement") == []


@pytest.mark.parametrize("handler", ["", "999999", "x", "²"])
def test_somebody_real_must_deal_with_it(app: Flask, priya: Officer, handler: str) -> None:
    reference = hear(app)
    response = priya.post(
        f"/staff/cases/{reference}/acknowledgement", step="send", **fields(app, reference, priya, handler=handler)
    )
    assert response.status_code == 400
    assert "Select who deals with it" in response.text


def test_a_button_pressed_twice_sends_once(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    written = fields(app, reference, priya)
    for _ in range(2):
        response = priya.post(f"/staff/cases/{reference}/acknowledgement", step="send", **written)
        assert (response.status_code, response.location) == (302, f"/staff/cases/{reference}")
    assert len(notices_of(app, reference, "acknowledgement")) == 1


def test_the_second_of_two_officers_keeps_their_words_and_sends_nothing(app: Flask, priya: Officer) -> None:
    tom = hire(app, "Tom Reed", role="manager")
    reference = hear(app)
    mine = fields(app, reference, priya)
    theirs = fields(app, reference, tom, understanding="Tom understood it otherwise.")
    priya.post(f"/staff/cases/{reference}/acknowledgement", step="send", **mine)
    response = tom.post(f"/staff/cases/{reference}/acknowledgement", step="send", **theirs)
    assert response.status_code == 409
    assert "acknowledged already" in response.text
    assert "Nothing of yours was sent" in response.text
    assert "Tom understood it otherwise." in response.text
    assert len(notices_of(app, reference, "acknowledgement")) == 1


def test_a_new_message_stops_a_send_that_has_not_seen_it(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    written = fields(app, reference, priya)
    hear(app, "And now the ceiling has come down.", external_id="SM-more")
    response = priya.post(f"/staff/cases/{reference}/acknowledgement", step="send", **written)
    assert response.status_code == 409
    assert "a new message, changed this case" in response.text
    assert "And now the ceiling has come down." in response.text
    again = re.search(r'name="version" value="(\d+)"', response.text)
    assert again is not None
    response = priya.post(f"/staff/cases/{reference}/acknowledgement", step="send", **(written | {"version": again[1]}))
    assert response.status_code == 302


def test_a_change_between_looking_and_committing_is_caught_by_the_book(
    app: Flask, priya: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.orm.exc import StaleDataError

    def stale(*_: object, **__: object) -> None:
        raise StaleDataError("UPDATE statement on table 'cases' expected to update 1 row(s); 0 were matched.")

    reference = hear(app)
    monkeypatch.setattr(cases, "acknowledge", stale)
    response = priya.post(f"/staff/cases/{reference}/acknowledgement", step="send", **fields(app, reference, priya))
    assert response.status_code == 409
    assert case_page.CHANGED in html.unescape(response.text)
    assert html.escape(UNDERSTANDING, quote=False) in response.text


def test_what_is_no_complaint_cannot_be_acknowledged(app: Flask, priya: Officer) -> None:
    reference = hear(app, read=read_as(Label.SERVICE_REQUEST))
    assert priya.client.get(f"/staff/cases/{reference}/acknowledgement").status_code == 302
    response = priya.post(f"/staff/cases/{reference}/acknowledgement", step="send", **fields(app, reference, priya))
    assert response.status_code == 409
    assert notices_of(app, reference, "acknowledgement") == []


def test_an_address_where_they_said_stop_is_told_before_sending(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    with desk_of(app).book.transaction() as session:
        session.query(Contact).update({"stopped_at": datetime.now(UTC)})
    shown = priya.post(f"/staff/cases/{reference}/acknowledgement", **fields(app, reference, priya)).text
    assert "They said STOP there." in shown


def test_nobody_to_write_to_is_told_before_sending(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    with desk_of(app).book.transaction() as session:
        session.query(Case).update({"reply_channel": "nobody", "reply_address": ""})
    shown = priya.post(f"/staff/cases/{reference}/acknowledgement", **fields(app, reference, priya)).text
    assert "There is no address to write to." in shown


def test_lines_are_kept_as_they_were_typed(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    written = fields(app, reference, priya, understanding="\r\n\r\nFirst.\r\n\r\nSecond.")
    shown = priya.post(f"/staff/cases/{reference}/acknowledgement", **written).text
    again = re.search(r'<textarea name="understanding" hidden>\n(.*?)</textarea>', shown, re.DOTALL)
    assert again is not None
    assert again[1] == "First.\n\nSecond."
