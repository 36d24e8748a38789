"""Reads a Telegram update that carries a message."""

import re
from datetime import UTC, datetime
from typing import Any

from channels.chat.settings import settings
from channels.errors import UnreadablePayload
from channels.message import InboundMessage
from channels.payloads import json_object

CARRIERS = ("message", "edited_message")
"""The kinds of update that carry words of a resident; we ask Telegram for no others."""

_COMMAND = re.compile(r"/(start|stop|help)(?:@\w+)?(?:\s.*)?", re.IGNORECASE | re.DOTALL)
_MEDIA = {
    "photo": "A photo",
    "voice": "A voice note",
    "audio": "A sound file",
    "video": "A video",
    "video_note": "A video note",
    "document": "A file",
    "animation": "An animation",
    "sticker": "A sticker",
}
_FILE_FACTS = (
    "file_id",
    "file_unique_id",
    "file_name",
    "mime_type",
    "file_size",
    "duration",
    "width",
    "height",
    "emoji",
)


def read(raw: bytes, *, received_at: datetime, **context: str) -> InboundMessage:
    """The message in an update; raises UnreadablePayload when it carries none.

    `our_address` in the context is the bot's id; without it the id is that of the token set here.
    """
    update = json_object(raw)
    carrier = carrier_of(update)
    if carrier is None:
        raise UnreadablePayload("This Telegram update carries no message.")
    message = _object(update[carrier], carrier)
    chat = _object(message.get("chat"), "chat")
    chat_id, number = _whole(chat.get("id"), "chat.id"), _whole(message.get("message_id"), "message_id")
    text = _text(message.get("text")) or _text(message.get("caption"))
    details, problems = _details(message, chat, text, edited=carrier == "edited_message")
    replied_to = _object(message["reply_to_message"], "reply_to_message") if message.get("reply_to_message") else {}
    return InboundMessage(
        channel="chat",
        our_address=context.get("our_address") or settings().bot_id or "bot",
        external_id=_external_id(chat_id, number, message, details),
        received_at=received_at,
        raw=raw,
        text=text,
        new_text=text.strip(),
        sender=str(chat_id),
        sender_name=_name(message.get("from")) or _name(chat),
        kind="message" if text.strip() or details["media"] or "location" in details else "empty",
        sent_at=_moment(message.get("edit_date") or message.get("date")),
        in_reply_to=_earlier(chat_id, number, replied_to, details),
        problems=problems,
        details=details,
    )


def carrier_of(update: dict[str, Any]) -> str | None:
    """Which of CARRIERS an update is, None when it carries no message."""
    return next((name for name in CARRIERS if name in update), None)


def _external_id(chat_id: int, number: int, message: dict[str, Any], details: dict[str, Any]) -> str:
    name = f"{chat_id}:{number}"
    # An edit is a message of its own: under the old name it would be dropped as a copy.
    return f"{name}:{_whole(message.get('edit_date'), 'edit_date')}" if details.get("edited") else name


def _earlier(chat_id: int, number: int, replied_to: dict[str, Any], details: dict[str, Any]) -> str:
    """The name of the message that this one corrects or answers; ours are named so by `send`, too."""
    if details.get("edited"):
        return f"{chat_id}:{number}"
    return f"{chat_id}:{_whole(replied_to.get('message_id'), 'message_id')}" if replied_to else ""


def _details(
    message: dict[str, Any], chat: dict[str, Any], text: str, *, edited: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    details: dict[str, Any] = {"media": _media(message)}
    problems = [
        f"{_MEDIA[file['kind']]} came with this message; it is kept at Telegram and nobody here has seen or heard it."
        for file in details["media"]
    ]
    if edited:
        details["edited"] = True
    if command := _COMMAND.fullmatch(text.strip()):
        details["keyword"] = command[1].lower()
    if isinstance(place := message.get("location"), dict):
        details["location"] = {name: place.get(name) for name in ("latitude", "longitude")}
    if isinstance(group := message.get("media_group_id"), str):
        details["album"] = group
    if chat.get("type") not in (None, "private"):
        details["chat_type"] = chat.get("type")
        problems.append("This was written in a group, where others can read what we answer.")
    writer = message.get("from")
    if isinstance(writer, dict) and isinstance(writer.get("language_code"), str):
        details["language"] = writer["language_code"]
    return details, tuple(problems)


def _media(message: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for kind in _MEDIA:
        file = message.get(kind)
        if isinstance(file, list):  # one photo in several sizes, the largest last
            file = file[-1] if file else None
        if isinstance(file, dict) and not (kind == "document" and "animation" in message):
            found.append({"kind": kind} | {name: file[name] for name in _FILE_FACTS if name in file})
    return found


def _name(person: Any) -> str:
    if not isinstance(person, dict):
        return ""
    parts = (person.get("first_name"), person.get("last_name"))
    return " ".join(part for part in parts if isinstance(part, str)).strip()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnreadablePayload(f"The field {name} of this Telegram update is not an object.")
    return value


def _whole(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise UnreadablePayload(f"The field {name} of this Telegram update is not a whole number.")
    return value


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.fromtimestamp(_whole(value, "date"), UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise UnreadablePayload("The date of this Telegram update is out of all bounds.") from error
