"""One person behind several addresses: linked on proof only, by the resident's own codes or by staff with a reason.

Contacts move, and with them the cases that are answered there; messages and journal stay as they were. A link keeps
what it moved, so that undoing it puts everything back.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casework.storage import journal
from casework.storage.people_tables import Link
from casework.storage.tables import Case, Contact, Message, Person

_FILLED = ("name", "home", "adjustments")


class CannotUndo(ValueError):
    """Raised when something that came later stands in the way; the sentence says what to undo first."""


def link_proved(session: Session, proved: Collection[Contact], into: Person, *, now: datetime) -> list[Link]:
    """Let the contacts that one resident proved in one session be one person's; one of them must be `into`'s already.

    Of another person only what was proved moves: an address that merely stood beside it proves nothing.
    """
    anchors = [contact for contact in proved if contact.person is into]
    if not anchors:
        return []
    links = []
    for contact in proved:
        if contact.person is not into:
            cases = _answered_at(session, contact)
            link = _link(
                session, contact.person, [contact], cases, into, anchors,
                why="proved by code", actor="resident", now=now,
            )  # fmt: skip
            links.append(link)
    return links


def link_people(session: Session, other: Person, into: Person, *, why: str, actor: str, now: datetime) -> Link:
    """Let two people be one at a member of staff's word: all contacts and cases of `other` become `into`'s."""
    if not why.strip():
        raise ValueError("Say how you know that they are one person: the record must show it.")
    if other is into:
        raise ValueError("They are one person already.")
    cases = session.scalars(select(Case).where(Case.person_id == other.id)).all()
    return _link(session, other, list(other.contacts), cases, into, list(into.contacts), why=why, actor=actor, now=now)


def undo(session: Session, link: Link, *, actor: str, now: datetime) -> None:
    """Put back what the link moved, with what has come to those contacts since; raises CannotUndo."""
    if link.undone_at is not None:
        raise CannotUndo("This was undone already.")
    contacts = session.scalars(select(Contact).where(Contact.id.in_(link.contacts))).all()
    cases = _moves_back(session, link, contacts)
    _check_nothing_later(session, link, cases)
    stays = session.get_one(Person, link.person_id)
    back = session.get_one(Person, link.was_person_id)
    for contact in contacts:
        contact.person = back
    for case in cases:
        case.person = back
    for name, said in link.filled.items():
        if getattr(stays, name) == said:
            setattr(stays, name, "")
    session.flush()
    _answer_the_rest_elsewhere(session, stays, {contact.address for contact in contacts})
    link.undone_at, link.undone_by = now, actor
    _tell(session, "contacts_parted", cases, link, actor=actor, now=now)


def links_of(session: Session, person: Person | None) -> Sequence[Link]:
    """The links that stand of a person, the newest first."""
    if person is None:
        return []
    standing = select(Link).where(Link.person_id == person.id, Link.undone_at.is_(None))
    return session.scalars(standing.order_by(Link.id.desc()).limit(20)).all()


def _link(
    session: Session,
    other: Person,
    contacts: Sequence[Contact],
    cases: Sequence[Case],
    into: Person,
    anchors: Sequence[Contact],
    *,
    why: str,
    actor: str,
    now: datetime,
) -> Link:
    link = Link(
        person_id=into.id,
        was_person_id=other.id,
        contacts=sorted(contact.id for contact in contacts),
        anchors=sorted(contact.id for contact in anchors),
        cases=sorted(case.id for case in cases),
        filled={name: getattr(other, name) for name in _FILLED if getattr(other, name) and not getattr(into, name)},
        why=why,
        actor=actor,
        at=now,
    )
    session.add(link)
    for contact in contacts:
        contact.person = into
    for case in cases:
        case.person = into
    for name, said in link.filled.items():
        setattr(into, name, said)
    session.flush()
    _tell(session, "contacts_linked", cases, link, actor=actor, now=now)
    return link


def _answered_at(session: Session, contact: Contact) -> Sequence[Case]:
    """The cases that go with a contact: those answered there, and all of them when it is the last of its person."""
    theirs = select(Case).where(Case.person_id == contact.person_id)
    if len(contact.person.contacts) > 1:
        theirs = theirs.where(Case.reply_address == contact.address)
    return session.scalars(theirs).all()


def _moves_back(session: Session, link: Link, contacts: Sequence[Contact]) -> Sequence[Case]:
    """What was moved, and what has come to the moved contacts since: it is not the other person's."""
    addresses = [contact.address for contact in contacts]
    since = (Case.opened_at >= link.at) & Case.reply_address.in_(addresses)
    theirs = select(Case).where(Case.person_id == link.person_id, or_(Case.id.in_(link.cases), since))
    return session.scalars(theirs.order_by(Case.id).with_for_update(of=Case, key_share=True)).all()


def _check_nothing_later(session: Session, link: Link, cases: Sequence[Case]) -> None:
    people = (link.person_id, link.was_person_id)
    touching = or_(Link.person_id.in_(people), Link.was_person_id.in_(people))
    later = session.scalars(select(Link).where(Link.id > link.id, Link.undone_at.is_(None), touching)).all()
    moved = {*link.cases, *(case.id for case in cases)}
    if any(set(one.contacts) & set(link.contacts) or set(one.cases) & moved for one in later):
        raise CannotUndo("These addresses were linked again later. Undo the later link first.")
    ours = {case.id for case in cases}
    tied = select(Case).where(Case.joined_to_id.is_not(None), or_(Case.id.in_(ours), Case.joined_to_id.in_(ours)))
    for case in session.scalars(tied):
        if (case.id in ours) != (case.joined_to_id in ours):
            raise CannotUndo(f"Case {case.reference} is dealt with together with another. Part the two cases first.")


def _answer_the_rest_elsewhere(session: Session, stays: Person, gone: set[str]) -> None:
    """No case of the one may go on being answered at an address of the other (law 12)."""
    for case in session.scalars(select(Case).where(Case.person_id == stays.id, Case.reply_address.in_(gone))):
        left = {contact.address for contact in stays.contacts} - gone
        last = session.scalar(
            select(Message)
            .where(Message.case_id == case.id, Message.sender.in_(left))
            .order_by(Message.received_at.desc(), Message.id.desc())
            .limit(1)
        )
        case.reply_channel, case.reply_address = (last.channel, last.sender) if last else ("", "")


def _tell(session: Session, event: str, cases: Sequence[Case], link: Link, *, actor: str, now: datetime) -> None:
    told: dict[str, Any] = {"link": link.id, "contacts": link.contacts, "people": [link.was_person_id, link.person_id]}
    if actor != "resident":
        told["why"] = link.why
    for case in cases:
        journal.write(session, event, at=now, actor=actor, case=case, **told)
    if not cases:
        journal.write(session, event, at=now, actor=actor, **told)
