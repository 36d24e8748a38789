"""Read again unseen: the text alone, one question, once, by somebody who did not work the case; a yes opens the way."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from support.staffroom import Officer, case_of, desk_of, hear, hire, notices_of, read_as
from werkzeug.test import TestResponse

from casework.settings import settings
from casework.storage import examples, rereading
from casework.storage.learning_tables import Example, Rereading
from casework.storage.tables import Case
from classifier.assessment import Assessment
from classifier.labels import Hazard, Label

WORDS = "Another lovely cold bath this morning, thank you so much."
PAGE = "/staff/rereading"
NEXT_WEEK = datetime.now(UTC) + timedelta(days=7)


def draw(app: Flask) -> None:
    with desk_of(app).book.transaction() as session:
        rereading.draw(session, size=30, now=NEXT_WEEK)


def heard(app: Flask, *, read: Assessment | None = None, **facts: Any) -> str:
    """A message that was read as a compliment, and is in the sample."""
    reference = hear(app, WORDS, read=read or read_as(Label.COMPLIMENT), **facts)
    draw(app)
    return reference


def answer(app: Flask, officer: Officer, said: str, number: int = 1, **more: Any) -> TestResponse:
    return officer.post(f"{PAGE}/{number}", answer=said, **more)


def kept(app: Flask) -> list[Example]:
    with desk_of(app).book.reading() as session:
        return list(session.scalars(select(Example)))


def test_nothing_but_the_text_is_shown(app: Flask, priya: Officer) -> None:
    reference = heard(app, read=read_as(Label.COMPLIMENT, hazards=(Hazard.GAS,)), sender_name="Ngozi Okafor")
    shown = priya.get(PAGE).split("<main")[1]
    assert WORDS in shown
    for told in (reference, "Ngozi", "+4477", "Text message", "gas", "hazard", "sure", "Read as", "checked"):
        assert told.lower() not in re.sub(r"<[^>]*class=\"[^\"]*\"", "", shown).lower().replace("not read as", ""), told


def test_a_subject_is_part_of_the_text(app: Flask, priya: Officer) -> None:
    heard(app, channel="email", our_address="info@larchmere.example", sender="n@example.org", subject="The bath")
    assert "The bath" in priya.get(PAGE)


def test_where_nothing_waits_it_says_so(app: Flask, priya: Officer) -> None:
    assert "Nothing waits for you" in priya.get(PAGE)


def test_an_answer_is_kept_with_who_gave_it_and_the_next_one_is_shown(app: Flask, priya: Officer) -> None:
    heard(app)
    assert answer(app, priya, "no").location == PAGE
    with desk_of(app).book.reading() as session:
        row = session.scalars(select(Rereading)).one()
    assert (row.answer, row.answered_by) == ("no", priya.id)
    assert "Nothing waits for you" in priya.get(PAGE)


def test_nobody_answers_twice_or_after_somebody_else(app: Flask, priya: Officer) -> None:
    tom = hire(app, "Tom Reed")
    heard(app)
    answer(app, priya, "no")
    for officer in (priya, tom):
        response = answer(app, officer, "yes")
        assert response.status_code == 409
        assert "Somebody else has answered" in response.text
    assert kept(app) == []


def test_who_worked_the_case_is_not_asked(app: Flask, priya: Officer) -> None:
    reference = heard(app)
    priya.post(
        f"/staff/cases/{reference}/label",
        kind="comment",
        why="A question",
        version=str(case_of(app, reference).version),
    )
    assert "Nothing waits for you" in priya.get(PAGE)
    assert answer(app, priya, "yes").status_code == 409
    assert WORDS in hire(app, "Tom Reed").get(PAGE)


@pytest.mark.parametrize(
    ("said", "more", "words"),
    [
        ("", {}, "Select yes, no, or that you can&#39;t tell"),
        ("perhaps", {}, "Select yes, no, or that you can&#39;t tell"),
        ("no", {"labels": ["complaint"]}, "If nobody is unhappy with us, it is not a complaint"),
    ],
)
def test_an_answer_is_wanted_that_agrees_with_itself(
    app: Flask, priya: Officer, said: str, more: dict[str, Any], words: str
) -> None:
    heard(app)
    response = answer(app, priya, said, **more)
    assert response.status_code == 400
    assert words in response.text
    assert WORDS in response.text


class TestYes:
    def test_it_leads_to_the_case_where_it_can_be_relabelled(self, app: Flask, priya: Officer) -> None:
        reference = heard(app)
        response = answer(app, priya, "yes")
        assert response.location == f"/staff/cases/{reference}#relabel"
        shown = priya.get(f"/staff/cases/{reference}")
        assert "Decide what this is" in shown
        assert "finds somebody unhappy with us" in shown
        assert case_of(app, reference).kind == "compliment"

    def test_it_is_flagged_in_the_inbox_until_somebody_decides(self, app: Flask, priya: Officer) -> None:
        reference = heard(app)
        answer(app, priya, "yes")
        inbox = priya.get("/staff/")
        assert "A second reader finds somebody unhappy" in inbox
        assert f"{reference}: a message that was not read as a complaint was read again" in inbox
        assert [notice.facts["why"] for notice in notices_of(app, reference, "staff_alert")] == ["missed_complaint"]
        version = str(case_of(app, reference).version)
        priya.post(f"/staff/cases/{reference}/label", kind="complaint", why="They are cold", version=version)
        assert "A second reader" not in priya.get("/staff/")
        assert case_of(app, reference).state == "stage_1_received"

    def test_it_becomes_an_example(self, app: Flask, priya: Officer) -> None:
        heard(app)
        answer(app, priya, "yes")
        [one] = kept(app)
        assert (one.how, one.read_labels, one.labels, one.may_teach) == ("reread", ["compliment"], ["complaint"], True)

    def test_a_request_in_it_stays_one(self, app: Flask, priya: Officer) -> None:
        heard(app, read=read_as(Label.SERVICE_REQUEST))
        answer(app, priya, "yes")
        assert kept(app)[0].labels == ["complaint", "service_request"]

    def test_the_labels_that_were_given_count(self, app: Flask, priya: Officer) -> None:
        heard(app, read=read_as(Label.SERVICE_REQUEST))
        answer(app, priya, "yes", labels=["comment"])
        assert kept(app)[0].labels == ["complaint", "comment"]

    def test_in_a_case_that_is_a_complaint_already_nothing_is_to_be_decided(self, app: Flask, priya: Officer) -> None:
        reference = heard(app)
        with desk_of(app).book.transaction() as session:
            session.scalars(select(Case)).one().kind = "complaint"
        assert answer(app, priya, "yes").location == PAGE
        assert notices_of(app, reference, "staff_alert") == []


def test_a_no_is_an_example_only_with_its_labels(app: Flask, priya: Officer) -> None:
    for number in (1, 2):
        hear(app, WORDS, number=number, read=read_as(Label.COMMENT))
    draw(app)
    answer(app, priya, "no", 1)
    assert kept(app) == []
    answer(app, priya, "no", 2, labels=["compliment"])
    assert [one.labels for one in kept(app)] == [["compliment"]]


def test_who_cannot_tell_teaches_nothing(app: Flask, priya: Officer) -> None:
    heard(app)
    answer(app, priya, "cant_tell", labels=["comment"])
    assert kept(app) == []


def test_where_the_resident_objects_it_is_counted_and_teaches_nothing(app: Flask, priya: Officer) -> None:
    heard(app)
    with desk_of(app).book.transaction() as session:
        examples.forget(session, session.scalars(select(Case)).one(), now=datetime.now(UTC), actor="operator")
    assert answer(app, priya, "yes").status_code == 302
    assert kept(app) == []


def test_whether_it_teaches_is_the_deployments_default(
    app: Flask, priya: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_EXAMPLES_TEACH", "false")
    settings.cache_clear()
    heard(app)
    answer(app, priya, "yes")
    assert [one.may_teach for one in kept(app)] == [False]


def test_who_only_reads_is_not_offered_it(app: Flask) -> None:
    auditor = hire(app, "Una Audit", role="auditor")
    assert "Read again" not in auditor.get("/staff/")
    assert auditor.client.get(PAGE).status_code == 403
