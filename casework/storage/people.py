"""Who wrote: people and the addresses by which they can be reached."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from casework.storage.tables import Case, Contact, Person


def find_contacts(session: Session, addresses: set[tuple[str, str]]) -> dict[tuple[str, str], Contact]:
    """The contacts that stand for these (kind, address) pairs, in one query, held until the transaction ends.

    So two workers with two messages of one person come one after the other, and do not open a case each.
    """
    if not addresses:
        return {}
    rows = session.scalars(
        select(Contact)
        .where(Contact.address.in_({address for _, address in addresses}))
        .order_by(Contact.id)
        .options(joinedload(Contact.person, innerjoin=True))
        .with_for_update(of=Contact, key_share=True)
    )
    return {(row.kind, row.address): row for row in rows if (row.kind, row.address) in addresses}


def know(
    session: Session,
    writer: Contact | None,
    addresses: list[tuple[str, str]],
    known: dict[tuple[str, str], Contact],
    *,
    name: str,
    home: str,
    adjustments: str,
    heard_from: tuple[str, str] | None = None,
    now: datetime,
) -> Person | None:
    """The person behind `writer`, made if they are new; None when they left no name and no address.

    `known` holds the contacts found so far and learns the new ones, so that one batch makes nobody twice.
    An address that already belongs to somebody else stays theirs. `heard_from` is the address that the message
    itself came from: more than one that was only said, and less than one that was proved by code.
    """
    if not addresses and not name:
        return None
    if writer is not None:
        person = writer.person
    else:
        person = Person(name=name, home=home, adjustments=adjustments, created_at=now)
        session.add(person)
    person.name = person.name or name
    person.home = person.home or home
    person.adjustments = adjustments or person.adjustments
    for kind, address in addresses:
        if (kind, address) not in known:
            known[kind, address] = contact = Contact(kind=kind, address=address, person=person)
            session.add(contact)
    came_from = known.get(heard_from) if heard_from is not None else None
    if came_from is not None and came_from.proof in (None, "said"):  # None until a new row is written
        came_from.proof, came_from.verified_at = "heard_from", now
    return person


def stop(session: Session, kind: str, address: str, *, now: datetime) -> bool:
    """Write to this address no more; False where nobody is known by it or it was stopped already."""
    contact = session.scalar(select(Contact).where(Contact.kind == kind, Contact.address == address).with_for_update())
    if contact is None or contact.stopped_at is not None:
        return False
    contact.stopped_at = now
    return True


def move_address(session: Session, kind: str, channel: str, old: str, new: str) -> bool:
    """An address has become another: the contact and the answers of its cases move there; False where none did.

    A new address that is somebody's already stays theirs.
    """
    found = select(Contact).where(Contact.kind == kind, Contact.address.in_((old, new))).with_for_update()
    known = {contact.address: contact for contact in session.scalars(found)}
    if old not in known or new in known:
        return False
    known[old].address = new
    theirs = (Case.person_id == known[old].person_id, Case.reply_channel == channel, Case.reply_address == old)
    for case in session.scalars(select(Case).where(*theirs)):
        case.reply_address = new
    return True
