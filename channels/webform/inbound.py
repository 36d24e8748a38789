"""Reads what the form on the web site has sent."""

import re
from datetime import datetime
from typing import Any

from channels import people, uploads
from channels.errors import UnreadablePayload
from channels.message import InboundMessage
from channels.payloads import json_object, text_of

OUR_ADDRESS = "form"
OUTCOME = "What would put it right"
"""How the outcome that was asked for stands under the message: everybody who reads the words reads it too."""

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
    outcome = text_of(payload, "outcome")
    text = "\n\n".join(filter(None, (text_of(payload, "message"), outcome and f"{OUTCOME}: {outcome}")))
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
        problems=(*problems, *damaged, *_about_files(payload)),
        details=details | _of_this_form(payload),
    )


def _of_this_form(payload: dict[str, Any]) -> dict[str, Any]:
    behalf = text_of(payload, "behalf")
    told: dict[str, Any] = {
        "outcome_sought": text_of(payload, "outcome"),
        "on_behalf_of": text_of(payload, "resident"),
        "relation": text_of(payload, "relation"),
        "authority": text_of(payload, "authority"),
        "page_language": text_of(payload, "language"),
        "for_somebody_else": behalf == "other",
        "anonymous": behalf == "anonymous",
        "kept_out": [file["filename"] for file in _kept_out(payload)],
        "unscanned": _names(payload, "unscanned"),
    }
    return {name: value for name, value in told.items() if value}


def _about_files(payload: dict[str, Any]) -> tuple[str, ...]:
    found = [
        f"‘{file['filename']}’ was kept out: ClamAV found {file['virus']} in it. Ask for it another way if you need it."
        for file in _kept_out(payload)
    ]
    unscanned = _names(payload, "unscanned")
    if unscanned:
        found.append(f"Not scanned for viruses, so open with care: {', '.join(unscanned)}.")
    return tuple(found)


def _kept_out(payload: dict[str, Any]) -> list[dict[str, str]]:
    listed = payload.get("kept_out")
    if not isinstance(listed, list):
        return []
    files = [file for file in listed if isinstance(file, dict)]
    return [{name: str(file.get(name, "")) for name in ("filename", "virus")} for file in files]


def _names(payload: dict[str, Any], key: str) -> list[str]:
    listed = payload.get(key)
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
