"""Reads what the form on the web site has sent."""

import re
from datetime import datetime

from channels import people, uploads
from channels.errors import UnreadablePayload
from channels.message import InboundMessage
from channels.payloads import json_object, text_of

OUR_ADDRESS = "form"

_FORM_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


def read(raw: bytes, *, received_at: datetime, **context: str) -> InboundMessage:
    """The message in a payload of `fields.payload`; raises UnreadablePayload. Nothing is taken from the context.

    A contact that cannot be used is a problem, not an error: the message counts.
    """
    payload = json_object(raw)
    form_id = text_of(payload, "form_id")
    if not _FORM_ID.fullmatch(form_id):
        raise UnreadablePayload("This form has no id of its own.")
    details, problems = people.told(payload)
    files, damaged = uploads.unpacked(payload)
    text = text_of(payload, "message")
    return InboundMessage(
        channel="webform",
        our_address=OUR_ADDRESS,
        external_id=form_id,
        received_at=received_at,
        raw=raw,
        text=text,
        new_text=text,
        sender=people.sender(details),
        sender_name=text_of(payload, "name"),
        kind="message" if text or files else "empty",
        attachments=files,
        problems=(*problems, *damaged),
        details=details,
    )
