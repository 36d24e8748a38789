"""Step three: does this message belong to a case that we have?

In order: an answer to something that we sent (by the token of its address or by its thread), a reference that the
sender may use, and, on channels without subjects, the open case of the same person. A reply joins a case only if
the token or the thread is ours or the sender belongs to it; otherwise nobody could be kept from writing into
a stranger's case.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from casework.links import reference_in_reply
from casework.reading import Reading
from casework.reference import find_reference
from casework.settings import settings
from casework.storage.people import find_contacts
from casework.storage.tables import Case, Contact, Message, Person
from casework.storage.tracing import CAN_GO_ON, Traced, trace
from channels import registry
from intake.identify import Address, addresses_of, writer_of

SAME_MATTER_WITHIN = timedelta(days=28)
"""A text or a chat this soon after the last one is taken to be about the same matter; staff can part them."""

_OUR_KEY = re.compile(r"<([a-z0-9]{32})@")
_REPLY_PREFIX = re.compile(r"^\s*((re|aw|odp|sv|fwd?|fw)\s*:\s*)+", re.IGNORECASE)


@dataclass(slots=True)
class Known:
    """What the book already knows of a batch of messages, found in a handful of queries."""

    contacts: dict[Address, Contact] = field(default_factory=dict)
    cases: Traced = field(default_factory=Traced)
    newly: dict[Person, list[Case]] = field(default_factory=dict)

    def of(self, contact: Contact | None) -> Sequence[Case]:
        """The person's cases that are open or can go on, those of this batch and the last heard of first."""
        if contact is None:
            return ()
        return (*self.newly.get(contact.person, ()), *self.cases.by_person.get(contact.person_id or 0, ()))

    def remember(self, case: Case, message: Message) -> None:
        """Let later messages of the same batch find this case."""
        self.cases.by_reference[case.reference] = case
        self.cases.by_message[message.external_id] = case
        if case.person is not None and case not in self.newly.setdefault(case.person, []):
            self.newly[case.person].insert(0, case)


def look_up(session: Session, messages: Sequence[Message]) -> Known:
    """Everything that matching this batch can need, held until the transaction ends."""
    wanted = {address for message in messages for address in addresses_of(message)}
    wanted |= {("email", address) for message in messages for address in message.details.get("reply_to") or ()}
    contacts = find_contacts(session, wanted)
    threads = {thread for message in messages for thread in _threads(message)}
    return Known(
        contacts=contacts,
        cases=trace(
            session,
            keys={match[1] for thread in threads for match in _OUR_KEY.finditer(thread)},
            told={
                (message.channel, thread)
                for message in messages
                for thread in _threads(message)
                if not thread.startswith("<")
            },
            threads=threads,
            references={
                found for message in messages for found in (_reference(message), _vouched(message)) if found is not None
            },
            people={contact.person_id for contact in contacts.values()},
        ),
    )


def match(message: Message, known: Known, reading: Reading) -> Case | None:
    """The case that this message belongs to, or None when it opens one of its own.

    A complaint that was answered at stage 1 goes on when the resident is still unhappy, closed or not (Code 6.10).
    """
    writer = writer_of(message, known.contacts)
    for case in _named(message, known, writer):
        if case.closed_at is None or (case.state in CAN_GO_ON and (reading.is_complaint or reading.wants_stage_2)):
            return case
    if message.details.get("new_matter"):
        return None  # the sender has said so
    theirs = known.of(writer)
    if reading.wants_stage_2:
        answered = next((case for case in theirs if case.state in CAN_GO_ON), None)
        if answered is not None:
            return answered
    return next((case for case in theirs if case.closed_at is None and _same_matter(message, case)), None)


def mentioned(message: Message, known: Known) -> Case | None:
    """A case whose reference stands in the message although its sender does not belong to it."""
    return known.cases.by_reference.get(_reference(message) or "")


def belongs(writer: Contact | None, case: Case) -> bool:
    """Whether the sender is the person of the case."""
    return writer is not None and case.person is writer.person


def _named(message: Message, known: Known, writer: Contact | None) -> Iterable[Case]:
    """The cases that the message itself points to, by thread or reference."""
    vouched = known.cases.by_reference.get(_vouched(message) or "")
    if vouched is not None:
        yield vouched
    threads = _threads(message)
    for thread in threads:
        ours = [match[1] for match in _OUR_KEY.finditer(thread)] or [thread]
        for name in ours:
            if name in known.cases.by_notice:
                yield known.cases.by_notice[name]
    for thread in threads:
        case = known.cases.by_message.get(thread)
        if case is not None and belongs(writer, case):
            yield case
    case = known.cases.by_reference.get(_reference(message) or "")
    if case is not None and (belongs(writer, case) or message.channel == "staff"):
        yield case


def _same_matter(message: Message, case: Case) -> bool:
    description = registry.get(message.channel).description
    if not description.answers or message.received_at - case.last_heard_at > SAME_MATTER_WITHIN:
        return False
    if description.form == "short":
        return case.reply_channel == message.channel
    subject = _bare(message.subject)
    again = _REPLY_PREFIX.match(message.subject) is not None or "forwarded_by" in message.details
    return bool(subject) and again and subject == _bare(case.summary)


def _threads(message: Message) -> list[str]:
    return [thread for thread in (message.in_reply_to, *reversed(message.references)) if thread]


def _reference(message: Message) -> str | None:
    said = message.details.get("reference") or message.details.get("button") or ""
    return find_reference(said) or find_reference(message.subject) or find_reference(message.new_text)


def _vouched(message: Message) -> str | None:
    """The case of the address of ours that was answered: nobody has that token but whom we wrote to about the case."""
    token = message.details.get("case_token")
    return reference_in_reply(str(token), settings().secret) if token else None


def _bare(subject: str) -> str:
    return " ".join(_REPLY_PREFIX.sub("", subject).lower().split())
