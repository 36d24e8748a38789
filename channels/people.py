"""What someone said of themselves in a form, as the details that every listening channel gives."""

from typing import Any

from channels.contacts import email_address, phone_number
from channels.payloads import text_of

_PREFERS = {"email": "email", "phone": "phone", "text": "phone", "post": "post"}


def told(payload: dict[str, Any]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The details `contact_email`, `contact_phone`, `home_address`, `adjustments`, `reference`, `prefers`, where given.

    Contacts are normalised. One that cannot be used is kept as written, and said to be a problem.
    Raises UnreadablePayload when a field is not text.
    """
    details: dict[str, str] = {}
    problems = []
    for name, normalised, label in (
        ("email", email_address, "e-mail address"),
        ("phone", phone_number, "phone number"),
    ):
        written = text_of(payload, name)
        usable = normalised(written) if written else None
        if usable:
            details[f"contact_{name}"] = usable
        elif written:
            details[f"{name}_as_written"] = written
            problems.append(f"The {label} that was left cannot be used as it is written.")
    for name, key in (("address", "home_address"), ("adjustments", "adjustments"), ("reference", "reference")):
        if text := text_of(payload, name):
            details[key] = text
    if prefers := _PREFERS.get(text_of(payload, "prefers")):
        details["prefers"] = prefers
    return details, tuple(problems)


def sender(details: dict[str, str]) -> str:
    """Who it is from: the contact that they prefer, else their e-mail address, else their phone, else nobody."""
    preferred = details.get(f"contact_{details.get('prefers')}")
    return preferred or details.get("contact_email") or details.get("contact_phone") or ""
