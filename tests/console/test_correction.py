"""What staff say of a message becomes an example: all labels that hold, hazards, and whether it may teach."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from support.staffroom import Officer, case_of, desk_of, hear, read_as
from werkzeug.test import TestResponse

from casework.settings import settings
from casework.storage import examples
from casework.storage.learning_tables import Example
from casework.storage.tables import Case, JournalLine, Message
from classifier.labels import Hazard, Label


def label(app: Flask, officer: Officer, reference: str, kind: str = "complaint", **more: Any) -> TestResponse:
    said = {"kind": kind, "why": "They are unhappy", "version": str(case_of(app, reference).version), **more}
    return officer.post(f"/staff/cases/{reference}/label", **said)


def confirm(app: Flask, officer: Officer, reference: str, **more: Any) -> TestResponse:
    version = str(case_of(app, reference).version)
    return officer.post(f"/staff/cases/{reference}/reading", version=version, **more)


def kept(app: Flask) -> list[Example]:
    with desk_of(app).book.reading() as session:
        return list(session.scalars(select(Example).order_by(Example.id)))


def object_to_learning(app: Flask) -> None:
    with desk_of(app).book.transaction() as session:
        case = session.scalars(select(Case)).one()
        examples.forget(session, case, now=datetime.now(UTC), actor="operator")


def test_a_correction_becomes_an_example_with_all_that_holds(app: Flask, priya: Officer) -> None:
    reference = hear(app, read=read_as(Label.SERVICE_REQUEST, hazards=(Hazard.GAS, Hazard.FIRE)))
    label(app, priya, reference, also=["service_request"], hazards=["gas"], hazards_asked="yes", may_teach="yes")
    [one] = kept(app)
    assert (one.message_id, one.how, one.model_version, one.actor) == (1, "corrected", "test", f"staff:{priya.id}")
    assert (one.read_labels, one.labels) == (["service_request"], ["complaint", "service_request"])
    assert (one.confirmed, one.struck) == (["gas"], ["fire"])
    assert one.may_teach
    case = case_of(app, reference)
    assert (case.kind, case.labels) == ("complaint", ["complaint", "service_request"])
    assert case.hazards == ["gas", "fire"], "a warning is not taken back by what the reader may learn"


def test_who_does_not_say_that_it_may_teach_has_not_said_so(app: Flask, priya: Officer) -> None:
    label(app, priya, hear(app, read=read_as(Label.COMMENT)))
    assert [one.may_teach for one in kept(app)] == [False]


@pytest.mark.parametrize(("setting", "checked"), [("true", "yes"), ("false", "no")])
def test_the_question_is_set_to_the_deployments_default(
    app: Flask, priya: Officer, monkeypatch: pytest.MonkeyPatch, setting: str, checked: str
) -> None:
    monkeypatch.setenv("EARSHOT_EXAMPLES_TEACH", setting)
    settings.cache_clear()
    form = priya.get(f"/staff/cases/{hear(app)}").split('id="relabel"')[1].split("</form>")[0]
    assert "May this message teach the reader?" in form
    [chosen] = [part for part in form.split("<input") if 'name="may_teach"' in part and " checked" in part]
    assert f'value="{checked}"' in chosen


def test_the_form_opens_with_what_was_read(app: Flask, priya: Officer) -> None:
    reference = hear(app, read=read_as(Label.COMMENT, hazards=(Hazard.GAS,)))
    form = priya.get(f"/staff/cases/{reference}").split('id="relabel"')[1].split("</form>")[0]
    chosen = [part.split('value="')[1].split('"')[0] for part in form.split("<input") if " checked" in part]
    assert chosen == ["comment", "gas", "yes"]


def test_what_governs_governs(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    response = label(app, priya, reference, "comment", also=["service_request"])
    assert response.status_code == 400
    assert "Service request governs comment" in response.text
    assert kept(app) == []


def test_against_the_residents_will_it_may_not_teach(app: Flask, priya: Officer) -> None:
    reference = hear(app, read=read_as(Label.COMMENT))
    object_to_learning(app)
    shown = priya.get(f"/staff/cases/{reference}")
    assert "does not want their messages to teach" in shown
    assert "May this message teach the reader?" not in shown
    response = label(app, priya, reference, may_teach="yes")
    assert response.status_code == 409
    assert "answer No" in response.text
    assert case_of(app, reference).kind == "comment"
    assert label(app, priya, reference).status_code == 302
    assert (case_of(app, reference).kind, kept(app)) == ("complaint", [])


def test_a_label_that_cannot_be_changed_makes_no_example(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    with desk_of(app).book.transaction() as session:
        session.scalars(select(Case)).one().state = "stage_1_acknowledged"
    assert label(app, priya, reference, "comment", may_teach="yes").status_code == 409
    assert kept(app) == []


def test_a_message_without_words_is_relabelled_and_teaches_nothing(app: Flask, priya: Officer) -> None:
    reference = hear(app, " ", read=read_as(Label.COMMENT))
    assert label(app, priya, reference, may_teach="yes").status_code == 302
    assert kept(app) == []


def test_of_several_messages_the_one_that_was_asked_about_is_meant(app: Flask, priya: Officer) -> None:
    reference = hear(app, read=read_as(Label.COMMENT))
    hear(app, "And the lift is stuck.", external_id="SM-more", read=read_as(Label.SERVICE_REQUEST))
    assert f"/staff/cases/{reference}?message=2#relabel" in priya.get(f"/staff/cases/{reference}")
    assert 'name="message" value="2"' in priya.get(f"/staff/cases/{reference}?message=2")
    assert 'name="message" value="1"' in priya.get(f"/staff/cases/{reference}?message=999")
    label(app, priya, reference, message="2")
    assert [one.message_id for one in kept(app)] == [2]


def test_a_message_of_another_case_is_not_touched(app: Flask, priya: Officer) -> None:
    reference = hear(app, read=read_as(Label.COMMENT))
    hear(app, number=2, read=read_as(Label.COMMENT))
    label(app, priya, reference, message="2")
    assert [one.message_id for one in kept(app)] == [1]


class TestConfirming:
    def test_a_reading_that_is_right_is_an_example_too(self, app: Flask, priya: Officer) -> None:
        reference = hear(app, read=read_as(hazards=(Hazard.GAS,)))
        assert "It was read as: complaint; hazards: gas." in priya.get(f"/staff/cases/{reference}")
        assert confirm(app, priya, reference, may_teach="yes").status_code == 302
        [one] = kept(app)
        assert (one.how, one.labels, one.confirmed, one.struck) == ("confirmed", ["complaint"], ["gas"], [])
        with desk_of(app).book.reading() as session:
            line = session.scalars(select(JournalLine).where(JournalLine.event == "reading_confirmed")).one()
        assert (line.actor, line.message_id) == (f"staff:{priya.id}", 1)

    def test_an_acknowledged_complaint_can_still_be_confirmed(self, app: Flask, priya: Officer) -> None:
        reference = hear(app)
        with desk_of(app).book.transaction() as session:
            session.scalars(select(Case)).one().state = "stage_1_acknowledged"
        assert "Confirm the reading" in priya.get(f"/staff/cases/{reference}")
        assert confirm(app, priya, reference).status_code == 302

    def test_where_the_reader_was_unsure_a_person_decides_instead(self, app: Flask, priya: Officer) -> None:
        reference = hear(app, read=read_as(review=True))
        assert "Confirm the reading" not in priya.get(f"/staff/cases/{reference}")
        assert confirm(app, priya, reference).status_code == 409
        assert kept(app) == []

    def test_saving_the_label_that_was_read_is_a_confirmation(self, app: Flask, priya: Officer) -> None:
        label(app, priya, hear(app, read=read_as(Label.COMMENT)), "comment")
        assert [one.how for one in kept(app)] == ["confirmed"]

    def test_it_is_refused_where_the_resident_objects(self, app: Flask, priya: Officer) -> None:
        reference = hear(app)
        object_to_learning(app)
        response = confirm(app, priya, reference, may_teach="yes")
        assert response.status_code == 409
        assert "does not want their messages to teach" in response.text

    def test_a_case_that_has_changed_meanwhile_is_looked_at_again(self, app: Flask, priya: Officer) -> None:
        reference = hear(app)
        response = priya.post(f"/staff/cases/{reference}/reading", version="0")
        assert response.status_code == 409
        assert "changed this case while you had it open" in response.text


def test_the_page_names_the_model_that_read_each_message(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    with desk_of(app).book.transaction() as session:
        session.scalars(select(Message)).one().model_version = "0.1.0+abc"
    assert "Read by the model 0.1.0+abc." in priya.get(f"/staff/cases/{reference}")
