"""Tells Telegram whether to push our messages or to keep them until we ask."""

from channels.chat import telegram_api
from channels.chat.settings import settings
from channels.chat.webhook import PATH
from channels.errors import NotConfigured


def push_to(public_url: str) -> str:
    """Have updates pushed to our public https address; gives the address. Raises ChannelError."""
    secret = settings().webhook_secret
    if secret is None:
        raise NotConfigured("chat", *settings().missing())
    address = f"{public_url.rstrip('/')}{PATH}"
    telegram_api.set_webhook(address, secret)
    return address


def keep_until_asked() -> None:
    """Have updates kept for `polling.updates`; none that waits is dropped. Raises ChannelError."""
    telegram_api.delete_webhook()


def bot_name() -> str:
    """The bot's public name; raises ChannelError where the token or the line does not work."""
    return telegram_api.username()
