"""The two doors that Twilio pushes: a resident's text, and the fate of a text of ours."""

import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from channels.channel import Answer, Hook, Pushed, PushedRequest
from channels.errors import BadSignature, UnreadablePayload
from channels.message import Receipt
from channels.payloads import storable
from channels.sms.bursts import as_part_of_a_burst
from channels.sms.form import form
from channels.sms.inbound import read
from channels.sms.settings import INBOUND, STATUS, settings
from channels.sms.signature import verify
from channels.sms.statuses import RECEIPT, STOPPED, is_permanent, sentence

_MESSAGE_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
_KEY = re.compile(r"[a-z0-9]{32}")
_INBOUND_STATES = ("receiving", "received")


def text_pushed(request: PushedRequest, now: datetime) -> Pushed:
    """A resident's text; raises BadSignature or UnreadablePayload.

    What is not signed may still be a resident's text: the address in Twilio's console, our own and the token need
    only differ by a letter. So its number is told to the house, which asks Twilio whether there is such a text.
    """
    try:
        verify(request)
    except BadSignature as error:
        raise BadSignature(str(error), announced=announced_in(request.body)) from error
    return Pushed(messages=(as_part_of_a_burst(read(request.body, received_at=request.received_at or now)),))


def announced_in(body: bytes) -> str:
    """Twilio's number for the text that an unsigned request speaks of, empty unless it names our own account."""
    try:
        fields, _ = form(body)
    except UnreadablePayload:
        return ""
    ours = settings().twilio_account_sid
    sid = fields.get("MessageSid", "")
    return sid if ours and fields.get("AccountSid") == ours and _MESSAGE_SID.fullmatch(sid) else ""


def status_pushed(request: PushedRequest, now: datetime) -> Pushed:
    """The latest state of a text of ours; raises BadSignature or UnreadablePayload."""
    fields = verify(request)
    sid = fields.get("MessageSid") or fields.get("SmsSid")
    state = (fields.get("MessageStatus") or fields.get("SmsStatus") or "").lower()
    if not sid or not state:
        raise UnreadablePayload("This is not a status of a text: MessageSid or MessageStatus is missing.")
    if state in _INBOUND_STATES:
        return Pushed()
    if state not in RECEIPT:
        raise UnreadablePayload("Twilio named a status that we do not know.")
    code = _error_code(fields)
    receipt = Receipt(
        channel="sms",
        status=RECEIPT[state],
        at=request.received_at or now,
        key=_key(request.url),
        provider_id=storable(sid),
        detail=sentence(code) or state,
        permanent=RECEIPT[state] == "failed" and is_permanent(code),
        raw=request.body,
        stopped=RECEIPT[state] == "failed" and code == STOPPED,
    )
    return Pushed(receipts=(receipt,))


def empty_twiml(pushed: Pushed) -> Answer:
    """No answer in the same breath: every answer that we owe leaves through the outbox."""
    return Answer('<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml; charset=utf-8")


HOOKS = (Hook(INBOUND, text_pushed, empty_twiml), Hook(STATUS, status_pushed, empty_twiml))


def _key(url: str) -> str:
    key = parse_qs(urlsplit(url).query).get("n", [""])[0]
    return key if _KEY.fullmatch(key) else ""


def _error_code(fields: dict[str, str]) -> int | None:
    code = fields.get("ErrorCode", "")
    return int(code) if re.fullmatch(r"[0-9]{4,6}", code) else None
