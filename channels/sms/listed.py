"""Texts as Twilio's own list has them, for what its push has missed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from channels.message import InboundMessage
from channels.sms import provider
from channels.sms.bursts import as_part_of_a_burst
from channels.sms.inbound import at_twilio, read

_PAGE = 200


def one(sid: str) -> dict[str, Any] | None:
    """What Twilio has under a message's SID; None when it has nothing. Raises ChannelError."""
    return provider.get(f"{provider.account_path()}/Messages/{sid}.json")


def to_number(number: str, *, since: datetime) -> Iterator[dict[str, Any]]:
    """What was sent to a number of ours since then, the newest first; raises ChannelError."""
    wanted: dict[str, str | int] = {
        "To": number,
        "DateSent>": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "PageSize": _PAGE,
    }
    page = provider.get(f"{provider.account_path()}/Messages.json", **wanted)
    while page is not None:
        yield from page["messages"]
        following = page.get("next_page_uri")
        page = provider.get(following) if following else None


def heard(resource: dict[str, Any], *, how: str, now: datetime) -> InboundMessage:
    """The message that a resource of Twilio's is; `how` says by which way it was found. Raises UnreadablePayload.

    It was received when Twilio got it for our number, however much later we came to know of it (Code 5.12).
    """
    whole = dict(resource)
    if int(resource.get("num_media") or 0):
        found = provider.get(f"{provider.account_path()}/Messages/{resource['sid']}/Media.json")
        whole["media"] = found["media_list"] if found else []
    raw = json.dumps(whole, ensure_ascii=False).encode("utf-8", "surrogatepass")
    message = read(raw, received_at=min(at_twilio(resource) or now, now))
    return as_part_of_a_burst(replace(message, details={**message.details, "recovered": how}))
