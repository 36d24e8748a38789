"""Twilio's own list of what residents sent us: what its push has missed is heard all the same.

Twilio does not push a text again when nobody answered. So its list is read every quarter of an hour, and once a day
two days back.
"""

import json
import time
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.channel import Collected, Unreadable
from channels.errors import UnreadablePayload
from channels.message import InboundMessage
from channels.sms.settings import settings

EVERY = timedelta(minutes=15)
LAG = timedelta(minutes=2)
"""What is younger is on its way by the push."""

OVERLAP = timedelta(minutes=10)
DAILY, DAYS_BACK = timedelta(days=1), timedelta(days=2)

_STEP = 10.0


class TextList:
    """The list; its position says until when it was read, when it was last looked at, and when far back."""

    name = "sms:list"

    def __init__(self) -> None:
        self._began: datetime | None = None
        self._listed: dict[str, dict[str, Any]] = {}

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        from channels.sms import provider  # here, because the web process lists channels and never collects

        provider.close()

    def fetch(self, position: dict[str, Any] | None, *, limit: int, now: datetime) -> Collected:
        """What came since, when it is time to look; from now on where nobody has looked before."""
        if position is None:
            self._began = now
            return Collected(dict.fromkeys(("until", "deep", "began"), now.isoformat()))
        self._began = datetime.fromisoformat(position.get("began", position["until"]))
        until, deep = (datetime.fromisoformat(position[name]) for name in ("until", "deep"))
        if now - until < EVERY + LAG:
            return Collected(position)
        is_deep = now - deep >= DAILY
        since = min(until - OVERLAP, now - DAYS_BACK) if is_deep else until - OVERLAP
        messages, unreadable = _read(since, now - LAG, now=now)
        reached = {"until": (now - LAG).isoformat(), "deep": (now if is_deep else deep).isoformat()}
        reached["began"] = self._began.isoformat()
        return Collected(reached, messages, unreadable)

    def settle(self, collected: Collected) -> None:
        """Nothing to tidy: Twilio's list stays as it is."""

    def wait(self, seconds: float) -> None:
        time.sleep(min(seconds, _STEP))

    def inventory(self, since: datetime, *, until: datetime) -> Iterable[str]:
        """The numbers of all texts that Twilio says came to us in that time, and since we first looked."""
        from channels.sms import listed
        from channels.sms.inbound import at_twilio

        since = max(since, self._began or since)
        self._listed = {
            found["sid"]: found
            for number in settings().our_numbers
            for found in _inbound(listed, number, since)
            if since <= (at_twilio(found) or since) <= until
        }
        return list(self._listed)

    def recover(self, external_ids: Collection[str]) -> Collected:
        """Those of the last inventory, as Twilio's list has them."""
        found = [self._listed[name] for name in external_ids if name in self._listed]
        messages, unreadable = _heard(found, now=datetime.now(UTC))
        return Collected({}, messages, unreadable)

    def tidy(self, external_ids: Collection[str]) -> int:
        """Nothing waits at Twilio."""
        return 0

    def digests(self, external_ids: Collection[str]) -> dict[str, str]:
        """A text is known by its number alone."""
        return {}


def source() -> TextList | None:
    """Twilio's list; None where texts are not set up."""
    return None if settings().missing() else TextList()


def _read(since: datetime, until: datetime, *, now: datetime) -> tuple[tuple[InboundMessage, ...], tuple[Any, ...]]:
    from channels.sms import listed
    from channels.sms.inbound import at_twilio

    found = [one for number in settings().our_numbers for one in _inbound(listed, number, since)]
    messages, unreadable = _heard([one for one in found if (at_twilio(one) or until) <= until], now=now)
    return tuple(reversed(messages)), unreadable


def _heard(
    found: Sequence[dict[str, Any]], *, now: datetime
) -> tuple[tuple[InboundMessage, ...], tuple[Unreadable, ...]]:
    from channels.sms import listed

    messages: list[InboundMessage] = []
    unreadable: list[Unreadable] = []
    for one in found:
        try:
            messages.append(listed.heard(one, how="list", now=now))
        except UnreadablePayload as error:
            reason = f"A text in Twilio's own list could not be read: {error}"
            unreadable.append(Unreadable(str(one.get("to")), json.dumps(one).encode(), reason))
    return tuple(messages), tuple(unreadable)


def _inbound(listed: Any, number: str, since: datetime) -> Iterable[dict[str, Any]]:
    return (found for found in listed.to_number(number, since=since) if found.get("direction") == "inbound")
