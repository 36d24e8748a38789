"""Sends a message by the Telegram bot. Telegram cannot be asked whether it has one, so there is no `ask`."""

from datetime import datetime

from channels.chat.settings import settings
from channels.errors import ChannelError, NotConfigured
from channels.message import OutboundMessage, Receipt


def send(message: OutboundMessage, *, now: datetime) -> Receipt:
    """Hand a message to Telegram; raises ChannelError.

    Telegram's answer means that it has taken the message; it gives no receipt when it is shown.
    `in_doubt` when the request had gone and no answer came.
    """
    known = settings()
    if known.missing():
        raise NotConfigured("chat", *known.missing())
    if not message.to.lstrip("-").isdecimal():
        raise ChannelError("This is not the id of a Telegram chat.", permanent=True)
    from channels.chat import telegram_api  # here, because the web process lists channels and never sends

    chat_id, number = telegram_api.send_text(int(message.to), message.text, message.choices)
    return Receipt(
        channel="chat",
        status="accepted",
        at=now,
        key=message.key,
        provider_id=f"{chat_id}:{number}",
        detail="taken by Telegram",
        moved_to=str(chat_id) if chat_id != int(message.to) else "",
    )
