"""Step two: who wrote this, and how can they be reached?"""

from casework.storage.tables import Message
from channels import registry

Address = tuple[str, str]
"""The kind of an address (email, phone, telegram) and the address itself, normalised by its channel."""


def addresses_of(message: Message) -> list[Address]:
    """Every address that the message gives for its sender, the one that they wrote from first."""
    found: list[Address] = []
    kind = registry.get(message.channel).description.address_kind
    if kind != "none" and message.sender:
        found.append((kind, message.sender))
    for kind in ("email", "phone"):
        left = message.details.get(f"contact_{kind}")
        if left and (kind, left) not in found:
            found.append((kind, left))
    preferred = message.details.get("prefers")
    return sorted(found, key=lambda address: address[0] != preferred) if preferred else found
