"""Blanks what a HEIC or AVIF photo says of its taking (ISO/IEC 23008-12); which way up it is stands elsewhere."""

import struct
from collections.abc import Iterator

from channels.boxes import Box, Boxes

MOST_PIECES = 10_000
"""A photo of an iPhone has about fifty."""

_HIDDEN = frozenset((b"Exif", b"mime"))


def without_hidden_items(content: bytes) -> bytes:
    """The photo with its Exif and XMP items filled with zeros: nothing moves. Raises struct.error."""
    photo = bytearray(content)
    meta = Boxes(photo).named(b"meta")
    if meta is None:
        raise struct.error("a photo without its list of items")
    parts = {box.name: box for box in meta.inside(skip=4)}
    if b"iinf" not in parts or b"iloc" not in parts:
        raise struct.error("a photo without its list of items")
    hidden = set(_hidden_items(parts[b"iinf"]))
    room = 2 * len(photo)
    for item, start, length in _extents(parts[b"iloc"], parts.get(b"idat")):
        if item in hidden and start < len(photo):
            end = min(start + length, len(photo))
            room -= end - start
            if room < 0:
                raise struct.error("a photo that hides more than it is long")
            photo[start:end] = bytes(end - start)
    return bytes(photo)


def _hidden_items(list_of_items: Box) -> Iterator[int]:
    skip = 6 if list_of_items.data[list_of_items.body] == 0 else 8
    for entry in list_of_items.inside(skip=skip):
        version = entry.data[entry.body]
        if version >= 2:
            number = "H" if version == 2 else "I"
            item, _, kind = struct.unpack_from(f">{number}H4s", entry.data, entry.body + 4)
            if kind in _HIDDEN:
                yield item


def _extents(places: Box, own_data: Box | None) -> Iterator[tuple[int, int, int]]:
    read = _Reader(places.data, places.body)
    version = read.number(4) >> 24
    sizes = read.number(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    wide = 4 if version == 2 else 2
    left = MOST_PIECES
    for _ in range(read.number(wide)):
        item = read.number(wide)
        method = read.number(2) & 15 if version else 0
        read.number(2)  # which file: always this one
        base = read.number(base_size)
        if method == 1:
            base += own_data.body if own_data else 0
        pieces = read.number(2)
        left -= pieces + 1
        if left < 0:
            raise struct.error("a photo in too many pieces")
        for _ in range(pieces):
            read.number(index_size)
            start, length = base + read.number(offset_size), read.number(length_size)
            if method < 2:  # the third way points at other items: those are seen by themselves
                yield item, start, length or len(places.data)


class _Reader:
    def __init__(self, data: bytearray, at: int) -> None:
        self._data, self._at = data, at

    def number(self, size: int) -> int:
        part = self._data[self._at : self._at + size]
        if len(part) < size:
            raise struct.error("a list that is cut short")
        self._at += size
        return int.from_bytes(part, "big")
