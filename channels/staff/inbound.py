"""Reads what a member of staff has typed in."""

import re
from datetime import datetime

from channels import people, uploads
from channels.errors import UnreadablePayload
from channels.message import InboundMessage
from channels.payloads import json_object, text_of
from channels.staff.fields import HOW
from channels.staff.receipt_time import ImpossibleTime, received

OUR_ADDRESS = "staff"

_ENTRY_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


def read(raw: bytes, *, received_at: datetime, **context: str) -> InboundMessage:
    """The message in a payload of `fields.payload`; raises UnreadablePayload. Nothing is taken from the context.

    `received_at` here is when it was typed in. The message carries the original time of receipt
    (Code 3.2, 5.12); one later than the typing is refused.
    """
    payload = json_object(raw)
    entry_id, how, taken_by = (text_of(payload, name) for name in ("entry_id", "how", "taken_by"))
    if not _ENTRY_ID.fullmatch(entry_id):
        raise UnreadablePayload("This entry has no id of its own.")
    if how not in HOW or not taken_by:
        raise UnreadablePayload("This entry does not say how the message came and who took it.")
    try:
        first_heard = received(text_of(payload, "received_at"), now=received_at)
    except ImpossibleTime as error:
        raise UnreadablePayload(f"{error}.") from error
    details, problems = people.told(payload)
    files, damaged = uploads.unpacked(payload)
    speaks = {name: told for name in ("representative", "authority") if (told := text_of(payload, name))}
    text = text_of(payload, "message")
    return InboundMessage(
        channel="staff",
        our_address=OUR_ADDRESS,
        external_id=entry_id,
        received_at=first_heard,
        raw=raw,
        text=text,
        new_text=text,
        sender=people.sender(details),
        sender_name=text_of(payload, "name"),
        kind="message" if text or files else "empty",
        attachments=files,
        problems=(*problems, *damaged),
        details=details | {"how": how, "taken_by": taken_by, "typed_at": received_at.isoformat()} | speaks,
    )
