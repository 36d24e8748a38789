"""A notice written out as a mail: the bytes that go over the wire, made without the standard library's slow folding."""

import binascii
import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime

from channels.email.addresses import Address
from channels.message import OutboundMessage

_BREAKS = re.compile(r"\r\n|\r|\n")
_NOT_IN_A_HEADER = re.compile(r"[\x00-\x1f\x7f]+")
_SPECIALS = re.compile(r'[()<>@,:;".\[\]\\]')
_MAX_REFERENCES = 20
_WORD_BYTES = 45  # 60 characters of base64, which with its wrapping stays within 75


def message_id(key: str, domain: str) -> str:
    """The Message-ID of the notice with that key: always the same, so that its copy can be looked for."""
    return f"<{key}@{domain}>"


def key_in(message_id: str) -> str:
    """The notice's key in a Message-ID of ours; '' when it is none of ours."""
    found = re.fullmatch(r"<?([a-z0-9]{32})@[^@<>\s]+>?", message_id.strip())
    return found.group(1) if found else ""


def build(message: OutboundMessage, sender: Address, domain: str, now: datetime) -> bytes:
    """The mail as bytes with CRLF ends; `now` becomes its Date."""
    fields = [
        ("From", mailbox(sender)),
        ("To", mailbox(Address(message.to, message.to_name))),
        ("Subject", encoded(message.subject)),
        ("Date", format_datetime(now)),
        ("Message-ID", message_id(message.key, domain)),
        ("Reply-To", mailbox(Address(message.reply_to, sender.name)) if message.reply_to else ""),
        *_threading(message),
        # RFC 3834: a reply when it answers somebody's mail, else a notice that nobody asked for
        ("Auto-Submitted", "auto-replied" if message.in_reply_to else "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("MIME-Version", "1.0"),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields if value)
    plain = _part(message.text, "plain")
    if not message.html:
        return head.encode("ascii") + plain
    boundary = f"=_{message.key}"
    opening = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
    mark = f"--{boundary}".encode()
    pieces = [head.encode("ascii"), opening.encode("ascii")]
    pieces += [mark, b"\r\n", plain, b"\r\n", mark, b"\r\n", _part(message.html, "html"), b"\r\n", mark, b"--\r\n"]
    return b"".join(pieces)


def mailbox(address: Address) -> str:
    """A name and an address as a header has them; raises UnicodeError for an address that SMTP cannot carry."""
    local, _, domain = address.address.rpartition("@")
    local.encode("ascii")
    plain = f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    plain = _NOT_IN_A_HEADER.sub("", plain)
    name = _NOT_IN_A_HEADER.sub(" ", address.name).strip()
    if not name:
        return plain
    if not name.isascii() or "=?" in name:
        return f"{encoded(name)} <{plain}>"
    if _SPECIALS.search(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{plain}>"


def encoded(text: str) -> str:
    """Header text: as it is when plain and short, else in encoded words cut between characters."""
    text = _NOT_IN_A_HEADER.sub(" ", text).strip()
    if text.isascii() and len(text) <= 900 and "=?" not in text:
        return text
    return "\r\n ".join(
        f"=?utf-8?b?{binascii.b2a_base64(word, newline=False).decode('ascii')}?=" for word in _words(text)
    )


def _words(text: str) -> Iterator[bytes]:
    word = b""
    for character in text:
        piece = character.encode("utf-8", "replace")
        if len(word) + len(piece) > _WORD_BYTES:
            yield word
            word = b""
        word += piece
    if word:
        yield word


def _threading(message: OutboundMessage) -> Iterator[tuple[str, str]]:
    answered = _ids(message.in_reply_to)
    earlier = _ids(*message.references)
    if answered:
        yield "In-Reply-To", answered[0]
    chain = list(dict.fromkeys([*earlier, *answered[:1]]))
    if len(chain) > _MAX_REFERENCES:
        chain = [chain[0], *chain[1 - _MAX_REFERENCES :]]  # RFC 5322 and every reader want the first and the last
    yield "References", "\r\n ".join(chain)


def _ids(*written: str) -> list[str]:
    """Message ids in angle brackets; what is no id (the SHA-256 of a mail without one) is left out."""
    found = []
    for one in written:
        bare = one.strip().strip("<>")
        if bare and bare.isascii() and not re.search(r"[\s<>\x00-\x1f]", bare) and "sha256:" not in bare[:7]:
            found.append(f"<{bare}>")
    return found


def _part(text: str, kind: str) -> bytes:
    data = _BREAKS.sub("\r\n", text.rstrip("\n") + "\n").encode("utf-8", "replace")
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode("ascii") + binascii.b2a_qp(data, istext=True)
