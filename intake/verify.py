"""Proof of an address by a code, from the resident's page: what is sent, and what follows from reading it back.

Whoever holds the link of a case may ask for a code to any address. The answer is the same whether we know the address
or not, so nobody learns whether it is known.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from casework import notices
from casework.storage import journal, linking, outbox, proving
from casework.storage.outbox import Route
from casework.storage.tables import Case, Contact, Person
from channels import registry
from channels.contacts import email_address, phone_number
from intake.desk import Desk


def address_in(typed: str) -> tuple[str, str] | None:
    """The kind and the address that somebody typed in, an e-mail address or a phone number; None for neither."""
    if "@" in typed:
        address = email_address(typed)
        return ("email", address) if address else None
    number = phone_number(typed.strip())
    return ("phone", number) if number else None


def send_code(desk: Desk, reference: str, kind: str, address: str, *, now: datetime) -> None:
    """Owe a code to this address, unless there were enough this hour: the caller says the same either way."""
    carrier = registry.answering(kind)
    with desk.book.transaction() as session:
        case = _held(session, reference)
        if case is None or carrier is None:
            return
        code = proving.new_code(session, case, kind, address, now=now)
        if code is None:
            return
        session.flush()
        facts = notices.ContactCode(
            landlord=desk.landlord, reference=case.reference, nonce=code.nonce, works_until=code.expires_at
        )
        # Of no case: it must not show in a thread, and what fails must not go to another address of that case.
        outbox.post(session, facts, case=None, round=f"code:{code.id}", route=Route(carrier.name, address), now=now)


def prove(
    desk: Desk, reference: str, kind: str, address: str, typed: str, *, proved: Collection[int], now: datetime
) -> int | None:
    """The contact that the code proves, and None for a wrong one; `proved` are those of the same session before it.

    Two that were proved in one session become one person's, if one of them is the person's of this case.
    """
    with desk.book.transaction() as session:
        case = _held(session, reference)
        if case is None:
            return None
        contact = proving.try_code(session, case, kind, address, typed, secret=desk.secret, now=now)
        if contact is None:
            return None
        if case.person is None or not case.person.contacts:
            _claim(session, case, contact, now=now)
        together = select(Contact).where(Contact.id.in_({*proved, contact.id})).order_by(Contact.id)
        linking.link_proved(
            session,
            session.scalars(together.options(selectinload(Contact.person).selectinload(Person.contacts))).all(),
            case.person or contact.person,
            now=now,
        )
        return contact.id


def _claim(session: Session, case: Case, contact: Contact, *, now: datetime) -> None:
    """A case that nobody could be reached about is its link holder's: answers go to what they have just proved."""
    carrier = registry.answering(contact.kind)
    nameless = case.person
    case.person = contact.person
    if nameless is not None and not contact.person.name:
        contact.person.name = nameless.name
        contact.person.home = contact.person.home or nameless.home
        contact.person.adjustments = contact.person.adjustments or nameless.adjustments
    if carrier is not None:
        case.reply_channel, case.reply_address = carrier.name, contact.address
    session.flush()
    journal.write(session, "case_claimed", at=now, actor="resident", case=case, contact=contact.id)


def _held(session: Session, reference: str) -> Case | None:
    return session.scalar(
        select(Case)
        .where(Case.reference == reference)
        .options(selectinload(Case.person).selectinload(Person.contacts))
        .with_for_update(of=Case, key_share=True)
    )
