"""How often one internet connection may send before it is asked a question; nobody is ever locked out.

Many people share one connection: a library, a hostel, a phone network. What is kept is a keyed hash that changes
with the window, in Redis or, without one, in this process. It is gone when the window is over; no address is stored.
"""

import hashlib
import hmac
import ipaddress
from datetime import datetime

from flask import request

from console.pace import Counts

WINDOW = 600
"""Seconds."""

FREE = 20
"""So many messages within a window are taken from one connection without a question."""

counts = Counts("rush", seconds=WINDOW)


def is_crowded(secret: str, *, now: datetime, free: int = FREE, door: str = "form") -> bool:
    """Count this request; whether more than `free` came from its connection within this window."""
    address = connection()
    if address is None:
        return False
    window = int(now.timestamp()) // WINDOW
    return counts.add(_hash(secret, f"{door} {window} {address}"), window=window) > free


def is_worn_out(secret: str, name: str, *, now: datetime, most: int = 3) -> bool:
    """Count the use of an answer; whether it was used more than `most` times."""
    window = int(now.timestamp()) // WINDOW
    return counts.add(_hash(secret, f"answer {name}"), window=window) > most


def connection() -> str | None:
    """Where this request comes from: who called our proxy, an IPv6 household as one; None for this machine itself."""
    written = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    near = _address(written)
    if forwarded and (near is None or near.is_loopback or near.is_private):
        near = _address(forwarded) or near
    if near is None or near.is_loopback:
        return None
    return str(ipaddress.ip_network(f"{near}/64", strict=False) if near.version == 6 else near)


def _address(written: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(written)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _hash(secret: str, words: str) -> str:
    return hmac.new(secret.encode(), f"rush {words}".encode(), hashlib.sha256).hexdigest()[:32]
