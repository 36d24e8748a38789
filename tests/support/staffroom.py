"""The staff of Larchmere Homes at their desks, and residents who write in, for the tests of the console."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from casework.storage.tables import Case, Message, Notice, StaffMember
from channels.message import InboundMessage
from classifier.assessment import Assessment, Evidence
from classifier.labels import Hazard, Label
from console.access import seal_of
from intake.accept import accept
from intake.desk import Desk
from intake.process import process

DAY = timedelta(days=1)

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Officer:
    """Somebody signed in, with a browser that fills in the form's token as a page would."""

    def __init__(self, app: Flask, member: StaffMember) -> None:
        self.id, self.name = member.id, member.name
        self.client = app.test_client()
        with self.client.session_transaction() as session:
            session.update(staff=member.id, since=datetime.now(UTC).timestamp(), seal=seal_of(member))

    def get(self, path: str) -> str:
        """The page at this address, which must be there."""
        response = self.client.get(path)
        assert response.status_code == 200, response.status
        return response.text

    def post(self, path: str, _files: dict[str, Any] | None = None, **fields: Any) -> TestResponse:
        """Send a form from the console."""
        return self.client.post(path, data={"csrf_token": self.token(), **fields, **(_files or {})})

    def token(self) -> str:
        found = _TOKEN.search(self.get("/staff/sent"))
        assert found is not None
        return found[1]


class Scripted:
    """A reader who says what the test wants to be read."""

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment

    def assess_many(self, texts: Iterable[str]) -> list[Assessment]:
        return [self.assessment for _ in texts]


def hire(app: Flask, name: str = "Priya Shah", role: str = "officer", **facts: Any) -> Officer:
    """Let somebody work for Larchmere Homes, signed in."""
    with desk_of(app).book.transaction() as session:
        member = StaffMember(
            email=f"{name.split()[0].lower()}@larchmere.example",
            name=name,
            role=role,
            password_hash="no password",
            created_at=datetime.now(UTC),
            **facts,
        )
        session.add(member)
    return Officer(app, member)


def desk_of(app: Flask) -> Desk:
    desk: Desk = app.extensions["desk"]
    return desk


def read_as(
    label: Label = Label.COMPLAINT,
    *,
    sure: float = 0.9,
    review: bool = False,
    hazards: tuple[Hazard, ...] = (),
    evidence: tuple[Evidence, ...] = (),
) -> Assessment:
    """An assessment as the classifier would give it."""
    return Assessment(
        primary=label,
        labels=(label,),
        probabilities={label: sure},
        review=review,
        urgent=bool(hazards),
        hazards=hazards,
        evidence=evidence,
        version="test",
    )


def hear(
    app: Flask,
    words: str = "The boiler is broken for the third time.",
    *,
    number: int = 1,
    ago: timedelta = timedelta(),
    read: Assessment | None = None,
    **facts: Any,
) -> str:
    """A resident writes, by text unless `facts` say otherwise; returns the reference of the case it ended in."""
    desk, at = desk_of(app), datetime.now(UTC) - ago
    sent = {
        "channel": "sms",
        "our_address": "+441632960100",
        "external_id": f"SM{number:032}",
        "received_at": at,
        "raw": words.encode(),
        "text": words,
        "new_text": words,
        "sender": f"+4477009{number:05}",
    }
    accepted = accept(desk.book, InboundMessage(**(sent | facts)), now=at)
    process(desk, Scripted(read or read_as()), [accepted.id], now=at)
    with desk.book.reading() as session:
        reference = session.scalar(select(Case.reference).join(Case.messages).where(Message.id == accepted.id))
        assert reference is not None
        return reference


def case_of(app: Flask, reference: str) -> Case:
    """The case as it stands, free of the database."""
    with desk_of(app).book.reading() as session:
        case = session.scalar(select(Case).where(Case.reference == reference))
        assert case is not None
        session.expunge(case)
        return case


def notices_of(app: Flask, reference: str, kind: str) -> list[Notice]:
    """What is owed in this case, in the order in which it came to be owed."""
    with desk_of(app).book.reading() as session:
        found = session.scalars(
            select(Notice).join(Notice.case).where(Case.reference == reference, Notice.kind == kind).order_by(Notice.id)
        ).all()
        session.expunge_all()
        return list(found)


class Statements:
    """Counts what is said to the database while it is open; `writes` are those that change something."""

    def __init__(self, app: Flask) -> None:
        self._engine = desk_of(app).book.engine
        self.said: list[str] = []
        self.commits = 0

    def __enter__(self) -> "Statements":
        event.listen(self._engine, "before_cursor_execute", self._note)
        event.listen(self._engine, "commit", self._note_commit)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)
        event.remove(self._engine, "commit", self._note_commit)

    @property
    def asked(self) -> int:
        return sum(statement.lstrip().upper().startswith(("SELECT", "WITH")) for statement in self.said)

    @property
    def writes(self) -> list[str]:
        return [said for said in self.said if said.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.said.append(statement)

    def _note_commit(self, _connection: Any) -> None:
        self.commits += 1
