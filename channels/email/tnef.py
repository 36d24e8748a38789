"""The files and the letter inside a winmail.dat, which Outlook sends to people who cannot open it (MS-OXTNEF).

Nothing is copied but what is found; whatever is damaged ends the reading, and what was read until then counts.
"""

import mimetypes
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.email import charsets

_SIGNATURE = b"\x78\x9f\x3e\x22"
_MAX_ATTRIBUTES = 20_000
_MAX_PROPERTIES = 5_000
_MAX_FILES = 1_000

_NEW_FILE, _FILE_NAME, _FILE_DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_LETTER, _LETTER_PROPERTIES, _CODE_PAGE = 0x800C, 0x9003, 0x9007

_LONG_NAME, _SHORT_NAME, _DATA, _MIME_TYPE, _CONTENT_ID = 0x3707, 0x3704, 0x3701, 0x370E, 0x3712
_PLAIN, _HTML, _RTF = 0x1000, 0x1013, 0x1009

_WIDTHS = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_OBJECT, _STRING, _UNICODE, _BINARY = 0x0D, 0x1E, 0x1F, 0x102
_MANY = 0x1000
_NAMED = 0x8000


@dataclass(slots=True)
class File:
    """One file inside; `name` as it was stated."""

    name: str = ""
    content: bytes = b""
    content_type: str = ""
    inline: bool = False


@dataclass(slots=True)
class Contents:
    """What was found; `html` and `plain` are the letter, `rich` says that there is one only as RTF."""

    files: list[File] = field(default_factory=list)
    plain: str = ""
    html: str = ""
    rich: bool = False


def read(data: bytes) -> Contents | None:
    """What is inside, or None where the bytes are no TNEF."""
    if not data.startswith(_SIGNATURE):
        return None
    found = Contents()
    code_page = "cp1252"
    for name, value in _attributes(data):
        if name == _CODE_PAGE and len(value) >= 4:
            code_page = f"cp{struct.unpack_from('<I', value)[0]}"
        elif name == _LETTER and not found.plain:
            found.plain = _text(value, code_page)
        elif name == _LETTER_PROPERTIES:
            _read_letter(value, code_page, found)
        elif name == _NEW_FILE and len(found.files) < _MAX_FILES:
            found.files.append(File())
        elif found.files:
            _read_file(name, value, code_page, found.files[-1])
    found.files = [file for file in found.files if file.content]
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    for _ in range(_MAX_ATTRIBUTES):
        if at + 9 > len(data):
            return
        _, name, _, length = struct.unpack_from("<BHHI", data, at)
        at += 9
        yield name, data[at : at + length]
        at += length + 2


def _read_file(name: int, value: bytes, code_page: str, file: File) -> None:
    if name == _FILE_NAME:
        file.name = file.name or _text(value, code_page)
    elif name == _FILE_DATA:
        file.content = value
    elif name == _FILE_PROPERTIES:
        for key, content in _properties(value):
            if key == _LONG_NAME or (key == _SHORT_NAME and not file.name):
                file.name = _text(content, code_page) or file.name
            elif key == _DATA and not file.content:
                file.content = content
            elif key == _MIME_TYPE:
                file.content_type = _text(content, code_page).lower()
            elif key == _CONTENT_ID:
                file.inline = True
    if not file.content_type and file.name:
        file.content_type = mimetypes.guess_type(file.name)[0] or ""


def _read_letter(value: bytes, code_page: str, found: Contents) -> None:
    for key, content in _properties(value):
        if key == _PLAIN and not found.plain:
            found.plain = _text(content, code_page)
        elif key == _HTML:
            found.html = _text(content, code_page)
        elif key == _RTF:
            found.rich = True


def _properties(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The number and the first value of every property; ends where the bytes make no sense."""
    try:
        (count,) = struct.unpack_from("<I", data)
        at = 4
        for _ in range(min(count, _MAX_PROPERTIES)):
            kind, key = struct.unpack_from("<HH", data, at)
            at = _after_name(data, at + 4) if key >= _NAMED else at + 4
            value, at = _value(data, at, kind)
            yield key, value
    except struct.error:
        return


def _after_name(data: bytes, at: int) -> int:
    """Where a named property's own name ends: a number, or so many bytes rounded up to four."""
    by_words, length = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (int(length) + -int(length) % 4 if by_words else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    width = _WIDTHS.get(kind & ~_MANY)
    if width:
        count = 1
        if kind & _MANY:
            (count,) = struct.unpack_from("<I", data, at)
            at += 4
        return data[at : at + width], at + width * count
    if kind & ~_MANY not in (_OBJECT, _STRING, _UNICODE, _BINARY):
        raise struct.error
    (count,) = struct.unpack_from("<I", data, at)
    at, first = at + 4, b""
    for number in range(min(count, _MAX_PROPERTIES)):
        (length,) = struct.unpack_from("<I", data, at)
        value = data[at + 4 : at + 4 + length]
        first = first if number else _as_bytes(value, kind)
        at += 4 + length + -length % 4
    return first, at


def _as_bytes(value: bytes, kind: int) -> bytes:
    """The value, as UTF-8 with a mark before it where its kind says that it is UTF-16."""
    if kind & ~_MANY == _UNICODE:
        return "\ufeff".encode() + value.decode("utf-16-le", "replace").rstrip("\0").encode("utf-8", "replace")
    return value


def _text(value: bytes, code_page: str) -> str:
    value = value.rstrip(b"\0")
    if value.startswith("\ufeff".encode()):
        return charsets.decode(value[3:], "utf-8")[0]
    return charsets.decode(value, code_page)[0]
