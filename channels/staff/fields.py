"""The fields of the capture form: what is wrong with them in words, and the payload that they become."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from channels import uploads
from channels.contacts import email_address, phone_number
from channels.message import Attachment
from channels.staff.receipt_time import ImpossibleTime, received

HOW = {
    "phone": "Phone call",
    "letter": "Letter",
    "in_person": "In person",
    "social_media": "Social media",
    "councillor": "Councillor or MP",
}
FIELDS = (
    "taken_by", "how", "received_at", "name", "email", "phone", "address", "message", "adjustments", "reference",
    "prefers", "representative", "authority",
)  # fmt: skip
LONGEST_MESSAGE = 100_000


def problems_with(fields: Mapping[str, str], files: Sequence[Attachment] = (), *, now: datetime) -> dict[str, str]:
    """What the officer must mend, by field, as sentences for the error summary; empty when all is well."""
    found = {
        "how": None if fields.get("how") in HOW else "Select how the resident told us",
        "taken_by": None if fields.get("taken_by", "").strip() else "Enter who took the message",
        "received_at": _received_at(fields.get("received_at", ""), now),
        "message": _message(fields.get("message", "")),
        "email": _wrong(fields, "email", "Enter an email address in the correct format, like name@example.com"),
        "phone": _wrong(fields, "phone", "Enter a phone number, like 07700 900 982 or +44 7700 900 982"),
        "files": uploads.problem_with(files),
    }
    return {name: sentence for name, sentence in found.items() if sentence}


def payload(entry_id: str, fields: Mapping[str, str], files: Sequence[Attachment] = ()) -> bytes:
    """The raw payload that `inbound.read` reads; `entry_id` is the UUID made when the form was shown."""
    told = {name: fields[name] for name in FIELDS if fields.get(name)}
    value = {"entry_id": entry_id, **told, "files": uploads.packed(files)}
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _received_at(written: str, now: datetime) -> str | None:
    try:
        received(written.strip(), now=now)
    except ImpossibleTime as error:
        return str(error)
    return None


def _message(message: str) -> str | None:
    if not message.strip():
        return "Enter what the resident said, in their own words where you can"
    if len(message) > LONGEST_MESSAGE:
        return f"The message must be {LONGEST_MESSAGE:,} characters or less. It has {len(message):,}"
    return None


def _wrong(fields: Mapping[str, str], name: str, sentence: str) -> str | None:
    written = fields.get(name, "").strip()
    normalised = email_address(written) if name == "email" else phone_number(written)
    return sentence if written and normalised is None else None
