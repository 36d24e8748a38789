"""Plus addressing: what stands behind the plus of an address of ours comes back with the answer."""

import re
from collections.abc import Iterable

_TOKEN = re.compile(r"[^+@]+\+([a-z0-9]{6,12}-[a-z2-7]{16})@[^@]+", re.I)
_LONGEST_LOCAL = 64  # RFC 5321


def with_token(address: str, token: str) -> str:
    """The address that carries the token; '' where it would be longer than mail servers take."""
    local, _, domain = without_token(address).rpartition("@")
    carrying = f"{local}+{token}"
    return f"{carrying}@{domain}" if len(carrying) <= _LONGEST_LOCAL else ""


def without_token(address: str) -> str:
    """The mailbox behind an address: what stands behind its first plus is left out."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def token_in(addresses: Iterable[str]) -> str:
    """The first thing that looks like a token of ours; '' for none. Whether it is one, its signature tells."""
    found = (match for address in addresses if (match := _TOKEN.fullmatch(address.strip())))
    return next((match[1].lower() for match in found), "")
