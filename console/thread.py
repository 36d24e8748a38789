"""One case as its page tells it: everything said in both directions in one thread, and what stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from casework.storage import staff
from casework.storage.tables import Case, Contact, JournalLine, Message, Notice, Person
from console.evidence import Marked, mark, reading
from console.wording import actor_name, details_of, event_name

JOURNAL_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of the resident in the thread."""

    at: datetime
    message: Message
    marked: Marked
    read_as: list[str]

    @property
    def quotes_more(self) -> bool:
        """Whether the whole text says more than what was new in it."""
        return self.message.text.strip() != (self.message.new_text or self.message.text).strip()


@dataclass(frozen=True, slots=True)
class Told:
    """A notice to the resident in the thread, and the moment of its last news."""

    at: datetime
    notice: Notice
    news_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the journal in words."""

    at: datetime
    event: str
    actor: str
    details: str


def whole(session: Session, reference: str) -> Case | None:
    """The case with all that its page shows, in a fixed number of queries."""
    found = session.scalars(
        select(Case)
        .where(Case.reference == reference)
        .options(
            joinedload(Case.person).joinedload(Person.contacts),
            joinedload(Case.handler),
            selectinload(Case.messages).joinedload(Message.attachments),
            selectinload(Case.clocks),
            selectinload(Case.notices),
        )
    )
    return found.unique().one_or_none()


def thread(case: Case, joined: Sequence[Case] = ()) -> list[Heard | Told]:
    """What was heard and what was told, in this case and in those joined to it, in the order of time."""
    every = (case, *joined)
    heard = [
        Heard(one.received_at, one, mark(one), reading(one))
        for of in every
        for one in of.messages
        if one.kind != "bounce"  # what it reports stands at the notice that it is about
    ]
    told = [Told(one.created_at, one, news_of(one)) for of in every for one in of.notices if one.kind != "staff_alert"]
    return sorted([*heard, *told], key=lambda item: (item.at, isinstance(item, Told)))


def news_of(notice: Notice) -> datetime:
    """When the notice came to the state that it is in."""
    by_state = {"delivered": notice.delivered_at, "accepted": notice.accepted_at, "failed": notice.failed_at}
    return by_state.get(notice.state) or notice.claimed_at or notice.created_at


def journal_of(session: Session, case: Case) -> list[Line]:
    """The last lines of the case's journal, the newest first."""
    names = {member.id: member.name for member in staff.everybody(session)}
    lines = session.scalars(
        select(JournalLine).where(JournalLine.case_id == case.id).order_by(JournalLine.seq.desc()).limit(JOURNAL_SHOWN)
    )
    return [
        Line(line.at, event_name(line.event), actor_name(line.actor, names), details_of(line.event, line.details))
        for line in lines
    ]


def related(session: Session, case: Case) -> Sequence[Case]:
    """The other cases of the same person, the last heard of first."""
    if case.person_id is None:
        return []
    others = select(Case).where(Case.person_id == case.person_id, Case.id != case.id)
    return list(session.scalars(others.order_by(Case.last_heard_at.desc()).limit(20)))


def stopped(case: Case) -> Contact | None:
    """The contact that answers would go to, if the resident has said STOP there."""
    contacts = case.person.contacts if case.person else []
    return next((one for one in contacts if one.address == case.reply_address and one.stopped_at), None)
