"""The calls that we make of Telegram, each failing with a ChannelError that staff can read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from channels.chat import bot
from channels.chat.inbound import CARRIERS
from channels.errors import ChannelError, Contested
from channels.message import Choice

# Without a preview: to draw one, Telegram would open the resident's own link to the case.
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def send_text(chat_id: int, text: str, choices: Sequence[Choice] = ()) -> tuple[int, int]:
    """Send a text to a chat, or to the chat that it has become; gives the chat's and the message's ids."""
    # One button a row: a label is read whole on a small phone, in any language.
    rows = [[InlineKeyboardButton(choice.label, callback_data=choice.data)] for choice in choices]
    said: dict[str, Any] = {"text": text, "link_preview_options": _NO_PREVIEW}
    if rows:
        said["reply_markup"] = InlineKeyboardMarkup(rows)

    async def work(telegram: Bot) -> tuple[int, int]:
        try:
            sent = await telegram.send_message(chat_id, **said)
        except ChatMigrated as moved:
            sent = await telegram.send_message(moved.new_chat_id, **said)
        return sent.chat_id, sent.message_id

    with plain_errors(sending=True):
        return bot.run(work)


def answer_press(press_id: str) -> None:
    """Tell Telegram that a pressed button was heard, so that it stops turning on the resident's screen."""

    async def work(telegram: Bot) -> bool:
        return await telegram.answer_callback_query(press_id)

    with plain_errors(sending=False):
        bot.run(work)


def file_of(file_id: str) -> dict[str, Any]:
    """What Telegram says of a file that it keeps: above all where it can be fetched for the next hour."""

    async def work(telegram: Bot) -> Any:
        # In this case of its name the library lets the answer through: Bot.get_file would look for a local file.
        return await telegram.do_api_request("getfile", {"file_id": file_id})

    with plain_errors(sending=False):
        found = bot.run(work)
    return found if isinstance(found, dict) else {}


def pending_updates(offset: int | None, *, timeout: int) -> list[dict[str, Any]]:
    """The updates from `offset` on, untouched; waits up to `timeout` seconds for the first."""
    asked = {"timeout": timeout, "allowed_updates": list(CARRIERS)} | ({} if offset is None else {"offset": offset})

    async def work(telegram: Bot) -> Any:
        # Bot.get_updates would parse them all, so that one odd update stops the rest. Telegram takes
        # its methods' names in any case; in this one the library lets the answer through as it is.
        return await telegram.do_api_request("getupdates", asked, read_timeout=bot.READ_SECONDS + timeout)

    with plain_errors(sending=False):
        return list(bot.run(work))


def set_webhook(url: str, secret: str) -> None:
    """Have Telegram push updates to `url` from now on."""

    async def work(telegram: Bot) -> bool:
        return await telegram.set_webhook(url, secret_token=secret, allowed_updates=CARRIERS)

    with plain_errors(sending=False):
        bot.run(work)


def delete_webhook() -> None:
    """Have Telegram keep updates until they are polled; none is lost."""

    async def work(telegram: Bot) -> bool:
        return await telegram.delete_webhook(drop_pending_updates=False)

    with plain_errors(sending=False):
        bot.run(work)


def webhook() -> dict[str, Any]:
    """What Telegram has been told about pushing, and how it fares with it."""

    async def work(telegram: Bot) -> Any:
        return await telegram.do_api_request("getwebhookinfo")

    with plain_errors(sending=False):
        found = bot.run(work)
    return found if isinstance(found, dict) else {}


def username() -> str:
    """The bot's own name, which proves that the token works."""

    async def work(telegram: Bot) -> str:
        return (await telegram.get_me()).username or ""

    with plain_errors(sending=False):
        return bot.run(work)


@contextmanager
def plain_errors(*, sending: bool) -> Iterator[None]:
    """Turn what python-telegram-bot raises into a ChannelError, in doubt where a message may have gone."""
    try:
        yield
    except Forbidden as error:
        raise ChannelError(
            "The resident has blocked the bot or never started it.", permanent=True, stopped=True
        ) from error
    except RetryAfter as error:
        wait = _seconds(error)
        raise ChannelError(f"Telegram asks us to wait {wait} seconds.", wait=timedelta(seconds=wait)) from error
    except InvalidToken as error:
        raise ChannelError("Telegram refused our token: check EARSHOT_TELEGRAM_TOKEN.") from error
    except Conflict as error:
        if "webhook" in error.message:
            raise Contested(
                "Its messages cannot be collected: a webhook is set for this bot, by us or by another program."
            ) from error
        raise Contested(
            "Another program is collecting this bot's messages: stop it, or messages go to it instead of to us."
        ) from error
    except BadRequest as error:
        raise ChannelError(f"Telegram refused the message: {error.message}.", permanent=True) from error
    except TimedOut as error:
        sent = not isinstance(error.__cause__, _NEVER_SENT)
        raise ChannelError("Telegram did not answer in time.", in_doubt=sending and sent) from error
    except NetworkError as error:
        # Without an HTTP fault beneath, Telegram itself answered that it had not done it (a 5xx).
        broken = isinstance(error.__cause__, httpx.HTTPError) and not isinstance(error.__cause__, _NEVER_SENT)
        sentence = "The line to Telegram broke before it answered." if broken else "Telegram cannot be reached."
        raise ChannelError(sentence, in_doubt=sending and broken) from error
    except TelegramError as error:
        raise ChannelError("Telegram's answer could not be read.", in_doubt=sending) from error


def _seconds(error: RetryAfter) -> int:
    wait = error.retry_after
    return wait if isinstance(wait, int) else int(wait.total_seconds())
