"""A provider that does as it is told, behind the real channels' own descriptions.

It keeps what it has taken, so that a test can say whether a notice was sent, not sent, or sent twice.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

import pytest

from channels import registry
from channels.channel import Channel
from channels.errors import ChannelError
from channels.message import OutboundMessage, Receipt

Answer = Literal["takes", "delivers", "later", "never", "lost before", "lost after", "dies", "takes and dies", "bug"]


class Provider:
    """What it answers next is in `answers` (then `takes`); what it has really taken is in `taken`, by key.

    `error` is raised instead, as long as it is set; `moved_to` is the address that every address has become.
    """

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.taken: Counter[str] = Counter()
        self.messages: list[OutboundMessage] = []
        self.asked: list[str] = []
        self.can_be_asked = True
        self.silent = False
        self.moved_to = ""
        self.error: ChannelError | None = None
        self.while_sending: Callable[[OutboundMessage], None] | None = None

    def send(self, message: OutboundMessage, *, now: datetime) -> Receipt:
        if self.error is not None:
            raise self.error
        answer = self.answers.pop(0) if self.answers else "takes"
        if answer in ("takes", "delivers", "lost after", "takes and dies"):
            self.taken[message.key] += 1
            self.messages.append(message)
        if self.while_sending is not None:
            self.while_sending(message)
        match answer:
            case "later":
                raise ChannelError("The provider is busy.")
            case "never":
                raise ChannelError("There is no such address.", permanent=True)
            case "lost before" | "lost after":
                raise ChannelError("No answer came.", in_doubt=True)
            case "bug":
                raise RuntimeError(f"nobody foresaw {message.to}")
            case "dies" | "takes and dies":
                raise KeyboardInterrupt
        status: Literal["delivered", "accepted"] = "delivered" if answer == "delivers" else "accepted"
        name = self.id_of(message.key)
        return Receipt(message.channel, status, now, key=message.key, provider_id=name, moved_to=self.moved_to)

    def ask(self, message: OutboundMessage, *, now: datetime) -> Receipt | None:
        self.asked.append(message.key)
        if self.silent:
            raise ChannelError("Nobody can tell for now.", in_doubt=True)
        if not self.taken[message.key]:
            return None
        return Receipt(message.channel, "accepted", now, key=message.key, provider_id=self.id_of(message.key))

    def id_of(self, key: str) -> str:
        return f"P{key[:12]}"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def __call__(self) -> datetime:
        return self.time

    def tick(self, **by: float) -> datetime:
        self.time += timedelta(**by)
        return self.time


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    """Every channel that answers sends through this provider."""
    made = Provider()
    real = registry.get

    def get(name: str) -> Channel:
        channel = real(name)
        if not channel.description.answers or channel.send is None:
            return channel
        return dataclasses.replace(channel, send=made.send, ask=made.ask if made.can_be_asked else None)

    monkeypatch.setattr(registry, "get", get)
    return made
