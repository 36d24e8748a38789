"""Step three: does this message belong to a case that we have?

In order: an answer to something that we sent, a reference that the sender may use, and, on channels
without subjects, the open case of the same person. A reply joins a case only if the thread is ours or
the sender belongs to it; otherwise nobody could be kept from writing into a stranger's case.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from casework.reference import find_reference
from casework.storage import cases
from casework.storage.people import find_contacts
from casework.storage.tables import Case, Contact, Message, Notice, Person
from channels import registry
from intake.identify import Address, addresses_of

SAME_MATTER_WITHIN = timedelta(days=28)
"""A text or a chat this soon after the last one is taken to be about the same matter; staff can part them."""

_OUR_KEY = re.compile(r"<([a-z0-9]{32})@")
_REPLY_PREFIX = re.compile(r"^\s*((re|aw|odp|sv|fwd?|fw)\s*:\s*)+", re.IGNORECASE)


@dataclass(slots=True)
class Known:
    """What the book already knows of a batch of messages, found in a handful of queries."""

    contacts: dict[Address, Contact] = field(default_factory=dict)
    by_key: dict[str, Case] = field(default_factory=dict)
    by_thread: dict[str, Case] = field(default_factory=dict)
    by_reference: dict[str, Case] = field(default_factory=dict)
    by_person: dict[Person, list[Case]] = field(default_factory=dict)

    def open_of(self, contact: Contact | None) -> Sequence[Case]:
        if contact is None:
            return ()
        return self.by_person.get(contact.person, ())

    def remember(self, case: Case, message: Message) -> None:
        """Let later messages of the same batch find this case."""
        self.by_reference[case.reference] = case
        self.by_thread[message.external_id] = case
        if case.person is not None:
            known = self.by_person.setdefault(case.person, [])
            if case not in known:
                known.insert(0, case)


def look_up(session: Session, messages: Sequence[Message]) -> Known:
    """Everything that matching this batch can need."""
    contacts = find_contacts(session, {address for message in messages for address in addresses_of(message)})
    threads = {thread for message in messages for thread in _threads(message)}
    keys = {match[1] for thread in threads for match in _OUR_KEY.finditer(thread)}
    references = {found for message in messages if (found := _reference(message))}
    persons = {contact.person.id: contact.person for contact in contacts.values()}
    return Known(
        contacts=contacts,
        by_key=_cases_of_notices(session, keys),
        by_thread=_cases_of_messages(session, threads),
        by_reference=cases.find_all(session, references),
        by_person={persons[number]: found for number, found in cases.open_of(session, set(persons)).items()},
    )


def match(message: Message, known: Known) -> Case | None:
    """The open case that this message belongs to, or None when it opens one of its own."""
    contact = next((known.contacts[address] for address in addresses_of(message) if address in known.contacts), None)
    for case in _candidates(message, known, contact):
        if case.closed_at is None:
            return case
    return None


def mentioned(message: Message, known: Known) -> Case | None:
    """A case whose reference stands in the message although its sender does not belong to it."""
    return known.by_reference.get(_reference(message) or "")


def _candidates(message: Message, known: Known, contact: Contact | None) -> Iterable[Case]:
    threads = _threads(message)
    for thread in threads:
        for key in _OUR_KEY.finditer(thread):
            if key[1] in known.by_key:
                yield known.by_key[key[1]]
    for thread in threads:
        case = known.by_thread.get(thread)
        if case is not None and _belongs(contact, case):
            yield case
    case = known.by_reference.get(_reference(message) or "")
    if case is not None and (_belongs(contact, case) or message.channel == "staff"):
        yield case
    yield from (case for case in known.open_of(contact) if _same_matter(message, case))


def _same_matter(message: Message, case: Case) -> bool:
    description = registry.get(message.channel).description
    if not description.answers or message.received_at - case.last_heard_at > SAME_MATTER_WITHIN:
        return False
    if description.form == "short":
        return case.reply_channel == message.channel
    subject = _bare(message.subject)
    return bool(subject) and _REPLY_PREFIX.match(message.subject) is not None and subject == _bare(case.summary)


def _belongs(contact: Contact | None, case: Case) -> bool:
    return contact is not None and case.person is contact.person


def _threads(message: Message) -> list[str]:
    return [thread for thread in (message.in_reply_to, *reversed(message.references)) if thread]


def _reference(message: Message) -> str | None:
    said = message.details.get("reference") or ""
    return find_reference(said) or find_reference(message.subject) or find_reference(message.new_text)


def _bare(subject: str) -> str:
    return " ".join(_REPLY_PREFIX.sub("", subject).lower().split())


def _cases_of_notices(session: Session, keys: set[str]) -> dict[str, Case]:
    if not keys:
        return {}
    rows = session.scalars(select(Notice).where(Notice.key.in_(keys)).options(joinedload(Notice.case)))
    return {row.key: row.case for row in rows if row.case is not None}


def _cases_of_messages(session: Session, threads: set[str]) -> dict[str, Case]:
    if not threads:
        return {}
    rows = session.scalars(
        select(Message)
        .where(Message.external_id.in_(threads), Message.case_id.is_not(None))
        .options(joinedload(Message.case))
    )
    return {row.external_id: row.case for row in rows if row.case is not None}
