"""Six-digit codes that prove an address: each is a keyed hash of its nonce, so that no code is stored anywhere."""

import hashlib
import hmac
import re
import secrets
from datetime import timedelta

LASTS = timedelta(minutes=15)
TRIES = 5
"""A code works for so long, and for so many tries."""

AN_HOUR = 3
"""So many codes an hour go to one address, and so many from one page."""

_DIGITS = 6


def new_nonce() -> str:
    """The name of a code that nobody knows yet."""
    return secrets.token_urlsafe(18)


def code_of(nonce: str, secret: str) -> str:
    """The code that goes with a nonce."""
    digest = hmac.new(secret.encode(), b"contact code " + nonce.encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest) % 10**_DIGITS:0{_DIGITS}d}"


def is_code(typed: str, nonce: str, secret: str) -> bool:
    """Whether somebody typed this code, with whatever spaces or dashes; takes as long for a wrong one."""
    digits = re.sub(r"[\s-]", "", typed)
    return hmac.compare_digest(digits.encode(), code_of(nonce, secret).encode())
