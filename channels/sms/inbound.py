"""Reads the form that Twilio posts when a resident has sent us a text."""

from datetime import datetime
from typing import Any

from channels.contacts import phone_number
from channels.errors import UnreadablePayload
from channels.message import InboundMessage
from channels.payloads import storable
from channels.sms.form import form
from channels.sms.keywords import keyword

_WHATSAPP = "whatsapp:"
_MOST_MEDIA = 20  # Twilio carries ten


def read(raw: bytes, *, received_at: datetime, **context: str) -> InboundMessage:
    """The text in a request body of `/webhooks/sms`; raises UnreadablePayload when it is not one.

    Nothing is taken from the context. Pictures stay at Twilio: their addresses are in `details["media"]`.
    """
    fields, problems = form(raw)
    sid = fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid")
    to, sender = fields.get("To", "").strip(), fields.get("From", "").strip()
    if not (sid and to and sender):
        raise UnreadablePayload("This is not a text message: MessageSid, To or From is missing.")
    text = storable(fields.get("Body", ""))
    details = _details(fields, text)
    if details["media"]:
        problems = (
            *problems,
            f"{len(details['media'])} picture(s) or file(s) came with this text and are kept at Twilio.",
        )
    return InboundMessage(
        channel="sms",
        our_address=_address(to),
        external_id=storable(sid),
        received_at=received_at,
        raw=raw,
        text=text,
        new_text=text.strip(),
        sender=_address(sender),
        sender_name=storable(fields.get("ProfileName", "")),
        kind="message" if text.strip() or details["media"] else "empty",
        to=(_address(to),),
        problems=problems,
        details=details,
    )


def _details(fields: dict[str, str], text: str) -> dict[str, Any]:
    details: dict[str, Any] = {"media": _media(fields)}
    said = fields.get("OptOutType", "").lower()  # set by Twilio where its Advanced Opt-Out has answered already
    word = said if said in ("stop", "start", "help") else keyword(text)
    if word:
        details["keyword"] = word
    if fields["From"].strip().lower().startswith(_WHATSAPP):
        details["via"] = "whatsapp"
    if not _address(fields["From"]).startswith("+"):
        details["cannot_be_answered"] = True  # a name or a short code, not a number
    for name, key in (
        ("AccountSid", "account"),
        ("MessagingServiceSid", "messaging_service"),
        ("NumSegments", "segments"),
    ):
        if fields.get(name):
            details[key] = storable(fields[name])
    return details


def _media(fields: dict[str, str]) -> list[dict[str, str]]:
    found = []
    for number in range(_MOST_MEDIA):
        url = fields.get(f"MediaUrl{number}")
        if url:
            kind = fields.get(f"MediaContentType{number}", "application/octet-stream")
            found.append({"url": storable(url), "content_type": storable(kind)})
    return found


def _address(written: str) -> str:
    """E.164 where it is a number; names ("LARCHMERE") and short codes stay as they are."""
    bare = written.strip()
    if bare.lower().startswith(_WHATSAPP):
        bare = bare[len(_WHATSAPP) :].strip()
    return phone_number(bare) or storable(bare) or "unknown"
