"""The page of a case: one thread, why each date, evidence in the resident's words; labels, doubts and files."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from support.staffroom import DAY, Officer, Statements, case_of, desk_of, hear, hire, notices_of, read_as

from casework.storage import delivery
from casework.storage.tables import Case, JournalLine, StoredAttachment
from channels.message import Attachment
from classifier.assessment import Evidence
from classifier.labels import Hazard, Label
from console.evidence import pieces

WORDS = "The boiler is broken for the third time."


def version(app: Flask, reference: str) -> str:
    return str(case_of(app, reference).version)


def test_the_thread_shows_what_was_heard_and_what_was_told(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    shown = priya.get(f"/staff/cases/{reference}")
    assert WORDS in shown
    assert "Text message to +447700900001" in shown
    assert "Waiting to be sent" in shown
    assert shown.index(WORDS) < shown.index("Waiting to be sent")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("accepted", "Handed over, no proof yet"),
        ("delivered", "Delivered"),
        ("failed", "Not delivered"),
        ("in_doubt", "Not known if it went"),
    ],
)
def test_each_notice_says_how_far_it_came_and_when(app: Flask, priya: Officer, state: str, words: str) -> None:
    reference = hear(app)
    at = datetime(2026, 12, 4, 16, 40, tzinfo=UTC)
    with desk_of(app).book.transaction() as session:
        notice = session.merge(notices_of(app, reference, "receipt")[0])
        if state == "accepted":
            delivery.note_accepted(session, notice, at=at, provider_id="SM1")
        elif state == "delivered":
            delivery.note_delivered(session, notice, at=at)
        elif state == "failed":
            delivery.note_failed(session, notice, at=at, detail="The number does not exist.")
        else:
            delivery.note_doubt(session, notice, now=at, detail="No answer came in time.")
    shown = priya.get(f"/staff/cases/{reference}")
    assert words in shown
    if state != "in_doubt":
        assert "Fri 4 Dec 2026, 4:40pm" in shown


def test_the_words_that_the_reading_rests_on_are_marked_with_their_reasons(app: Flask, priya: Officer) -> None:
    evidence = (
        Evidence("repeat_contact", "third time", WORDS.index("third"), WORDS.index("third") + 10, "1.5"),
        Evidence("made_up", "not there", 3, 12, "9.9"),
    )
    shown = priya.get(f"/staff/cases/{hear(app, read=read_as(evidence=evidence))}")
    assert '<mark title="Repeat contact">third time</mark>' in shown
    assert "“third time”: Repeat contact (Code 1.5)" in shown
    assert shown.count("<mark") == 1


def test_evidence_counts_from_the_subject_where_there_is_one(app: Flask, priya: Officer) -> None:
    evidence = (
        Evidence("no_heating_or_hot_water", "Boiler", 0, 6, "Awaab's Law"),
        Evidence("repeat_contact", "third time", 7 + WORDS.index("third"), 7 + WORDS.index("third") + 10, "1.5"),
    )
    reference = hear(
        app, WORDS.lower().replace("boiler", "heating"), read=read_as(evidence=evidence), channel="email",
        our_address="info@larchmere.example", sender="ngozi.okafor@example.org", subject="Boiler",
    )  # fmt: skip
    # The body has one letter more than WORDS, so the second span is not true any more and marks nothing.
    shown = priya.get(f"/staff/cases/{reference}")
    assert '<mark title="No heating or hot water">Boiler</mark>' in shown
    assert shown.count("<mark") == 1


@given(
    words=st.text(max_size=60),
    spans=st.lists(st.tuples(st.integers(-3, 70), st.integers(-3, 70)), max_size=6),
)
def test_marking_never_changes_a_word(words: str, spans: list[tuple[int, int]]) -> None:
    told = [{"cue": "gas", "text": words[max(a, 0) : max(b, 0)], "start": a, "end": b, "clause": ""} for a, b in spans]
    assert "".join(piece.text for piece in pieces(words, told)) == words


@pytest.mark.parametrize(
    "poison",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "</textarea><b>", "\x00\u202e"],
)
def test_what_strangers_write_is_only_ever_shown(app: Flask, priya: Officer, poison: str) -> None:
    reference = hear(
        app, poison, channel="email", our_address="info@larchmere.example", sender="x@example.org", subject=poison,
        sender_name=poison, attachments=(Attachment(poison, "text/html", b"x"),),
    )  # fmt: skip
    for path in ("/staff/", f"/staff/cases/{reference}", f"/staff/cases/{reference}/acknowledgement", "/staff/sent"):
        shown = priya.get(path)
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "</textarea><b>" not in shown
        assert "49" not in re.findall(r"desk-words\">(.*?)</p>", shown)


def test_quoted_history_is_folded_away_but_kept(app: Flask, priya: Officer) -> None:
    reference = hear(app, text=f"{WORDS}\n\nOn Monday you wrote:\n> We will call you back.")
    shown = priya.get(f"/staff/cases/{reference}")
    assert "We will call you back." in shown.split("The whole original text")[1]
    assert "We will call you back." not in shown.split("The whole original text")[0]


def test_each_clock_explains_its_date(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    shown = priya.get(f"/staff/cases/{reference}")
    assert "Stage 1 acknowledgement" in shown
    why = shown.split("Why this date")[1]
    assert "5 working days" in why
    assert "6.2" in why
    assert "It counts from: complaint received" in why
    assert "the count starts on the day after" in why
    assert "Calendar england-and-wales" in why
    assert "Policy code-2024" in why


def test_the_person_their_contacts_and_their_other_cases_stand_beside(app: Flask, priya: Officer) -> None:
    mail = {"channel": "email", "our_address": "info@larchmere.example", "sender": "ngozi.okafor@example.org",
            "sender_name": "Ngozi Okafor"}  # fmt: skip
    first = hear(app, subject="Boiler", number=1, **mail)
    second = hear(app, "The lift is stuck.", subject="Lift", number=2, **mail)
    assert first != second
    shown = priya.get(f"/staff/cases/{second}")
    assert "Ngozi Okafor" in shown
    assert "Email: ngozi.okafor@example.org" in shown
    assert first in shown.split("Other cases of the same person")[1]


def test_who_said_stop_is_told(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    with desk_of(app).book.transaction() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        assert case.person is not None
        case.person.contacts[0].stopped_at = datetime.now(UTC)
    assert "They said STOP here" in priya.get(f"/staff/cases/{reference}")


def test_the_journal_names_staff_and_earshot(app: Flask, priya: Officer) -> None:
    reference = hear(app, read=read_as(Label.SERVICE_REQUEST))
    priya.post(
        f"/staff/cases/{reference}/label", kind="complaint", why="They are unhappy", version=version(app, reference)
    )
    journal = priya.get(f"/staff/cases/{reference}").split('id="journal"')[1]
    assert "Service request → Complaint: They are unhappy" in journal
    assert "Priya Shah" in journal
    assert "Earshot" in journal


def test_the_number_of_queries_does_not_grow_with_the_thread(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    asked = []
    for more in (0, 12):
        for number in range(more):
            hear(app, f"And another thing, number {number}.", external_id=f"SM-more-{number}")
        with Statements(app) as statements:
            priya.get(f"/staff/cases/{reference}")
        asked.append(statements.asked)
    assert asked[1] <= asked[0] + 1
    assert asked[0] <= 12


def test_a_reference_may_be_typed_in_any_way(app: Flask, priya: Officer) -> None:
    reference = hear(app)
    response = priya.client.get(f"/staff/cases/{reference.lower().replace('-', '')}")
    assert (response.status_code, response.location) == (302, f"/staff/cases/{reference}")


class TestLabel:
    def test_a_complaint_counts_from_the_first_contact(self, app: Flask, priya: Officer) -> None:
        reference = hear(app, read=read_as(Label.SERVICE_REQUEST), ago=2 * DAY)
        response = priya.post(
            f"/staff/cases/{reference}/label", kind="complaint", why="They are unhappy", version=version(app, reference)
        )
        assert response.status_code == 302
        case = case_of(app, reference)
        assert (case.kind, case.state) == ("complaint", "stage_1_received")
        assert case.next_due_at is not None

    def test_a_misread_complaint_becomes_what_it_is_and_owes_no_dates(self, app: Flask, priya: Officer) -> None:
        reference = hear(app)
        priya.post(f"/staff/cases/{reference}/label", kind="comment", why="A question", version=version(app, reference))
        case = case_of(app, reference)
        assert (case.kind, case.state, case.next_due_at) == ("comment", "open", None)

    def test_an_unsure_case_is_decided(self, app: Flask, priya: Officer) -> None:
        reference = hear(app, read=read_as(review=True))
        assert "Decide what this is" in priya.get(f"/staff/cases/{reference}")
        priya.post(
            f"/staff/cases/{reference}/label", kind="complaint", why="It is one", version=version(app, reference)
        )
        case = case_of(app, reference)
        assert (case.review, case.state) == (False, "stage_1_received")

    @pytest.mark.parametrize(("kind", "why"), [("complaint", " "), ("nonsense", "because"), ("", "")])
    def test_a_kind_and_a_reason_are_wanted(self, app: Flask, priya: Officer, kind: str, why: str) -> None:
        reference = hear(app, read=read_as(Label.SERVICE_REQUEST))
        response = priya.post(f"/staff/cases/{reference}/label", kind=kind, why=why, version=version(app, reference))
        assert response.status_code == 400
        assert "There is a problem" in response.text
        assert case_of(app, reference).kind == "service_request"

    def test_the_second_of_two_officers_is_told_that_the_case_has_changed(self, app: Flask, priya: Officer) -> None:
        tom = hire(app, "Tom Reed", role="manager")
        reference = hear(app, read=read_as(Label.SERVICE_REQUEST))
        seen = version(app, reference)
        priya.post(f"/staff/cases/{reference}/label", kind="complaint", why="They are unhappy", version=seen)
        response = tom.post(f"/staff/cases/{reference}/label", kind="comment", why="Only a question", version=seen)
        assert response.status_code == 409
        assert "changed this case while you had it open" in response.text
        assert "Only a question" in response.text
        assert case_of(app, reference).kind == "complaint"

    def test_an_acknowledged_complaint_keeps_its_label(self, app: Flask, priya: Officer) -> None:
        reference = hear(app)
        with desk_of(app).book.transaction() as session:
            session.execute(update(Case).values(state="stage_1_acknowledged"))
        assert "Save the label" not in priya.get(f"/staff/cases/{reference}")
        response = priya.post(
            f"/staff/cases/{reference}/label", kind="comment", why="No", version=version(app, reference)
        )
        assert response.status_code == 409
        assert "cannot relabel" in response.text


class TestDoubt:
    @pytest.fixture
    def doubt(self, app: Flask) -> tuple[str, int]:
        reference = hear(app)
        with desk_of(app).book.transaction() as session:
            notice = session.merge(notices_of(app, reference, "receipt")[0])
            delivery.note_doubt(session, notice, now=datetime.now(UTC), detail="No answer came in time.")
            return reference, notice.id

    @pytest.mark.parametrize(("arrived", "state"), [("yes", "accepted"), ("no", "due")])
    def test_a_person_decides_it_and_the_journal_says_who(
        self, app: Flask, priya: Officer, doubt: tuple[str, int], arrived: str, state: str
    ) -> None:
        reference, number = doubt
        assert "did it arrive?" in priya.get(f"/staff/cases/{reference}")
        assert priya.post(f"/staff/cases/{reference}/notices/{number}/doubt", arrived=arrived).status_code == 302
        assert notices_of(app, reference, "receipt")[0].state == state
        with desk_of(app).book.reading() as session:
            line = session.scalars(select(JournalLine).where(JournalLine.event == "doubt_decided")).one()
            assert (line.actor, line.details["arrived"]) == (f"staff:{priya.id}", arrived)

    def test_it_is_decided_once(self, app: Flask, priya: Officer, doubt: tuple[str, int]) -> None:
        reference, number = doubt
        priya.post(f"/staff/cases/{reference}/notices/{number}/doubt", arrived="yes")
        response = priya.post(f"/staff/cases/{reference}/notices/{number}/doubt", arrived="no")
        assert response.status_code == 409
        assert "not in doubt any more" in response.text
        assert notices_of(app, reference, "receipt")[0].state == "accepted"

    def test_an_answer_is_wanted(self, app: Flask, priya: Officer, doubt: tuple[str, int]) -> None:
        reference, number = doubt
        response = priya.post(f"/staff/cases/{reference}/notices/{number}/doubt")
        assert response.status_code == 400
        assert "Select whether it arrived" in response.text

    def test_a_notice_of_another_case_is_not_touched(self, app: Flask, priya: Officer, doubt: tuple[str, int]) -> None:
        other = hear(app, number=2)
        assert priya.post(f"/staff/cases/{other}/notices/{doubt[1]}/doubt", arrived="yes").status_code == 404


class TestAttachments:
    @pytest.mark.parametrize("name", ["photo.jpg", 'a"b\r\nc.html', "żółw.pdf", "../../etc/passwd", ""])
    def test_a_file_is_saved_and_never_shown(self, app: Flask, priya: Officer, name: str) -> None:
        reference = hear(app, attachments=(Attachment(name, "text/html", b"<script>alert(1)</script>"),))
        response = priya.client.get(f"/staff/cases/{reference}/attachments/{self.number(app)}")
        assert response.status_code == 200
        assert response.data == b"<script>alert(1)</script>"
        assert response.headers["Content-Disposition"].startswith("attachment; filename")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.mimetype == "application/octet-stream"
        assert "sandbox" in response.headers["Content-Security-Policy"]

    def test_a_file_of_another_case_is_not_found(self, app: Flask, priya: Officer) -> None:
        hear(app, attachments=(Attachment("photo.jpg", "image/jpeg", b"x"),))
        other = hear(app, number=2)
        assert priya.client.get(f"/staff/cases/{other}/attachments/{self.number(app)}").status_code == 404

    def number(self, app: Flask) -> int:
        with desk_of(app).book.reading() as session:
            return int(session.scalars(select(StoredAttachment.id)).one())


def test_who_only_reads_is_offered_nothing_to_do(app: Flask) -> None:
    auditor = hire(app, "Una Audit", role="auditor")
    shown = auditor.get(f"/staff/cases/{hear(app, read=read_as(hazards=(Hazard.GAS,)))}")
    for action in ("Acknowledge", "Correct the label", "Write an update"):
        assert action not in shown.split("<main")[1]
