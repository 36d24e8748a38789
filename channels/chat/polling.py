"""Collects the bot's messages where Telegram has no public address to push them to.

    offset = None                                      # or as stored with what was committed
    while True:
        pushed, offset = updates(offset, timeout=30)
        ...commit every one of `pushed`, and `offset`...

Telegram forgets updates only when a later call names a higher offset: until that call, it gives them again.
"""

import json

from channels.chat import telegram_api
from channels.chat.inbound import carrier_of


def updates(offset: int | None, *, timeout: int) -> tuple[list[tuple[int, bytes]], int | None]:
    """The updates that carry messages, each as its id and payload, and the offset to ask with next.

    Waits up to `timeout` seconds for the first. Ask with the next offset only after everything here
    is committed (law 1). Raises ChannelError.
    """
    found = telegram_api.pending_updates(offset, timeout=timeout)
    ids = [update["update_id"] for update in found]
    carrying = [
        (update["update_id"], json.dumps(update, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
        for update in found
        if carrier_of(update) is not None
    ]
    return carrying, max(ids) + 1 if ids else offset
