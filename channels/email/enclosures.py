"""Attachments: what counts as one, what it is called, and its bytes."""

import re

from channels.email import charsets, headers, tnef
from channels.email.structure import Part
from channels.message import Attachment

# Parts of reports, which the bounce desk reads as well.
SPECIAL = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "message/rfc822",
        "message/global",
        "message/rfc822-headers",
        "text/rfc822-headers",
        "message/partial",
    }
)
_READ_AS_TEXT = frozenset(
    {"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown", "text/x-plain"}
)
_MAX_CALENDAR = 100_000
_CALENDAR_REPLY = re.compile(rb"^METHOD:REPLY\s*$", re.M | re.I)
_ANSWERED = re.compile(rb"PARTSTAT=\"?([A-Z-]{3,20})", re.I)
_PATH = re.compile(r"^.*[/\\]")
_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f<>:\"|?*\u202a-\u202e\u2066-\u2069]")
_ENDINGS = {
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "text/calendar": ".ics",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/x-vcard": ".vcf",
    "text/vcard": ".vcf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "application/pdf": ".pdf",
    "application/ms-tnef": ".dat",
    "application/pgp-signature": ".asc",
    "audio/mpeg": ".mp3",
    "video/mp4": ".mp4",
}


def is_text_to_read(part: Part) -> bool:
    """Whether a leaf is part of the letter itself."""
    if part.content_type not in _READ_AS_TEXT and not (part.content_type.startswith("multipart/")):
        return False
    disposition, parameters = headers.parameters(part.headers.raw("content-disposition"))
    if disposition == "attachment":
        return False
    return not (parameters.get("filename") or part.parameters.get("name"))


def as_attachment(part: Part, problems: list[str]) -> Attachment:
    """The part as a file; an enclosed mail is kept as it stands."""
    disposition, parameters = headers.parameters(part.headers.raw("content-disposition"))
    encoding = part.headers.raw("content-transfer-encoding").lower()
    enclosed_mail = part.content_type in ("message/rfc822", "message/global")
    # RFC 2046 forbids to encode an enclosed mail; Outlook does it all the same
    content = part.decoded(problems) if not enclosed_mail or encoding in ("base64", "quoted-printable") else part.body
    stated = parameters.get("filename") or part.parameters.get("name") or part.headers.text("content-description")
    name = safe_name(stated) or _own_name(part, content)
    inline = disposition == "inline" or (disposition != "attachment" and "content-id" in part.headers)
    return Attachment(name, part.content_type[:100], content, inline=inline)


def from_outlook(contents: tnef.Contents) -> list[Attachment]:
    """The files inside a winmail.dat, which nobody could open otherwise."""
    return [
        Attachment(
            safe_name(file.name) or f"attachment{_ENDINGS.get(file.content_type, '')}",
            file.content_type[:100] or "application/octet-stream",
            file.content,
            inline=file.inline,
        )
        for file in contents.files
    ]


def accepts_an_invitation(part: Part) -> bool:
    """Whether a calendar answers yes; a no, or a perhaps, is something that people must see."""
    content = part.decoded([])[:_MAX_CALENDAR]
    answers = part.parameters.get("method", "").lower() == "reply" or _CALENDAR_REPLY.search(content)
    return bool(answers) and {one.upper() for one in _ANSWERED.findall(content)} == {b"ACCEPTED"}


def safe_name(stated: str) -> str:
    """A file name without path, control or direction characters, at most 240 long."""
    name = _NOT_IN_A_NAME.sub("", _PATH.sub("", charsets.storable(stated))).strip(" .")
    if len(name) > 240:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[:230]}.{ending}" if dot and len(ending) < 10 else name[:240]
    return name


def _own_name(part: Part, content: bytes) -> str:
    if part.content_type in ("message/rfc822", "message/global"):
        inner, _, _ = headers.read(content, 0, min(len(content), 100_000))
        return f"{safe_name(inner.text('subject')) or 'message'}.eml"
    if part.content_type == "application/ms-tnef":
        return "winmail.dat"
    return f"attachment{_ENDINGS.get(part.content_type, '')}"
