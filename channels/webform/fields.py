"""The fields of the form: their limits, what is wrong with them in words, and the payload that they become."""

import json
from collections.abc import Mapping, Sequence

from channels import uploads
from channels.contacts import email_address, phone_number
from channels.message import Attachment
from channels.sentences import Sentence
from channels.uploads import Scanned

FIELDS = (
    "message", "outcome", "address", "behalf", "resident", "relation", "authority", "name", "email", "phone", "prefers",
    "adjustments", "reference",
)  # fmt: skip
PREFERS = ("email", "phone", "text", "post")
BEHALF = ("me", "other", "anonymous")
AUTHORITY = ("agreed", "legal", "none")
LONGEST_MESSAGE = 100_000

_LONGEST = {
    "outcome": (5_000, Sentence("What would put it right must be %(most)s characters or less", most="5,000")),
    "name": (200, Sentence("Your name must be %(most)s characters or less", most="200")),
    "resident": (200, Sentence("The name of the person must be %(most)s characters or less", most="200")),
    "relation": (200, Sentence("How you know them must be %(most)s characters or less", most="200")),
    "address": (1_000, Sentence("The address must be %(most)s characters or less", most="1,000")),
    "adjustments": (
        5_000,
        Sentence("What would make it easier to deal with us must be %(most)s characters or less", most="5,000"),
    ),
    "reference": (100, Sentence("Your reference must be %(most)s characters or less", most="100")),
}


def problems_with(fields: Mapping[str, str], files: Sequence[Attachment] = ()) -> dict[str, str]:
    """What the resident must mend, by field, as sentences for the error summary; empty when all is well.

    Anonymous is welcome: no name, no e-mail and no phone is no error. The order is that of the page.
    """
    found: dict[str, Sentence | None] = {
        "message": _message(fields.get("message", "")),
        "behalf": _behalf(fields),
        "authority": _authority(fields.get("authority", "")),
        "email": _email(fields),
        "phone": _phone(fields),
        "prefers": _prefers(fields),
        "files": uploads.problem_with(files),
    }
    found |= {name: too_long for name, (most, too_long) in _LONGEST.items() if len(fields.get(name, "")) > most}
    order = (*FIELDS, "files")
    return {name: sentence for name in order if (sentence := found.get(name))}


def payload(
    form_id: str,
    fields: Mapping[str, str],
    files: Sequence[Attachment] = (),
    *,
    scan: Scanned | None = None,
    language: str = "",
) -> bytes:
    """The raw payload that `inbound.read` reads; `form_id` is the UUID made when the form was shown.

    The same form sent twice (an impatient second click, a page reloaded) keeps its id and is stored once. Of files
    that were scanned, those of `scan` are kept.
    """
    told: dict[str, object] = {name: fields[name] for name in FIELDS if fields.get(name)}
    if language and language != "en":
        told["language"] = language
    if scan is not None:
        files = scan.files
        if scan.kept_out:
            told["kept_out"] = [{"filename": name, "virus": virus} for name, virus in scan.kept_out]
        if scan.unscanned:
            told["unscanned"] = list(scan.unscanned)
    value = {"form_id": form_id, **told, "files": uploads.packed(files)}
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _message(message: str) -> Sentence | None:
    if not message.strip():
        return Sentence("Tell us what happened")
    if len(message) > LONGEST_MESSAGE:
        return Sentence(
            "Your message must be %(most)s characters or less. It has %(count)s",
            most=f"{LONGEST_MESSAGE:,}",
            count=f"{len(message):,}",
        )
    return None


def _behalf(fields: Mapping[str, str]) -> Sentence | None:
    behalf = fields.get("behalf", "")
    if behalf and behalf not in BEHALF:
        return Sentence("Select who this is about")
    if _is_anonymous(fields) and any(fields.get(name, "").strip() for name in ("name", "email", "phone")):
        return Sentence("Clear your name, email and phone number if you do not want to say who you are")
    return None


def _authority(authority: str) -> Sentence | None:
    return Sentence("Select whether they know that you write for them") if authority not in ("", *AUTHORITY) else None


def _email(fields: Mapping[str, str]) -> Sentence | None:
    written = fields.get("email", "").strip()
    if written and email_address(written) is None:
        return Sentence("Enter an email address in the correct format, like name@example.com")
    if not written and fields.get("prefers") == "email" and not _is_anonymous(fields):
        return Sentence("Enter your email address, as you have asked us to answer by email")
    return None


def _phone(fields: Mapping[str, str]) -> Sentence | None:
    written = fields.get("phone", "").strip()
    if written and phone_number(written) is None:
        return Sentence("Enter a phone number, like 07700 900 982 or +44 7700 900 982")
    if not written and fields.get("prefers") in ("phone", "text") and not _is_anonymous(fields):
        return Sentence("Enter your phone number, as you have asked us to answer by phone or text")
    return None


def _prefers(fields: Mapping[str, str]) -> Sentence | None:
    prefers = fields.get("prefers", "")
    if prefers and prefers not in PREFERS:
        return Sentence("Select how you would like us to answer")
    if prefers == "post" and not fields.get("address", "").strip() and not _is_anonymous(fields):
        return Sentence("Enter your address, as you have asked us to answer by post")
    return None


def _is_anonymous(fields: Mapping[str, str]) -> bool:
    return fields.get("behalf") == "anonymous"
