"""Proof that an address is somebody's: codes sent there, and what follows from reading one back.

A message proves its channel only as far as that channel does, and a mail's From can be forged: so what a resident
may see of other cases rests on codes (law 12), never on having been heard from.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from casework.codes import AN_HOUR, LASTS, TRIES, is_code, new_nonce
from casework.storage import journal
from casework.storage.people_tables import ContactCode, Link
from casework.storage.tables import Case, Contact, Person

_HOUR = timedelta(hours=1)


def new_code(session: Session, case: Case, kind: str, address: str, *, now: datetime) -> ContactCode | None:
    """A fresh code for this address, asked for on the page of this case; None when there were enough this hour."""
    recent = select(func.count()).where(ContactCode.sent_at > now - _HOUR)
    to_it = session.scalar(recent.where(ContactCode.kind == kind, ContactCode.address == address)) or 0
    from_page = session.scalar(recent.where(ContactCode.case_id == case.id)) or 0
    if to_it >= AN_HOUR or from_page >= AN_HOUR:
        journal.write(session, "contact_code_refused", at=now, actor="resident", case=case, kind=kind)
        return None
    code = ContactCode(
        case_id=case.id, kind=kind, address=address, nonce=new_nonce(), sent_at=now, expires_at=now + LASTS, tries=0
    )
    session.add(code)
    journal.write(session, "contact_code_owed", at=now, actor="resident", case=case, kind=kind)
    return code


def try_code(
    session: Session, case: Case, kind: str, address: str, typed: str, *, secret: str, now: datetime
) -> Contact | None:
    """The contact that the typed code proves, made if it is new; None for a wrong, old or worn-out code.

    Only the newest code of the page for this address counts, and each try is counted, right or wrong.
    """
    code = session.scalar(
        select(ContactCode)
        .where(ContactCode.case_id == case.id, ContactCode.kind == kind, ContactCode.address == address)
        .order_by(ContactCode.id.desc())
        .limit(1)
        .with_for_update()
    )
    if code is None or code.used_at is not None or code.expires_at <= now or code.tries >= TRIES:
        return None
    code.tries += 1
    if not is_code(typed, code.nonce, secret):
        journal.write(session, "contact_code_wrong", at=now, actor="resident", case=case, kind=kind, tries=code.tries)
        return None
    code.used_at = now
    contact = _contact(session, kind, address, now=now)
    contact.proof, contact.verified_at = "code", now
    session.flush()
    journal.write(session, "contact_proved", at=now, actor="resident", case=case, kind=kind, contact=contact.id)
    return contact


def vouch(session: Session, case: Case, contact: Contact, *, why: str, actor: str, now: datetime) -> None:
    """A member of staff has made sure that an address is its person's; a code says more, and stays."""
    if not why.strip():
        raise ValueError("Say how you made sure: the record must show it.")
    if contact.proof != "code":
        contact.proof, contact.verified_at = "staff", now
    journal.write(
        session, "contact_vouched", at=now, actor=actor, case=case, kind=contact.kind, contact=contact.id, why=why
    )


def bonded(session: Session, proved: Collection[int]) -> dict[int, Contact]:
    """The contacts that belong with these proven ones by proof: themselves, and what was linked with them.

    That two addresses stand with one person is not enough: anybody can write a second one in a form.
    """
    reached = set(proved)
    if not reached:
        return {}
    people = set(session.scalars(select(Contact.person_id).where(Contact.id.in_(reached))))
    links = session.scalars(select(Link).where(Link.person_id.in_(people), Link.undone_at.is_(None))).all()
    groups = [{*link.contacts, *link.anchors} for link in links]
    while grown := [group for group in groups if group & reached and not group <= reached]:
        reached = reached.union(*grown)
    rows = session.scalars(select(Contact).where(Contact.id.in_(reached), Contact.person_id.in_(people)))
    return {row.id: row for row in rows}


def cases_shown_to(session: Session, proved: Collection[int], *, limit: int = 50) -> list[Case]:
    """The cases that whoever proved these contacts may see whole: those answered at one of them, the newest first."""
    theirs = bonded(session, proved)
    if not theirs:
        return []
    at_theirs = or_(
        *(
            (Case.person_id == contact.person_id) & (Case.reply_address == contact.address)
            for contact in theirs.values()
        )
    )
    newest = select(Case).where(at_theirs).order_by(Case.last_heard_at.desc(), Case.id.desc()).limit(limit)
    return list(session.scalars(newest.options(joinedload(Case.person), joinedload(Case.joined_to))))


def _contact(session: Session, kind: str, address: str, *, now: datetime) -> Contact:
    standing = session.scalar(select(Contact).where(Contact.kind == kind, Contact.address == address))
    if standing is not None:
        return standing
    made = Contact(kind=kind, address=address, person=Person(name="", home="", adjustments="", created_at=now))
    session.add(made)
    return made
