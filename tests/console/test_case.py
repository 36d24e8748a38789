"""The resident's page: one case for who holds its link, in plain words, and the choice is theirs."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from support.clamd import EICAR, clamd

from casework.lifecycle import CaseState
from casework.links import token_for
from casework.reading import COMPLAINT
from casework.settings import settings
from casework.storage import messages
from casework.storage.tables import Case, Message, Notice
from channels.message import InboundMessage
from console import own_words
from intake import process
from intake.accept import accept

WORDS = "The boiler is broken for the third time."
RECEIVED = datetime(2026, 12, 22, 16, 40, tzinfo=UTC)


class Reader:
    """Reads everything as it is told to."""

    def __init__(self, kind: str = COMPLAINT, *, review: bool = False) -> None:
        self._kind, self._review = kind, review

    def assess_many(self, texts: Any) -> list[Any]:
        from classifier.assessment import Assessment
        from classifier.labels import Label

        label = Label(self._kind)
        return [Assessment(label, (label,), {label: 0.9}, self._review) for _ in texts]


@pytest.fixture
def case_of(console: Any) -> Callable[..., str]:
    """A text of Ngozi's, received and processed; gives the token of its page."""

    def opened(kind: str = COMPLAINT, *, review: bool = False, number: int = 1) -> str:
        message = InboundMessage(
            "sms", "+441632960100", f"SM{number}", RECEIVED, b"raw", WORDS, WORDS, sender=f"+44770090012{number}",
            sender_name="Ngozi Okafor",
        )  # fmt: skip
        accepted = accept(console.book, message, now=RECEIVED)
        assert process.process(console.desk, Reader(kind, review=review), [accepted.id], now=RECEIVED) == 1
        with console.book.reading() as session:
            reference = session.scalars(select(Case.reference).order_by(Case.id.desc())).first()
        return token_for(str(reference), console.desk.secret)

    return opened


def add(console: Any, token: str, **fields: Any) -> Any:
    client = console.app.test_client(use_cookies=False)
    form = re.search(r'name="form" value="([^"]+)"', client.get(f"/case/{token}").text)
    assert form is not None
    data = {"form": form[1], "message": "And the baby is cold."} | fields
    return client.post(f"/case/{token}/add", data=data, content_type="multipart/form-data")


def state(console: Any) -> str:
    with console.book.reading() as session:
        return str(session.scalars(select(Case.state)).one())


def test_it_shows_where_the_case_stands_and_what_was_said(console: Any, case_of: Callable[..., str]) -> None:
    page = console.client().get(f"/case/{case_of()}").text
    assert "Complaint, stage 1: received" in page
    assert WORDS in page
    assert "A message to you is on its way" in page


def test_each_date_has_its_weekday_its_rule_and_its_days(console: Any, case_of: Callable[..., str]) -> None:
    page = console.client().get(f"/case/{case_of()}").text
    assert "By <strong>Thursday 31 December 2026</strong>" in page
    assert "5 working days" in page
    assert "bank holiday: Christmas Day" in page
    assert "working day 5" in page


def test_staff_s_own_alerts_are_not_the_resident_s_page(console: Any, case_of: Callable[..., str]) -> None:
    token = case_of()
    with console.book.transaction() as session:
        notice = session.scalars(select(Notice)).first()
        at = {"created_at": RECEIVED, "next_try_at": RECEIVED}
        session.add(
            Notice(
                key="k" * 32,
                case_id=notice.case_id,
                kind="staff_alert",
                round="x",
                channel="alert",
                address="staff",
                facts={},
                text="the officer should know",
                state="accepted",
                **at,
            )
        )
    assert "the officer should know" not in console.client().get(f"/case/{token}").text


@pytest.mark.parametrize("token", ["nonsense", "48172736K.AAAAAAAAAAAA", "x" * 500, "4817-2736-K", ".", "%00"])
def test_a_link_that_we_did_not_make_opens_nothing(client: FlaskClient, token: str) -> None:
    answer = client.get(f"/case/{token}")
    assert answer.status_code == 404
    assert "This link does not open anything" in answer.text
    assert "This link is not complete" in answer.text


def test_the_link_of_one_case_does_not_open_another(console: Any, case_of: Callable[..., str]) -> None:
    first, second = case_of(number=1), case_of(number=2)
    mixed = f"{second.partition('.')[0]}.{first.partition('.')[2]}"
    assert console.client().get(f"/case/{mixed}").status_code == 404


def test_nobody_else_learns_the_link(console: Any, case_of: Callable[..., str]) -> None:
    headers = console.client().get(f"/case/{case_of()}").headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "Set-Cookie" not in headers


def test_looking_changes_nothing(console: Any, case_of: Callable[..., str]) -> None:
    token = case_of()
    written: list[str] = []
    event.listen(console.book.engine, "before_cursor_execute", lambda *call: written.append(call[2]))
    console.client().get(f"/case/{token}")
    assert written
    assert not [sql for sql in written if sql.split()[0] in ("INSERT", "UPDATE", "DELETE")]


def test_what_the_resident_adds_joins_the_case(console: Any, case_of: Callable[..., str]) -> None:
    token = case_of()
    answer = add(console, token)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/case/{token}?done=added")
    with console.book.reading() as session:
        waiting = session.scalars(select(Message.id).where(Message.state == "accepted")).all()
    process.process(console.desk, Reader("comment"), list(waiting), now=RECEIVED)
    page = console.client().get(f"/case/{token}?done=added").text
    assert "We have what you added" in page
    assert "And the baby is cold." in page
    with console.book.reading() as session:
        case = session.scalars(select(Case)).one()
        assert sorted(message.outcome or "" for message in case.messages) == ["attached", "opened"]
        assert (case.reply_channel, case.reply_address) == ("sms", "+447700900121")


def test_an_empty_addition_is_asked_for_words(console: Any, case_of: Callable[..., str]) -> None:
    answer = add(console, case_of(), message="  ")
    assert answer.status_code == 400
    assert "Tell us what happened" in answer.text


def test_the_form_of_one_case_cannot_be_sent_to_another(console: Any, case_of: Callable[..., str]) -> None:
    first, second = case_of(number=1), case_of(number=2)
    client = console.client()
    form = re.search(r'name="form" value="([^"]+)"', client.get(f"/case/{first}").text)
    assert form is not None
    assert client.post(f"/case/{second}/add", data={"form": form[1], "message": "Hello"}).status_code == 400


@pytest.mark.parametrize(("kind", "review"), [("service_request", False), ("comment", True)])
def test_the_resident_may_make_it_a_complaint(
    console: Any, case_of: Callable[..., str], kind: str, review: bool
) -> None:
    token = case_of(kind, review=review)
    client = console.client()
    assert "Make this a complaint" in client.get(f"/case/{token}").text
    answer = client.post(f"/case/{token}/complaint")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/case/{token}?done=complaint")
    assert state(console) == "stage_1_received"
    page = client.get(answer.headers["Location"]).text
    assert "We are treating this as a complaint." in page
    assert "Make this a complaint" not in page
    assert "Thursday 31 December 2026" in page  # from the first contact


def test_pressing_twice_is_pressing_once(console: Any, case_of: Callable[..., str]) -> None:
    token = case_of("service_request")
    answers = [console.client().post(f"/case/{token}/complaint").status_code for _ in range(2)]
    assert answers == [303, 303]
    assert state(console) == "stage_1_received"


def test_the_page_costs_the_same_however_much_was_said(console: Any, case_of: Callable[..., str]) -> None:
    token = case_of()
    counts = []
    for extra in (0, 30):
        with console.book.transaction() as session:
            case = session.scalars(select(Case)).one()
            for number in range(extra):
                more = Message(
                    channel="sms", our_address="x", external_id=f"more{number}", received_at=RECEIVED,
                    accepted_at=RECEIVED, raw=b"", raw_sha256="", kind="message", new_text="more", next_try_at=RECEIVED,
                )  # fmt: skip
                session.add(more)
                messages.settle(more, "attached", case=case, now=RECEIVED)
        counts.append(queries(console, token))
    assert counts[0] == counts[1]


def queries(console: Any, token: str) -> int:
    seen: list[str] = []

    def note(*call: Any) -> None:
        seen.append(call[2])

    event.listen(console.book.engine, "before_cursor_execute", note)
    assert console.client().get(f"/case/{token}").status_code == 200
    event.remove(console.book.engine, "before_cursor_execute", note)
    return len(seen)


def test_every_state_is_said_in_words() -> None:
    assert set(own_words.STAGES) == set(CaseState)


def test_pain_17_a_file_with_a_virus_is_kept_out_of_the_case_and_the_resident_is_told(
    console: Any, case_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = case_of()
    with clamd() as scanner:
        monkeypatch.setenv("EARSHOT_CLAMAV", scanner)
        settings.cache_clear()
        answer = add(console, token, files=[(io.BytesIO(EICAR), "letter.txt")])
    assert "one seems to hold a virus" in console.client().get(answer.headers["Location"]).text
    with console.book.reading() as session:
        message = session.scalars(select(Message).order_by(Message.id.desc())).first()
        assert message.new_text == "And the baby is cold."
        assert message.attachments == []
        assert "ClamAV found" in message.details["problems"][0]
