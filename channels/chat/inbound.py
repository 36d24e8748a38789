"""Reads a Telegram update that carries words, a pressed button, or news of who let the bot in."""

import re
from datetime import datetime
from typing import Any

from channels.chat import button, membership
from channels.chat.fields import full_name, moment, object_of, surroundings, whole, words
from channels.chat.settings import settings
from channels.errors import UnreadablePayload
from channels.message import InboundMessage, MessageKind
from channels.payloads import json_object

CARRIERS = ("message", "edited_message", button.CARRIER, membership.CARRIER)
"""The kinds of update that tell something of a resident; we ask Telegram for no others."""

MOST_BYTES = 20 * 1024 * 1024
"""What Telegram lets a bot fetch; larger files stay with it."""

ALBUM_QUIET = 3
"""Seconds without a further picture after which an album is taken to be whole: Telegram sends each on its own."""

_START = re.compile(r"/start(?:@\w+)?(?:\s+[\w-]{1,64})?", re.IGNORECASE)
"""With the word that a link to the bot may carry; more than one word was written by somebody, and is read as words."""

_COMMAND = re.compile(r"/(stop|help)(?:@\w+)?", re.IGNORECASE)
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
_NOBODY_WROTE = (
    "pinned_message",
    "message_auto_delete_timer_changed",
    "chat_background_set",
    "write_access_allowed",
)
"""What Telegram tells of a private chat as if it were a message."""

_SPOKEN = ("voice", "audio", "video", "video_note")
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
    carrier, ours = carrier_of(update), context.get("our_address") or ""
    if carrier is None:
        raise UnreadablePayload("This Telegram update carries no message.")
    if carrier == button.CARRIER:
        query = object_of(update[carrier], carrier)
        return button.read_press(query, raw, received_at=received_at, our_address=ours)
    if carrier == membership.CARRIER:
        return membership.read_membership(update, raw, received_at=received_at, our_address=ours)
    message = object_of(update[carrier], carrier)
    return _read_words(message, raw, received_at=received_at, our_address=ours, edited=carrier == "edited_message")


def carrier_of(update: dict[str, Any]) -> str | None:
    """Which of CARRIERS an update is, None when it carries no message."""
    return next((name for name in CARRIERS if name in update), None)


def _read_words(
    message: dict[str, Any], raw: bytes, *, received_at: datetime, our_address: str, edited: bool
) -> InboundMessage:
    chat = object_of(message.get("chat"), "chat")
    chat_id, number = whole(chat.get("id"), "chat.id"), whole(message.get("message_id"), "message_id")
    text = words(message.get("text")) or words(message.get("caption"))
    details, problems = _details(message, chat, text, edited=edited)
    replied_to = object_of(message["reply_to_message"], "reply_to_message") if message.get("reply_to_message") else {}
    return InboundMessage(
        channel="chat",
        our_address=our_address or settings().bot_id or "bot",
        external_id=_external_id(chat_id, number, message, details),
        received_at=received_at,
        raw=raw,
        text=text,
        new_text=text.strip(),
        sender=str(chat_id),
        sender_name=full_name(message.get("from")) or full_name(chat),
        kind=_kind_of(message, details, text),
        sent_at=moment(message.get("edit_date") or message.get("date")),
        in_reply_to=_earlier(chat_id, number, replied_to, details),
        problems=problems,
        details=details,
    )


def _kind_of(message: dict[str, Any], details: dict[str, Any], text: str) -> MessageKind:
    """Whether somebody wrote it: a place that goes on telling where it is corrects itself every few seconds."""
    moves_on = details.get("edited") and isinstance(message.get("location"), dict)
    if moves_on or any(name in message for name in _NOBODY_WROTE):
        return "auto_reply"
    sent = text.strip() or details["media"] or "location" in details or "contact" in message
    return "message" if sent else "empty"


def _external_id(chat_id: int, number: int, message: dict[str, Any], details: dict[str, Any]) -> str:
    name = f"{chat_id}:{number}"
    # An edit is a message of its own: under the old name it would be dropped as a copy.
    return f"{name}:{whole(message.get('edit_date'), 'edit_date')}" if details.get("edited") else name


def _earlier(chat_id: int, number: int, replied_to: dict[str, Any], details: dict[str, Any]) -> str:
    """The name of the message that this one corrects or answers; ours are named so by `send`, too."""
    if details.get("edited"):
        return f"{chat_id}:{number}"
    return f"{chat_id}:{whole(replied_to.get('message_id'), 'message_id')}" if replied_to else ""


def _details(
    message: dict[str, Any], chat: dict[str, Any], text: str, *, edited: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    details: dict[str, Any] = {"media": _media(message)} | surroundings(chat, message.get("from"))
    problems = [_to_look_at(file) for file in details["media"]]
    if edited:
        details["edited"] = True
    if command := _command(text.strip()):
        details["keyword"] = command
    if isinstance(place := message.get("location"), dict):
        details["location"] = {name: place.get(name) for name in ("latitude", "longitude")}
    if isinstance(album := message.get("media_group_id"), str) and not edited:
        details["album"] = album
        details["burst"] = {"key": f"album:{album}", "quiet": ALBUM_QUIET}
    if any(file["kind"] in _SPOKEN for file in details["media"]):
        details["spoken"] = True
    if isinstance(card := message.get("contact"), dict):
        told = " ".join(filter(None, (full_name(card), words(card.get("phone_number")))))
        problems.append(f"A contact card came with this message: {told or 'empty'}.")
    if "forward_origin" in message:
        problems.append("This was forwarded: somebody else may have written it.")
    if "chat_type" in details:
        problems.append("This was written in a group, where others can read what we answer.")
    if message.get("migrate_to_chat_id") is not None:
        details["moved_to"] = str(whole(message["migrate_to_chat_id"], "migrate_to_chat_id"))
    return details, tuple(problems)


def _command(text: str) -> str:
    """The command that is all there is of a message, empty for words: nobody's words may be lost behind a slash."""
    if _START.fullmatch(text):
        return "start"
    command = _COMMAND.fullmatch(text)
    return command[1].lower() if command else ""


def _to_look_at(file: dict[str, Any]) -> str:
    """What a person is told of a file that no machine here can understand."""
    what = _MEDIA[file["kind"]]
    size = file.get("file_size")
    if isinstance(size, int) and size > MOST_BYTES:
        return f"{what} came with this message that is too large to fetch: please ask for it in another way."
    verb = "listen to it" if file["kind"] in ("voice", "audio") else "look at it"
    return f"{what} came with this message: please {verb}."


def _media(message: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for kind in _MEDIA:
        file = message.get(kind)
        if isinstance(file, list):  # one photo in several sizes, the largest last
            file = file[-1] if file else None
        if isinstance(file, dict) and not (kind == "document" and "animation" in message):
            found.append({"kind": kind} | {name: file[name] for name in _FILE_FACTS if name in file})
    return found
