"""Content transfer encodings undone, forgivingly: damaged base64 gives what can be saved of it."""

import binascii
import re
from urllib.parse import unquote_to_bytes

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def decode(data: bytes, encoding: str) -> tuple[bytes, str]:
    """The decoded bytes, and what was wrong ('' if nothing was)."""
    match encoding.strip().lower().partition(" ")[0].strip("\"';"):
        case "base64":
            return base64_bytes(data), ""
        case "quoted-printable":
            return binascii.a2b_qp(data), ""
        case "x-uuencode" | "uuencode" | "x-uue" | "uue":
            return _uuencoded(data), ""
        case "" | "7bit" | "8bit" | "binary":
            return data, ""
        case other:
            return data, f"transfer encoding not known: {other[:40]}"


def base64_bytes(data: bytes) -> bytes:
    """Base64 decoded; a cut or damaged tail loses only itself."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", data)
        letters = letters[: len(letters) - (1 if len(letters) % 4 == 1 else 0)]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def q_bytes(text: str) -> bytes:
    """The Q encoding of RFC 2047; text that should have been encoded is taken as UTF-8."""
    data = text.replace("_", " ").encode("utf-8", "replace")
    return unquote_to_bytes(data.replace(b"%", b"%25").replace(b"=", b"%")) if b"=" in data else data


def _uuencoded(data: bytes) -> bytes:
    decoded = bytearray()
    for line in data.splitlines():
        if not line or line.startswith((b"begin ", b"end")):
            continue
        try:
            decoded += binascii.a2b_uu(line)
        except binascii.Error:
            # some encoders pad wrongly: believe the length that the line itself states
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                decoded += binascii.a2b_uu(line[:wanted])
            except binascii.Error:
                continue
    return bytes(decoded)
