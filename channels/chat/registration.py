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


def trouble(public_url: str | None) -> str:
    """What is wrong with how our messages reach us, in a sentence; empty when nothing is. Raises ChannelError.

    `public_url` is where Telegram is to push to, None where it is asked. A webhook that is not set yet is no trouble:
    the worker sets it when it starts.
    """
    told = telegram_api.webhook()
    url, ours = str(told.get("url") or ""), f"{(public_url or '').rstrip('/')}{PATH}"
    if url and public_url is None:
        return "a webhook is set for this bot although EARSHOT_PUBLIC_URL is not: is another program using its token?"
    if url and url != ours:
        return f"Telegram pushes this bot's messages to {url}: restart Earshot's worker, or stop the other program"
    if url and (last := str(told.get("last_error_message") or "")) and told.get("pending_update_count"):
        return f"Telegram cannot push to us, and {told['pending_update_count']} messages wait there: {last}"
    return ""


def bot_name() -> str:
    """The bot's public name; raises ChannelError where the token or the line does not work."""
    return telegram_api.username()
