"""Signed links to one case, short enough for a text message, and signed tokens by which an answer comes back to it."""

import base64
import hashlib
import hmac

from casework.reference import find_reference


class BadLink(ValueError):
    """Raised for a link that we did not sign."""

    def __init__(self) -> None:
        super().__init__("This link is not complete. Open it again from our message, or tell us your reference.")


def token_for(reference: str, secret: str) -> str:
    """The token that opens the page of this case, and of no other."""
    bare = reference.replace("-", "")
    return f"{bare}.{_signature(bare, secret)}"


def reference_in(token: str, secret: str) -> str:
    """The reference that a token of ours opens; raises BadLink for any other text."""
    bare, _, signature = token.partition(".")
    reference = find_reference(bare)
    if reference is None or not hmac.compare_digest(signature.encode(), _signature(bare, secret).encode()):
        raise BadLink
    return reference


def reply_token_for(reference: str, secret: str) -> str:
    """The token that ties a mail to this case; it opens no page, so whoever is given it can only add to the case.

    In lower case and without a mark that plus addressing or a mail server could trip over.
    """
    bare = reference.replace("-", "").lower()
    return f"{bare}-{_reply_signature(bare, secret)}"


def reference_in_reply(token: str, secret: str) -> str | None:
    """The reference that a reply token of ours belongs to; None for any other text, also for the token of a link."""
    bare, _, signature = token.lower().partition("-")
    reference = find_reference(bare)
    if reference is None or not hmac.compare_digest(signature.encode(), _reply_signature(bare, secret).encode()):
        return None
    return reference


def _reply_signature(bare: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), b"case reply " + bare.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def _signature(bare: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), b"case link " + bare.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:9]).decode()
