"""Sends a text through Twilio, and asks Twilio what became of one."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from channels.errors import NotConfigured
from channels.message import OutboundMessage, Receipt
from channels.sms.settings import STATUS, settings
from channels.sms.statuses import RECEIPT, STOPPED, is_permanent, sentence

_TRIAL = "Sent from your Twilio trial account - "
_CLOCKS_DIFFER = timedelta(minutes=1)
_MOST_ASKED = 200  # texts to one number within an hour or so: far more than any resident gets


def send(message: OutboundMessage, *, now: datetime) -> Receipt:
    """Hand a text to Twilio; raises ChannelError.

    `in_doubt` when Twilio may have taken it: no answer after the request had gone, or a gateway's error.
    """
    known = settings()
    if known.missing():
        raise NotConfigured("sms", *known.missing())
    from channels.sms import provider  # here, because the web process lists channels and never sends

    parts = {"to": message.to, "from_": known.twilio_from, "body": message.text}
    if known.public_url:
        parts["status_callback"] = f"{known.public_url}{STATUS}?{urlencode({'n': message.key})}"
    with provider.plain_errors(sending=True):
        return _receipt(provider.client().messages.create(**parts), message, now)


def ask(message: OutboundMessage, *, now: datetime) -> Receipt | None:
    """What Twilio knows of a text that may have gone; None when it has never had it. Raises ChannelError."""
    if message.first_tried_at is None:
        raise ValueError("Twilio can be asked only about a text that has been tried: first_tried_at is None.")
    from channels.sms import provider

    since = message.first_tried_at - _CLOCKS_DIFFER
    with provider.plain_errors(sending=False):
        # Not filtered by DateSent: a text still waiting in Twilio's queue may have none.
        for found in provider.client().messages.stream(to=message.to, limit=_MOST_ASKED):
            if found.date_created is not None and found.date_created < since:
                break  # the newest come first
            if found.direction != "inbound" and _same_words(found.body or "", message.text):
                return _receipt(found, message, now)
    return None


def _same_words(theirs: str, ours: str) -> bool:
    return theirs.strip().removeprefix(_TRIAL) == ours.strip()


def _receipt(found: Any, message: OutboundMessage, now: datetime) -> Receipt:
    status = RECEIPT.get(str(found.status), "accepted")
    code = int(found.error_code) if found.error_code else None
    return Receipt(
        channel="sms",
        status=status,
        at=now,
        key=message.key,
        provider_id=found.sid,
        detail=sentence(code) or str(found.status),
        permanent=status == "failed" and is_permanent(code),
        stopped=status == "failed" and code == STOPPED,
    )
