"""Examples in the book: what staff say that a message is, for as long as it may be kept and only where it may teach."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, func, or_, select
from sqlalchemy.orm import Session, joinedload

from casework.settings import settings
from casework.storage import journal
from casework.storage.learning_tables import Example, Objection
from casework.storage.tables import Case, Contact, Message


class Objected(ValueError):
    """Raised where somebody would have a message teach although the resident objects."""

    def __init__(self) -> None:
        super().__init__("The resident does not want their messages to teach the reader: answer No.")


def keep(
    session: Session,
    message: Message,
    *,
    how: str,
    labels: Sequence[str],
    hazards: Sequence[str],
    may_teach: bool,
    now: datetime,
    actor: str,
) -> Example | None:
    """Keep what a person says of a message; None, and nothing kept, where the resident objects to learning.

    Raises Objected where it should teach all the same.
    """
    if objects(session, message):
        if may_teach:
            raise Objected
        return None
    read = message.assessment or {}
    example = Example(
        message=message,
        how=how,
        model_version=message.model_version,
        read_labels=list(read.get("labels", [])),
        read_hazards=list(read.get("hazards", [])),
        labels=list(dict.fromkeys(labels)),
        hazards=list(dict.fromkeys(hazards)),
        actor=actor,
        at=now,
        may_teach=may_teach,
        kept_until=now + timedelta(days=settings().examples_kept_days),
    )
    session.add(example)
    return example


def objects(session: Session, message: Message) -> bool:
    """Whether the one whose message it is, or whose case it belongs to, does not want it to teach."""
    case = session.get(Case, message.case_id) if message.case_id else None
    theirs = [Objection.case_id == message.case_id]
    if case is not None and case.person_id is not None:
        theirs.append(Objection.person_id == case.person_id)
    if message.sender:
        wrote = select(Contact.person_id).where(Contact.address == message.sender)
        theirs.append(Objection.person_id.in_(wrote))
    return session.scalar(select(Objection.id).where(or_(*theirs)).limit(1)) is not None


def forget(session: Session, case: Case, *, now: datetime, actor: str) -> int:
    """The person of this case objects: delete every example of theirs at once and keep none again; how many went."""
    session.add(Objection(case_id=case.id, person_id=case.person_id, at=now, actor=actor))
    gone = _delete(session, Example.message_id.in_(_messages_of(case)))
    journal.write(session, "examples_forgotten", at=now, actor=actor, case=case, count=gone)
    return gone


def expired(session: Session, *, now: datetime) -> int | None:
    """The first example that may not be kept any longer."""
    past = select(Example.id).where(Example.kept_until <= now).order_by(Example.kept_until).limit(1)
    return session.scalar(past)


def drop_expired(session: Session, *, now: datetime) -> int:
    """Delete what was kept as long as it may be; returns how many."""
    gone = _delete(session, Example.kept_until <= now)
    if gone:
        journal.write(session, "examples_expired", at=now, count=gone)
    return gone


def teaching(session: Session, *, now: datetime) -> list[Example]:
    """What the reader may learn from by now, with its message: the newest word on each, in the order of messages."""
    newest = select(func.max(Example.id)).where(Example.kept_until > now).group_by(Example.message_id)
    found = (
        select(Example)
        .where(Example.id.in_(newest), Example.may_teach)
        .options(joinedload(Example.message, innerjoin=True))
        .order_by(Example.message_id)
    )
    return list(session.scalars(found))


def _messages_of(case: Case) -> Select[int]:
    """The messages of a case, of the other cases of its person, and those that this person wrote in any other."""
    theirs = [Message.case_id == case.id]
    if case.person_id is not None:
        theirs.append(Message.case_id.in_(select(Case.id).where(Case.person_id == case.person_id)))
        theirs.append(Message.sender.in_(select(Contact.address).where(Contact.person_id == case.person_id)))
    return select(Message.id).where(or_(*theirs))


def _delete(session: Session, which: ColumnElement[bool]) -> int:
    ids = list(session.scalars(select(Example.id).where(which)))
    session.execute(delete(Example).where(Example.id.in_(ids)))
    return len(ids)
