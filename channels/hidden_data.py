"""Takes out of a photo or a film what its owner did not mean to send: where it was taken, when, by which phone.

What the eye sees stays bit for bit: nothing is decoded or compressed again, and which way is up is kept.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from channels import heic
from channels.boxes import Boxes, blank

_JPEG_KEPT = frozenset((0xE0, 0xEE))
"""JFIF and Adobe's colours; of the other application segments only a colour profile is a picture's own."""

_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_STARTS_SCAN, _ENDS = 0xDA, 0xD9
_ORIENTATION = 0x0112
_PNG_HIDDEN = frozenset((b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"))
_WEBP_HIDDEN = frozenset((b"EXIF", b"XMP "))
_SAYS_EXIF, _SAYS_XMP = 0x08, 0x04
_FILM_HIDDEN = frozenset((b"udta", b"meta", b"uuid"))
_FILM_PARTS = frozenset((b"moov", b"trak"))

MOST_PARTS = 10_000
"""No camera cuts a picture into more parts; a file that does was made to keep us busy."""


class CannotClean(ValueError):
    """Raised for a file that is not built as its kind is built: it is kept as it came."""


def without_hidden_data(content: bytes, kind: str) -> bytes:
    """The file without it; a kind that is neither photo nor film comes back as it is. Raises CannotClean."""
    clean = _CLEANERS.get(kind)
    if clean is None:
        return content
    try:
        return clean(content)
    except (IndexError, struct.error) as error:
        raise CannotClean(f"This file is not a whole {kind}.") from error


def _jpeg(content: bytes) -> bytes:
    kept, way_up, at = [], 1, 2
    for _ in range(MOST_PARTS):
        found = _NEXT_MARKER.search(content, at)
        if found is None:
            raise CannotClean("This picture does not end.")
        start, marker = found.start(), content[found.start() + 1]
        kept.append(content[at:start])  # what a scan consists of
        if marker == _ENDS:
            exif = b"Exif\x00\x00" + _way_up(way_up)
            told = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif if way_up > 1 else b""
            return b"\xff\xd8" + told + b"".join(kept) + b"\xff\xd9"
        (length,) = struct.unpack_from(">H", content, start + 2)
        at = start + 2 + length
        segment = content[start:at]
        if length < 2 or len(segment) < length + 2:
            raise CannotClean("A part of this picture is cut short.")
        if segment[4:10] == b"Exif\x00\x00":
            way_up = _orientation(segment[10:]) or way_up
        if _shows(marker, segment):
            kept.append(segment)
    raise CannotClean("This picture has too many parts.")


def _shows(marker: int, segment: bytes) -> bool:
    if marker == 0xE2:
        return segment[4:16] == b"ICC_PROFILE\x00"
    return marker in _JPEG_KEPT or not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _orientation(exif: bytes) -> int | None:
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return None
    try:
        (first,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, first)
        for entry in range(first + 2, first + 2 + 12 * count, 12):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, entry)
            if tag == _ORIENTATION:
                return int(value) if 1 <= value <= 8 else None
    except struct.error:
        return None
    return None


def _way_up(value: int) -> bytes:
    return struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, value, 0, 0)


def _png(content: bytes) -> bytes:
    kept, at = [content[:8]], 8
    for _ in range(MOST_PARTS):
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            raise CannotClean("A part of this picture is cut short.")
        if name not in _PNG_HIDDEN:
            kept.append(content[at:end])
        elif name == b"eXIf" and (way_up := _orientation(content[at + 8 : end - 4])):
            told = name + _way_up(way_up)
            kept.append(struct.pack(">I", len(told) - 4) + told + struct.pack(">I", zlib.crc32(told)))
        if name == b"IEND":
            return b"".join(kept)
        at = end
    raise CannotClean("This picture has too many parts.")


def _webp(content: bytes) -> bytes:
    kept, flags = bytearray(), 0
    for name, chunk in _riff(content):
        if name == b"VP8X":
            flags = len(kept) + 8
            kept += chunk[:8] + bytes([chunk[8] & ~(_SAYS_EXIF | _SAYS_XMP)]) + chunk[9:]
        elif name == b"EXIF" and flags and (way_up := _orientation(chunk[8:].removeprefix(b"Exif\x00\x00"))):
            told = _way_up(way_up)
            kept[flags] |= _SAYS_EXIF
            kept += name + struct.pack("<I", len(told)) + told
        elif name not in _WEBP_HIDDEN:
            kept += chunk
    return b"RIFF" + struct.pack("<I", len(kept) + 4) + b"WEBP" + bytes(kept)


def _riff(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, end = 12, 8 + int(struct.unpack_from("<I", content, 4)[0])
    if end > len(content) + 1:
        raise CannotClean("This picture is cut short.")
    for _ in range(MOST_PARTS):
        if at + 8 > end:
            return
        name, length = struct.unpack_from("<4sI", content, at)
        after = at + 8 + length + length % 2
        chunk = content[at:after]
        if len(chunk) < 8 + length:
            raise CannotClean("A part of this picture is cut short.")
        yield name, chunk
        at = after
    raise CannotClean("This picture has too many parts.")


def _film(content: bytes) -> bytes:
    film = bytearray(content)
    _blank_hidden(film, Boxes(film))
    return bytes(film)


def _blank_hidden(film: bytearray, boxes: Boxes, deep: int = 0) -> None:
    for box in boxes:
        if box.name in _FILM_HIDDEN:
            blank(film, box)
        elif box.name in _FILM_PARTS and deep < len(_FILM_PARTS):
            _blank_hidden(film, box.inside(), deep + 1)


_CLEANERS = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/heic": heic.without_hidden_items,
    "image/avif": heic.without_hidden_items,
    "video/mp4": _film,
    "video/quicktime": _film,
    "video/3gpp": _film,
    "audio/mp4": _film,
}
