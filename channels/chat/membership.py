"""Reads that the bot was let in, put out or blocked (my_chat_member)."""

from datetime import datetime
from typing import Any

from channels.chat.fields import full_name, moment, object_of, surroundings, whole, words
from channels.chat.settings import settings
from channels.message import InboundMessage

CARRIER = "my_chat_member"

_GONE = ("left", "kicked")


def read_membership(update: dict[str, Any], raw: bytes, *, received_at: datetime, our_address: str) -> InboundMessage:
    """Where the bot stands in a chat now: `details["membership"]` is `here` or `gone`.

    A resident who blocks the bot says STOP by it, and START who lets it in again, so the keyword says that.
    """
    changed = object_of(update[CARRIER], CARRIER)
    chat, who = object_of(changed.get("chat"), "chat"), changed.get("from")
    chat_id = whole(chat.get("id"), "chat.id")
    status = words(object_of(changed.get("new_chat_member"), "new_chat_member").get("status"))
    gone = status in _GONE
    details = {"media": [], "membership": "gone" if gone else "here"} | surroundings(chat, who)
    if "chat_type" not in details:
        details["keyword"] = "stop" if gone else "start"
    return InboundMessage(
        channel="chat",
        our_address=our_address or settings().bot_id or "bot",
        external_id=f"{chat_id}:member:{whole(update.get('update_id'), 'update_id')}",
        received_at=received_at,
        raw=raw,
        text="",
        new_text="",
        sender=str(chat_id),
        sender_name=full_name(who) or full_name(chat),
        kind="empty",
        sent_at=moment(changed.get("date")),
        details=details,
    )
