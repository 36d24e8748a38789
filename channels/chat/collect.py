"""The bot as a source: its updates are fetched, or, where Telegram can push them, it is told to."""

import hashlib
import logging
import time
from datetime import datetime
from typing import Any

from channels.channel import Collected, Unreadable
from channels.chat.inbound import read
from channels.chat.settings import settings
from channels.errors import ChannelError, UnreadablePayload
from channels.message import InboundMessage

log = logging.getLogger(__name__)

_WAIT = 25
"""Seconds that Telegram holds a call open when there is nothing to give."""


class BotSource:
    """One bot; the offset is confirmed to Telegram by the next call, which is after the commit."""

    def __init__(self, bot_id: str) -> None:
        self.name = f"chat:{bot_id}"
        self._bot_id = bot_id

    def open(self) -> None:
        from channels.chat import registration  # here, because the web process lists channels and never collects

        registration.keep_until_asked()

    def close(self) -> None:
        """Nothing to close."""

    def fetch(self, position: dict[str, Any] | None, *, limit: int, now: datetime) -> Collected:
        """The next updates, waiting for them as long as Telegram lets a call wait."""
        from channels.chat.polling import updates

        pushed, offset = updates(position["offset"] if position else None, timeout=_WAIT)
        messages: list[InboundMessage] = []
        unreadable: list[Unreadable] = []
        for _, raw in pushed:
            try:
                messages.append(read(raw, received_at=now))
            except UnreadablePayload as error:
                digest = hashlib.sha256(raw).hexdigest()[:12]
                unreadable.append(Unreadable(self._bot_id, raw, f"An update ({digest}) could not be read: {error}"))
        return Collected({"offset": offset}, tuple(messages), tuple(unreadable), more=bool(pushed))

    def settle(self, collected: Collected) -> None:
        """Answer the pressed buttons; the next call's offset settles the rest."""
        presses = [message.details["press"] for message in collected.messages if "press" in message.details]
        if not presses:
            return
        from channels.chat import telegram_api

        for press in presses:
            try:
                telegram_api.answer_press(press)
            except ChannelError as error:  # it is in the book: only a light on a screen goes on turning
                log.info("A pressed button could not be answered: %s", error.sentence)
                return  # a Telegram that is slow must not hold up what comes in

    def wait(self, seconds: float) -> None:
        """No waiting here: the call itself waits."""


class PushedBot(BotSource):
    """A bot whose updates come by the webhook: all there is to do is to tell Telegram so."""

    def open(self) -> None:
        from channels.chat import registration

        registration.push_to(settings().public_url or "")

    def fetch(self, position: dict[str, Any] | None, *, limit: int, now: datetime) -> Collected:
        """Nothing: what there is was pushed."""
        return Collected(position or {"offset": None})

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


def source() -> BotSource | None:
    """The bot of EARSHOT_TELEGRAM_TOKEN; None when there is none."""
    ours = settings()
    if ours.bot_id is None:
        return None
    return PushedBot(ours.bot_id) if ours.is_pushed else BotSource(ours.bot_id)
