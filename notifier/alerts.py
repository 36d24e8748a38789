"""Staff alerts: to every address in EARSHOT_STAFF_ALERTS by Apprise, and always in the console's inbox."""

import logging
from datetime import datetime
from functools import cache
from typing import Any

from casework.settings import settings
from channels.errors import ChannelError
from channels.message import OutboundMessage, Receipt

log = logging.getLogger(__name__)
logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it logs addresses with their passwords, and what was sent


def send(message: OutboundMessage, *, now: datetime) -> Receipt:
    """Tell staff; without any address set, standing in the console's inbox is the telling."""
    if not settings().staff_alerts.get_secret_value().strip():
        return Receipt(
            channel=message.channel, status="accepted", at=now, key=message.key, detail="shown in the console"
        )
    told = _apprise().notify(title=message.subject or "Earshot", body=message.text)
    if not told:
        raise ChannelError("Not every address in EARSHOT_STAFF_ALERTS could be reached.")
    return Receipt(channel=message.channel, status="accepted", at=now, key=message.key)


@cache
def _apprise() -> Any:
    # Imported here and used only in the process that sends: a notify() before a fork hangs every child.
    import apprise

    found = apprise.Apprise()
    for url in settings().staff_alerts.get_secret_value().split():
        if not found.add(url):
            log.error("One address in EARSHOT_STAFF_ALERTS is not one that Apprise knows.")
    return found
