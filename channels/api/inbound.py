"""Reads what a client has posted. Pure: the door has already seen who posts."""

import base64
from datetime import UTC, datetime
from typing import Any

from channels import people, uploads
from channels.api import envelope, webform
from channels.api.envelope import Envelope
from channels.api.payload import File, NewMessage, Unfit, fitting, too_late
from channels.message import Attachment, InboundMessage
from channels.payloads import json_object


def read(raw: bytes, *, received_at: datetime, **context: str) -> InboundMessage:
    """The message in an envelope of `envelope.sealed`; raises UnreadablePayload. Nothing is taken from the context."""
    post = envelope.opened(raw)
    told, seen = posted(post)
    if told.received_at is not None and (fault := too_late(told.received_at, now=received_at)):
        raise Unfit((fault,))
    files, refused = _files(told.attachments)
    details, problems = people.told(_as_people_say(told))
    return InboundMessage(
        channel="api",
        our_address=post.client,
        external_id=post.name,
        received_at=(told.received_at or received_at).astimezone(UTC),
        raw=raw,
        text=told.text,
        new_text=told.text,
        subject=" ".join(told.subject.split()),
        sender=people.sender(details),
        sender_name=told.sender.name,
        attachments=files,
        problems=(*problems, *seen, *refused),
        details=details | _ours(told),
    )


def posted(post: Envelope) -> tuple[NewMessage, tuple[str, ...]]:
    """What the client said, in our fields, and what was wrong with it; raises UnreadablePayload, mostly as Unfit."""
    if post.form == "message":
        return fitting(json_object(post.body.encode("utf-8", "replace"))), ()
    value, problems = webform.translated(webform.answers(post.form, post.body), post.fields)
    return fitting(value), problems


def _as_people_say(told: NewMessage) -> dict[str, Any]:
    return {
        "email": told.sender.email,
        "phone": told.sender.phone,
        "address": told.address,
        "adjustments": told.adjustments,
        "reference": told.reference,
        "prefers": told.prefers,
    }


def _ours(told: NewMessage) -> dict[str, Any]:
    ours: dict[str, Any] = {}
    if told.on_behalf_of is not None:
        ours["on_behalf_of"] = told.on_behalf_of.model_dump(exclude_defaults=True)
    if told.id:
        ours["client_id"] = told.id
    return ours


def _files(sent: list[File]) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """The files that may come in, and a sentence for each that may not."""
    kept, refused = [], []
    for file in sent:
        kind = file.content_type or "application/octet-stream"
        content = base64.b64decode(file.content, validate=True)
        attachment = Attachment(uploads.file_name(file.filename), kind, content)
        problem = uploads.problem_with([attachment])
        if problem:
            refused.append(f"{problem}. It was not kept.")
        else:
            kept.append(attachment)
    return tuple(kept), tuple(refused)
