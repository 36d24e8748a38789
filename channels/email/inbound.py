"""A mail as bytes, become a message. Pure: no clock, no network, and no bytes that it cannot read."""

import hashlib
import re
from datetime import datetime

from channels.email import addresses, automatic, body, bounces, headers, plus, replies, structure
from channels.email.addresses import Address
from channels.email.headers import Headers
from channels.message import InboundMessage, MessageKind

_SANE_ID = re.compile(r"<[!-;=?-~]{3,400}>")
_PREFIXES = re.compile(r"^(?:\s*(?:re|fwd?|aw|sv|odp|rv|wg|tr)\s*(?:\[\d+\])?\s*:)+\s*", re.I)
_UNKNOWN_BOX = "unknown@mailbox.invalid"


def read(raw: bytes, *, received_at: datetime, our_address: str = "", **context: str) -> InboundMessage:
    """Read one mail. Its Message-ID names it when it has a sane one, else the SHA-256 of its bytes.

    `our_address` is the mailbox it was collected from; without it, the box that the mail itself names.
    """
    problems: list[str] = []
    root = structure.read(raw, problems)
    found = root.headers
    found.charset = next((leaf.parameters["charset"] for leaf in root.leaves() if "charset" in leaf.parameters), "")
    letter = body.read(root, problems)
    subject = found.text("subject")[:1_000]
    sender = _sender(found, problems)
    to = addresses.only(", ".join(found.every("to")))
    sent_at, problem = headers.moment(found.raw("date"))
    if problem:
        problems.append(problem)
    text = letter.text
    kind, details = _kind(root, subject, letter, text)
    cc = addresses.only(", ".join(found.every("cc")))
    if token := plus.token_in((*to, *cc, *_delivered_to(found))):
        details["case_token"] = token
    return InboundMessage(
        channel="email",
        our_address=our_address or _our_box(found, to),
        external_id=_external_id(found, raw, problems),
        received_at=received_at,
        raw=raw,
        text=text,
        new_text=replies.new_text(letter.marked, subject=subject) if kind == "message" else text,
        sender=sender.address,
        sender_name=sender.name,
        kind=kind,
        subject=subject,
        sent_at=sent_at,
        in_reply_to=next(iter(headers.message_ids(found.raw("in-reply-to"))), ""),
        references=headers.message_ids(found.raw("references")),
        reply_to=addresses.only(found.raw("reply-to")),
        to=to,
        cc=cc,
        attachments=tuple(letter.attachments),
        problems=tuple(dict.fromkeys(problems)),
        details=details,
    )


def name_in(field: bytes) -> str:
    """The name that a mail has by its Message-ID field alone; '' where only its bytes can name it."""
    ids = headers.message_ids(headers.read(field, 0, len(field))[0].raw("message-id"))
    return ids[0] if ids and _SANE_ID.fullmatch(ids[0]) else ""


def _kind(root: structure.Part, subject: str, letter: body.Body, text: str) -> tuple[MessageKind, dict[str, object]]:
    details: dict[str, object] = {}
    if automatic.is_bulk(root.headers):
        details["bulk"] = True
    bounce = bounces.read(root.headers, root.content_type, root.parameters, subject, letter)
    if bounce is not None:
        return "bounce", details | bounce.details()
    reason = automatic.is_automatic(root.headers, subject, root.content_type)
    if not reason and letter.accepts_an_invitation and not text.strip():
        reason = "calendar reply: accepted"
    if reason:
        return "auto_reply", details | {"automatic_because": reason}
    if not text.strip() and not letter.attachments and not _PREFIXES.sub("", subject).strip():
        return "empty", details
    return "message", details


def _sender(found: Headers, problems: list[str]) -> Address:
    """Who wrote: From, or where it has no address another header; the empty address of a server counts as one."""
    named = next(iter(addresses.read(found.raw("from"))), Address(""))
    if named.address or found.raw("from").rstrip().endswith("<>"):
        return named
    for name in ("sender", "return-path"):
        senders = addresses.read(found.raw(name))
        if senders and senders[0].address:
            problems.append("no From, sender taken from another header")
            return Address(senders[0].address, named.name or senders[0].name)
    problems.append("no sender")
    return named


def _our_box(found: Headers, to: tuple[str, ...]) -> str:
    return next((address for address in (*_delivered_to(found), *to) if "@" in address), _UNKNOWN_BOX)


def _delivered_to(found: Headers) -> tuple[str, ...]:
    """Whom the mail servers on its way took it for, the last of them first."""
    said = (addresses.only(found.raw(name))[:1] for name in ("delivered-to", "x-original-to", "envelope-to"))
    return tuple(address for named in said for address in named)


def _external_id(found: Headers, raw: bytes, problems: list[str]) -> str:
    ids = headers.message_ids(found.raw("message-id"))
    if ids and _SANE_ID.fullmatch(ids[0]):
        return ids[0]
    problems.append("message id not usable" if found.raw("message-id").strip() else "no message id")
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"
