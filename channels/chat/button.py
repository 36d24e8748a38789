"""Reads a pressed button (callback_query): the words on it, and the data that we gave it."""

from datetime import datetime
from typing import Any

from channels.chat.fields import full_name, object_of, surroundings, whole, words
from channels.chat.settings import settings
from channels.errors import UnreadablePayload
from channels.message import MOST_DATA, InboundMessage

CARRIER = "callback_query"


def read_press(query: dict[str, Any], raw: bytes, *, received_at: datetime, our_address: str) -> InboundMessage:
    """One press; each is a message of its own, since Telegram names each, and gives it again under the same name.

    It answers the message that the button stood under. Of a message that is too old Telegram tells only the chat
    and the number, which is enough.
    """
    press_id, data = words(query.get("id")), words(query.get("data"))
    if not press_id or not data or len(data.encode("utf-8", "replace")) > MOST_DATA:
        raise UnreadablePayload("This pressed button has no name or none of our data.")
    presser = object_of(query.get("from"), "from")
    under = object_of(query.get("message"), "message")
    chat = object_of(under.get("chat"), "chat")
    chat_id, number = whole(chat.get("id"), "chat.id"), whole(under.get("message_id"), "message_id")
    label = _label(under, data)
    return InboundMessage(
        channel="chat",
        our_address=our_address or settings().bot_id or "bot",
        external_id=f"{chat_id}:press:{press_id}",
        received_at=received_at,
        raw=raw,
        text=label,
        new_text=label,
        sender=str(chat_id),
        sender_name=full_name(presser) or full_name(chat),
        in_reply_to=f"{chat_id}:{number}",
        details={"media": [], "button": data, "press": press_id} | surroundings(chat, presser),
    )


def _label(under: dict[str, Any], data: str) -> str:
    """The words on the button, as they stand under the message; the data itself where Telegram does not tell them."""
    markup = under.get("reply_markup")
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    for row in rows if isinstance(rows, list) else ():
        for button in row if isinstance(row, list) else ():
            if isinstance(button, dict) and button.get("callback_data") == data and words(button.get("text")):
                return words(button["text"])
    return data
