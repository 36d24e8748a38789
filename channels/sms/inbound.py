"""Reads a resident's text: the form that Twilio posts, or the resource by which its API knows the same text."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from channels.contacts import phone_number
from channels.errors import UnreadablePayload
from channels.message import InboundMessage
from channels.payloads import json_object, storable
from channels.sms.form import form
from channels.sms.keywords import keyword

_WHATSAPP = "whatsapp:"
_MOST_MEDIA = 20  # Twilio carries ten
_API = "https://api.twilio.com"


def read(raw: bytes, *, received_at: datetime, **context: str) -> InboundMessage:
    """The text in a request body of `/webhooks/sms`, or in a Message resource of Twilio's API (JSON).

    Raises UnreadablePayload when it is neither. Nothing is taken from the context. Pictures stay at Twilio for now:
    their addresses are in `details["media"]`.
    """
    is_resource = raw.lstrip()[:1] == b"{"
    fields, problems = (_as_posted(json_object(raw)), ()) if is_resource else form(raw)
    sid = fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid")
    to, sender = fields.get("To", "").strip(), fields.get("From", "").strip()
    if not (sid and to and sender):
        raise UnreadablePayload("This is not a text message: MessageSid, To or From is missing.")
    text = storable(fields.get("Body", ""))
    details = _details(fields, text, received_at)
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


def at_twilio(resource: dict[str, Any]) -> datetime | None:
    """When Twilio got the text of a Message resource; None where it does not say."""
    try:
        found = parsedate_to_datetime(str(resource.get("date_created") or ""))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _as_posted(resource: dict[str, Any]) -> dict[str, str]:
    """A Message resource in the words of the form, with the `media` that were listed beside it."""
    names = {
        "sid": "MessageSid", "to": "To", "from": "From", "body": "Body", "account_sid": "AccountSid",
        "messaging_service_sid": "MessagingServiceSid", "num_segments": "NumSegments",
    }  # fmt: skip
    fields = {posted: str(resource[name]) for name, posted in names.items() if resource.get(name)}
    media = resource.get("media")
    for number, medium in enumerate(media if isinstance(media, list) else []):
        if isinstance(medium, dict):
            fields[f"MediaUrl{number}"] = f"{_API}{str(medium.get('uri', '')).removesuffix('.json')}"
            fields[f"MediaContentType{number}"] = str(medium.get("content_type", ""))
    return fields


def _details(fields: dict[str, str], text: str, received_at: datetime) -> dict[str, Any]:
    details: dict[str, Any] = {"media": _media(fields)}
    said = fields.get("OptOutType", "").lower()  # set by Twilio where its Advanced Opt-Out has answered already
    word = said if said in ("stop", "start", "help") else keyword(text)
    if word:
        details["keyword"] = word
    if said == "help":
        details["helped"] = True
    if fields["From"].strip().lower().startswith(_WHATSAPP):
        details["via"] = "whatsapp"
        details["way"] = {"via": "whatsapp", "heard_at": received_at.isoformat()}
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
    bare = re.sub(rf"^\s*{_WHATSAPP}", "", written, flags=re.IGNORECASE).strip()
    return phone_number(bare) or storable(bare) or "unknown"
