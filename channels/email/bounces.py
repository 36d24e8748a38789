"""Delivery reports: the standard ones (RFC 3464) and the letters that mail servers wrote before and beside it."""

import re
from dataclasses import dataclass, field
from typing import Any

from channels.email import addresses, bounce_words, headers
from channels.email.body import Body
from channels.email.headers import Headers
from channels.email.letter import key_in

_REPORTS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = ("message/rfc822", "message/global", "message/rfc822-headers", "text/rfc822-headers", "message/partial")
_MAX_READ = 200_000
_MAX_RECIPIENTS = 50
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY_CODE = re.compile(r"(?:^|[\s>:(\"'\[#])([45][0-5]\d)(?=[\s\-#:,)\]]|$)", re.M)
_ADDRESS = re.compile(r"<?([a-z0-9][a-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@[a-z0-9][a-z0-9.-]{0,250}\.[a-z]{2,24})>?", re.I)
_INNER_ID = re.compile(r"^\s*>?\s*message-id:\s*(<[^<>\s]{3,400}>)", re.I | re.M)


@dataclass(slots=True)
class Bounce:
    """What a delivery report says; `action` is RFC 3464's word (failed, delayed, delivered, relayed,
    expanded), or "complained" when somebody called our mail spam."""

    recipients: list[str] = field(default_factory=list)
    action: str = ""
    status: str = ""
    diagnosis: str = ""
    original_message_id: str = ""
    envelope_id: str = ""

    @property
    def permanent(self) -> bool:
        """Whether this mail will never arrive, be it that the server gave up after days of a full box."""
        return self.action == "failed"

    @property
    def address_dead(self) -> bool:
        """Whether no mail will ever arrive there: a code that begins with 5, and not a full box or a size limit."""
        return (
            self.permanent
            and self.status.startswith("5")
            and not self.status.startswith(("5.2.2", "5.2.3", "5.3", "5.7"))
        )

    def details(self) -> dict[str, Any]:
        return {
            "failed_recipient": self.recipients[0] if self.recipients else "",
            "failed_recipients": self.recipients,
            "original_message_id": self.original_message_id,
            "status": self.status,
            "action": self.action,
            "diagnosis": self.diagnosis,
            "permanent": self.permanent,
            "address_dead": self.address_dead,
            "original_key": key_in(self.original_message_id) or key_in(f"{self.envelope_id}@envelope"),
        }


def read(found: Headers, content_type: str, parameters: dict[str, str], subject: str, body: Body) -> Bounce | None:
    """The delivery report that a mail is, or None for any other mail."""
    if not _is_report(found, content_type, parameters, subject, body):
        return None
    bounce = Bounce()
    for part in body.special:
        content = part.decoded([])[:_MAX_READ]
        if part.content_type in _REPORTS:
            _read_status(content, bounce)
        elif part.content_type == "message/feedback-report":
            bounce.action = "complained"
        elif part.content_type in _RETURNED and not bounce.original_message_id:
            _read_returned(content, bounce)
    _read_words(found, subject, body.text[:_MAX_READ], bounce)
    return bounce


def _is_report(found: Headers, content_type: str, parameters: dict[str, str], subject: str, body: Body) -> bool:
    kinds = {part.content_type for part in body.special}
    if kinds.intersection(_REPORTS) or "message/feedback-report" in kinds:
        return True
    if content_type == "multipart/report" and parameters.get("report-type", "").lower() != "disposition-notification":
        return True
    if "x-failed-recipients" in found:
        return True
    returns_mail = bool(kinds.intersection(_RETURNED))
    return bounce_words.reads_like_a_bounce(found, subject, body.text[:20_000], returns_mail=returns_mail)


def _read_status(content: bytes, bounce: Bounce) -> None:
    """The blocks of a delivery-status part: one about the message, then one a recipient."""
    at = 0
    for _ in range(_MAX_RECIPIENTS):
        fields, end, _ = headers.read(content, at, len(content))
        if len(fields) == 0 and end >= len(content):
            break
        bounce.envelope_id = bounce.envelope_id or fields.raw("original-envelope-id").strip()[:100]
        recipient = fields.raw("final-recipient") or fields.raw("original-recipient")
        if recipient:
            action = fields.raw("action").partition("(")[0].strip().lower()
            status = _STATUS.search(fields.raw("status"))
            if not bounce.action or (action == "failed" and bounce.action != "failed"):
                bounce.action = action
                bounce.status = status.group(1) if status else ""
                bounce.diagnosis = fields.text("diagnostic-code").partition(";")[2].strip()[:500]
            _add_recipient(bounce, (fields.raw("original-recipient") or recipient).rpartition(";")[2])
        if end <= at:
            break
        at = end


def _read_returned(content: bytes, bounce: Bounce) -> None:
    fields, _, _ = headers.read(content, 0, len(content))
    found = headers.message_ids(fields.raw("message-id"))
    if found:
        bounce.original_message_id = found[0]
    if not bounce.recipients:
        for address in addresses.only(fields.raw("to"))[:1]:
            _add_recipient(bounce, address)


def _read_words(found: Headers, subject: str, text: str, bounce: Bounce) -> None:
    """Fills what no standard part said from headers and from the letter itself."""
    for address in addresses.only(found.raw("x-failed-recipients")):
        _add_recipient(bounce, address)
    letter, returned = bounce_words.split(text)
    if not bounce.original_message_id:
        inner = _INNER_ID.search(returned) or _INNER_ID.search(text)
        earlier = (*headers.message_ids(found.raw("in-reply-to")), *headers.message_ids(found.raw("references"))[-1:])
        bounce.original_message_id = inner.group(1) if inner else (earlier[0] if earlier else "")
    if not bounce.recipients:
        own = {one for name in ("from", "to", "reply-to") for one in addresses.only(found.raw(name))}
        for address in _ADDRESS.findall(letter[:10_000]):
            if address.lower() not in own and not bounce_words.is_machine(address):
                _add_recipient(bounce, address)
                break
    if not bounce.action and bounce_words.complained(subject):
        bounce.action = "complained"
    if not bounce.action:
        bounce.action = "delayed" if bounce_words.is_delay(subject, letter) else "failed"
    if not bounce.status:
        bounce.status = _status_in(letter, bounce.action)
    if not bounce.diagnosis:
        bounce.diagnosis = bounce_words.diagnosis(letter)


def _status_in(letter: str, action: str) -> str:
    extended = _STATUS.search(letter)
    if extended:
        return extended.group(1)
    code = _REPLY_CODE.search(letter)
    if code:
        return f"{code.group(1)[0]}.0.0"
    return bounce_words.status(letter) or ("4.0.0" if action == "delayed" else "")


def _add_recipient(bounce: Bounce, written: str) -> None:
    address = written.strip().strip("<>\"'").lower()
    if address and address not in bounce.recipients and len(bounce.recipients) < _MAX_RECIPIENTS:
        bounce.recipients.append(address[:320])
