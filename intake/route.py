"""By which way an answer leaves: the way that the message came, or another that its writer has not stopped."""

from typing import Any

from casework.storage.outbox import NOBODY, Route
from casework.storage.tables import Contact, Message
from channels import registry
from intake.identify import Address, addresses_of
from intake.match import Known


def route_of(message: Message, known: Known, writer: Contact | None) -> Route:
    """By which way the answer to this message leaves: the way it came, else by an address that was left, else by
    another address of theirs that they have not stopped. `writer` is None for somebody of whom we had not heard.
    """
    for address in addresses_of(message):
        contact = known.contacts.get(address)
        if contact is not None and contact.stopped_at is not None:
            continue
        route = _route_to(message, address, contact, _reply_to(message, known, writer))
        if route is not None:
            return route
    for contact in writer.person.contacts if writer is not None else ():
        carrier = registry.answering(contact.kind)
        if contact.stopped_at is None and carrier is not None:
            return Route(carrier.name, contact.address, contact.person.name)
    return Route(NOBODY, "")


def replies_go_to(message: Message, route: Route) -> tuple[str, str]:
    """Channel and address that the resident writes from, although an answer may for now have to go another way."""
    by_itself = registry.get(message.channel).description.answers and not message.details.get("cannot_be_answered")
    if by_itself and route.channel != message.channel:
        return message.channel, message.sender
    return route.channel, route.address


def way_back(message: Message) -> dict[str, Any]:
    """What the message's own channel must know to answer it the same way."""
    return dict(message.details.get("way") or {})


def _route_to(message: Message, address: Address, contact: Contact | None, reply_to: str) -> Route | None:
    kind, where = address
    came_by = registry.get(message.channel)
    same_way = came_by.description.answers and came_by.description.address_kind == kind and where == message.sender
    if same_way and message.details.get("cannot_be_answered"):
        return None
    carrier = came_by if same_way else registry.answering(kind)
    if carrier is None:
        return None
    name = contact.person.name if contact is not None else message.sender_name
    if not (same_way and kind == "email"):
        return Route(carrier.name, where, name, way=way_back(message) if same_way else {})
    written_as = message.details.get("original_id", message.external_id)  # the resident never saw the forward's own
    references = (*message.references, written_as) if "@" in written_as else ()
    return Route(carrier.name, reply_to or where, name, references[-1] if references else "", tuple(references[-20:]))


def _reply_to(message: Message, known: Known, writer: Contact | None) -> str:
    """Where a mail asks to be answered. Of somebody we know only their own addresses count: anybody can write a known
    address into From and their own into Reply-To (law 12).
    """
    asked: str = next(iter(message.details.get("reply_to") or ()), "")
    theirs = known.contacts.get(("email", asked))
    if writer is None:
        return asked if theirs is None else ""
    return asked if theirs is not None and theirs.person is writer.person else ""
