"""Sends a text through Twilio, and asks Twilio what became of one."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from channels.errors import ChannelError, NotConfigured
from channels.message import OutboundMessage, Receipt
from channels.sms.settings import STATUS, WHATSAPP, Settings, settings
from channels.sms.statuses import RECEIPT, STOPPED, is_permanent, sentence

_WINDOW = timedelta(hours=24) - timedelta(minutes=5)  # less what a send and a tardy clock may take
_TRIAL = "Sent from your Twilio trial account - "
_TELLING = 40
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

    parts = _parts(message, known, now=now)
    if known.public_url:
        parts["status_callback"] = f"{known.public_url}{STATUS}?{urlencode({'n': message.key})}"
    with provider.plain_errors(sending=True):
        return _receipt(provider.client().messages.create(**parts), message, now)


def _parts(message: OutboundMessage, known: Settings, *, now: datetime) -> dict[str, Any]:
    """From which of our numbers to which of theirs, and in which words; raises ChannelError where WhatsApp is shut.

    WhatsApp lets us write freely for a day after the resident's last message, and after it only by a template that
    it has approved.
    """
    if not (message.way.get("via") == "whatsapp" and known.twilio_whatsapp_from):
        return {"to": message.to, "from_": known.twilio_from, "body": message.text}
    parts = {"to": f"{WHATSAPP}{message.to}", "from_": f"{WHATSAPP}{known.twilio_whatsapp_from}"}
    if now < datetime.fromisoformat(message.way["heard_at"]) + _WINDOW:
        return {**parts, "body": message.text}
    if known.twilio_whatsapp_template is None:
        raise ChannelError("WhatsApp takes no answer a day after the resident's last message.", permanent=True)
    words = json.dumps({"1": message.text}, ensure_ascii=False)
    return {**parts, "content_sid": known.twilio_whatsapp_template, "content_variables": words}


def ask(message: OutboundMessage, *, now: datetime) -> Receipt | None:
    """What Twilio knows of a text that may have gone; None when it has never had it. Raises ChannelError."""
    if message.first_tried_at is None:
        raise ValueError("Twilio can be asked only about a text that has been tried: first_tried_at is None.")
    from channels.sms import provider

    since = message.first_tried_at - _CLOCKS_DIFFER
    with provider.plain_errors(sending=False):
        # Not filtered by DateSent: a text still waiting in Twilio's queue may have none.
        for found in provider.client().messages.stream(to=_number_of(message), limit=_MOST_ASKED):
            if found.date_created is not None and found.date_created < since:
                break  # the newest come first
            if found.direction != "inbound" and _same_words(found.body or "", message.text):
                return _receipt(found, message, now)
    return None


def _number_of(message: OutboundMessage) -> str:
    by_whatsapp = message.way.get("via") == "whatsapp" and settings().twilio_whatsapp_from
    return f"{WHATSAPP}{message.to}" if by_whatsapp else message.to


def _same_words(theirs: str, ours: str) -> bool:
    bare = theirs.strip().removeprefix(_TRIAL)
    return bare == ours.strip() or (len(ours) > _TELLING and ours.strip() in bare)  # a template puts words round ours


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
