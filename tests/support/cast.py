"""The cast of all tests: Larchmere Homes, its residents and its staff, and the messages that they send."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from channels.message import InboundMessage

LANDLORD = "Larchmere Homes"
OUR_MAILBOX = "info@larchmere.example"
OUR_NUMBER = "+441632960100"
OUR_BOT = "7000000001"
PUBLIC_URL = "https://earshot.larchmere.example"

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
"""A Monday in a week without bank holidays: its fifth working day is Monday 30 November 2026."""


@dataclass(frozen=True)
class Resident:
    name: str
    email: str = ""
    phone: str = ""
    home: str = ""
    telegram: str = ""


NGOZI = Resident("Ngozi Okafor", "ngozi.okafor@example.org", "+447700900123", "12 Larch Court")
STAN = Resident("Stan Bright", "stan.bright@example.net", "+447700900456", "3 Mill Row")
EWA = Resident("Ewa Kowalska", phone="+447700900789", telegram="5550001")

# What PlainReader in `support.book` makes of them stands beside them.
GRUMBLE = "The boiler is broken for the third time and nobody has come. This is not good enough."  # complaint
REQUEST = "My kitchen tap drips, please send somebody to mend it."  # service request
THANKS = "Thank you, the gate was mended within the hour."  # compliment
UNSURE = "Well, that went as I expected, didn't it."  # may be unhappy: review
GAS = "I can smell gas in the hall."  # service request with a hazard
FURTHER = "Not happy, take it further."  # wants stage 2

_numbers = itertools.count(1)


def text(words: str, *, of: Resident = STAN, at: datetime = MONDAY, id: str = "", **fields: Any) -> InboundMessage:
    """A text message to the landlord's number."""
    sid = id or f"SM{next(_numbers):032x}"
    return _heard("sms", OUR_NUMBER, sid, at, words, **({"sender": of.phone} | fields))


def chat(words: str, *, of: Resident = EWA, at: datetime = MONDAY, id: str = "", **fields: Any) -> InboundMessage:
    """A message to the landlord's bot."""
    number = id or f"{of.telegram}:{next(_numbers)}"
    return _heard("chat", OUR_BOT, number, at, words, sender=of.telegram, sender_name=of.name, **fields)


def mail(
    words: str, *, subject: str = "", of: Resident = NGOZI, at: datetime = MONDAY, id: str = "", **fields: Any
) -> InboundMessage:
    """A letter to the landlord's mailbox."""
    message_id = id or f"<{next(_numbers)}@mail.example.org>"
    fields = {"sender": of.email, "sender_name": of.name, "subject": subject} | fields
    return _heard("email", OUR_MAILBOX, message_id, at, words, **fields)


def form(
    words: str, *, of: Resident | None = None, at: datetime = MONDAY, id: str = "", **details: Any
) -> InboundMessage:
    """The form on the web site; `of` is None for somebody who leaves no name and no address."""
    left = _left(of) | details
    sender = left.get("contact_email") or left.get("contact_phone") or ""
    name = of.name if of else ""
    form_id = id or f"form-{next(_numbers):08}"
    return _heard("webform", "form", form_id, at, words, sender=sender, sender_name=name, details=left)


def typed(
    words: str, *, of: Resident | None = None, at: datetime = MONDAY, id: str = "", **details: Any
) -> InboundMessage:
    """What a member of staff has typed in of a call, a letter or a visit."""
    left = _left(of) | {"how": "phone", "taken_by": "priya@larchmere.example"} | details
    sender = left.get("contact_email") or left.get("contact_phone") or ""
    name = of.name if of else ""
    entry_id = id or f"entry-{next(_numbers):08}"
    return _heard("staff", "staff", entry_id, at, words, sender=sender, sender_name=name, details=left)


def _left(of: Resident | None) -> dict[str, Any]:
    if of is None:
        return {"contact_email": None, "contact_phone": None}
    return {"contact_email": of.email or None, "contact_phone": of.phone or None, "home_address": of.home}


def _heard(channel: str, ours: str, name: str, at: datetime, words: str, **fields: Any) -> InboundMessage:
    whole = {"raw": f"{name}\n{words}".encode("utf-8", "surrogatepass"), "text": words, "new_text": words} | fields
    return InboundMessage(**{"channel": channel, "our_address": ours, "external_id": name, "received_at": at} | whole)
