"""The fields of the form: their limits, what is wrong with them in words, and the payload that they become."""

import json
from collections.abc import Mapping, Sequence

from channels import uploads
from channels.contacts import email_address, phone_number
from channels.message import Attachment

FIELDS = ("name", "email", "phone", "address", "message", "adjustments", "reference", "prefers")
PREFERS = ("email", "phone", "text", "post")
LONGEST_MESSAGE = 100_000

_LONGEST = {
    "name": (200, "Your name"),
    "address": (1_000, "Your address"),
    "adjustments": (5_000, "What would make it easier to deal with us"),
    "reference": (100, "Your reference"),
}


def problems_with(fields: Mapping[str, str], files: Sequence[Attachment] = ()) -> dict[str, str]:
    """What the resident must mend, by field, as sentences for the error summary; empty when all is well.

    Anonymous is welcome: no name, no e-mail and no phone is no error.
    """
    found = {
        "message": _message(fields.get("message", "")),
        "email": _email(fields),
        "phone": _phone(fields),
        "prefers": _prefers(fields),
        "files": uploads.problem_with(files),
    }
    for name, (limit, label) in _LONGEST.items():
        if len(fields.get(name, "")) > limit:
            found[name] = f"{label} must be {limit:,} characters or less"
    return {name: sentence for name, sentence in found.items() if sentence}


def payload(form_id: str, fields: Mapping[str, str], files: Sequence[Attachment] = ()) -> bytes:
    """The raw payload that `inbound.read` reads; `form_id` is the UUID made when the form was shown.

    The same form sent twice (an impatient second click, a page reloaded) keeps its id and is stored once.
    """
    told = {name: fields[name] for name in FIELDS if fields.get(name)}
    value = {"form_id": form_id, **told, "files": uploads.packed(files)}
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _message(message: str) -> str | None:
    if not message.strip():
        return "Tell us what happened"
    if len(message) > LONGEST_MESSAGE:
        return f"Your message must be {LONGEST_MESSAGE:,} characters or less. It has {len(message):,}"
    return None


def _email(fields: Mapping[str, str]) -> str | None:
    written = fields.get("email", "").strip()
    if written and email_address(written) is None:
        return "Enter an email address in the correct format, like name@example.com"
    if not written and fields.get("prefers") == "email":
        return "Enter your email address, as you have asked us to answer by email"
    return None


def _phone(fields: Mapping[str, str]) -> str | None:
    written = fields.get("phone", "").strip()
    if written and phone_number(written) is None:
        return "Enter a phone number, like 07700 900 982 or +44 7700 900 982"
    if not written and fields.get("prefers") in ("phone", "text"):
        return "Enter your phone number, as you have asked us to answer by phone or text"
    return None


def _prefers(fields: Mapping[str, str]) -> str | None:
    prefers = fields.get("prefers", "")
    if prefers and prefers not in PREFERS:
        return "Select how you would like us to answer"
    if prefers == "post" and not fields.get("address", "").strip():
        return "Enter your address, as you have asked us to answer by post"
    return None
