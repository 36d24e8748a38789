"""Step two: who wrote this, and how can they be reached?"""

from collections.abc import Mapping

from casework.storage.tables import Contact, Message
from channels import registry

Address = tuple[str, str]
"""The kind of an address (email, phone, telegram) and the address itself, normalised by its channel."""


def addresses_of(message: Message) -> list[Address]:
    """Every address that the message gives for its sender, the one that they wrote from first."""
    found: list[Address] = []
    came_from = heard_from(message)
    if came_from is not None:
        found.append(came_from)
    for kind in ("email", "phone"):
        left = message.details.get(f"contact_{kind}")
        if left and (kind, left) not in found:
            found.append((kind, left))
    preferred = message.details.get("prefers")
    return sorted(found, key=lambda address: address[0] != preferred) if preferred else found


def heard_from(message: Message) -> Address | None:
    """The address that the message itself came from, as far as its channel can know; None for what was typed in."""
    kind = registry.get(message.channel).description.address_kind
    return (kind, message.sender) if kind != "none" and message.sender else None


def writer_of(message: Message, known: Mapping[Address, Contact]) -> Contact | None:
    """The contact that the sender is known by, None for somebody new.

    A form is believed only as far as every address in it is one person's already: a known address beside a new one
    proves nothing, and would let anybody tie their own phone to a stranger's cases (law 12).
    """
    addresses = addresses_of(message)
    found = [known[address] for address in addresses if address in known]
    if not found:
        return None
    came_by = registry.get(message.channel).description
    if came_by.address_kind != "none" or message.channel == "staff":
        return found[0]
    same = len(found) == len(addresses) and len({contact.person for contact in found}) == 1
    return found[0] if same else None
