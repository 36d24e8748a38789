"""The two doors that Twilio pushes: a resident's text, and the fate of a text of ours."""

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import RequestValidator

from channels.channel import Answer, Hook, Pushed, PushedRequest
from channels.errors import BadSignature, UnreadablePayload
from channels.message import Receipt
from channels.payloads import storable
from channels.sms.form import form
from channels.sms.inbound import read
from channels.sms.settings import settings
from channels.sms.statuses import RECEIPT, is_permanent, sentence

INBOUND = "/webhooks/sms"
STATUS = "/webhooks/sms/status"

_KEY = re.compile(r"[a-z0-9]{32}")
_INBOUND_STATES = ("receiving", "received")


def text_pushed(request: PushedRequest, now: datetime) -> Pushed:
    """A resident's text; raises BadSignature or UnreadablePayload."""
    _verify(request)
    return Pushed(messages=(read(request.body, received_at=request.received_at or now),))


def status_pushed(request: PushedRequest, now: datetime) -> Pushed:
    """The latest state of a text of ours; raises BadSignature or UnreadablePayload."""
    _verify(request)
    fields, _ = form(request.body)
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
    )
    return Pushed(receipts=(receipt,))


def empty_twiml(pushed: Pushed) -> Answer:
    """No answer in the same breath: every answer that we owe leaves through the outbox."""
    return Answer('<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml; charset=utf-8")


HOOKS = (Hook(INBOUND, text_pushed, empty_twiml), Hook(STATUS, status_pushed, empty_twiml))


def _verify(request: PushedRequest) -> None:
    """Check Twilio's signature against the address called and against our public one.

    Behind a proxy that ends TLS the address that we see is not the one that Twilio called and signed.
    """
    token = settings().twilio_auth_token
    if token is None:
        raise BadSignature("EARSHOT_TWILIO_AUTH_TOKEN is not set, so no text can be trusted.")
    signature = _header(request.headers, "X-Twilio-Signature")
    validator = RequestValidator(token.get_secret_value())
    try:
        fields, _ = form(request.body)
        if any(validator.validate(url, fields, signature) for url in _possible_urls(request.url)):
            return
    except (UnreadablePayload, ValueError) as error:
        raise BadSignature("The request is not one that Twilio could have signed.") from error
    raise BadSignature("The signature is not Twilio's for this address: check EARSHOT_PUBLIC_URL and the auth token.")


def _possible_urls(called: str) -> tuple[str, ...]:
    public = settings().public_url
    if public is None:
        return (called,)
    parts = urlsplit(called)
    query = f"?{parts.query}" if parts.query else ""
    return (called, f"{public}{parts.path}{query}")


def _header(headers: Mapping[str, str], wanted: str) -> str:
    return next((value for name, value in headers.items() if name.lower() == wanted.lower()), "")


def _key(url: str) -> str:
    key = parse_qs(urlsplit(url).query).get("n", [""])[0]
    return key if _KEY.fullmatch(key) else ""


def _error_code(fields: dict[str, str]) -> int | None:
    code = fields.get("ErrorCode", "")
    return int(code) if re.fullmatch(r"[0-9]{4,6}", code) else None
