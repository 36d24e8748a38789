"""Whether our own mail server says that a mail is truly from who it says: its Authentication-Results (RFC 8601).

Anybody can write anything into From, and a header of that name as well. So only the topmost of them counts, and only
when it carries the name of our own server, which takes away those that came from outside. Exchange Online writes no
name; it says of mail from within that it is, in a header that it takes away from all that comes from outside.
"""

import re

from channels.email import addresses, headers

EXCHANGE = "exchange"
"""What to call our own server where it is Exchange Online."""

_COMMENT = re.compile(r"\([^()]*\)")
_PASSED = re.compile(r"\b(dmarc|dkim|spf)\s*=\s*pass\b([^;]*)")
_DOMAIN = re.compile(r"\b(?:header\.(?:from|d|i)|smtp\.mailfrom)\s*=\s*(?:[^\s;@]*@)?([a-z0-9.-]+)")


def proven(raw: bytes, sender: str, authserv_id: str) -> bool | None:
    """Whether the mail is proven to be from `sender`; None where we were not told whom to believe."""
    if not authserv_id:
        return None
    found, _, _ = headers.read(raw, 0, min(len(raw), 1_000_000))
    ours = authserv_id.lower()
    if ours == EXCHANGE and found.raw("x-ms-exchange-organization-authas").strip().lower() == "internal":
        return True
    said = _COMMENT.sub(" ", found.raw("authentication-results")).lower()
    name, _, results = said.partition(";")
    if ours == EXCHANGE:
        return _passes(said, addresses.domain(sender))
    return name.split()[:1] == [ours] and _passes(results, addresses.domain(sender))


def _passes(results: str, domain: str) -> bool:
    """Whether one of the checks passed for the very domain of the sender, or one that it stands under."""
    for _, properties in _PASSED.findall(results):
        for found in _DOMAIN.findall(properties):
            if domain == found or domain.endswith(f".{found}"):
                return True
    return False
