"""The letter inside an opaquely signed S/MIME mail, for readers that cannot check signatures (we keep the original).

Only what is signed is taken out; what is encrypted stays shut.
"""

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2
_MAX_DEPTH = 12
_MAX_PIECES = 100_000
_SEQUENCE, _OCTETS, _CONSTRUCTED = 0x30, 0x04, 0x20


class _NotBer(ValueError):
    """Raised inside this module for bytes that are no such structure."""


def signed_content(data: bytes) -> bytes | None:
    """The mail part that was signed, or None when there is none to be seen."""
    try:
        outer = _children(data, *_value(data, 0, _SEQUENCE))
        if data[outer[0][1] : outer[0][2]] != _SIGNED_DATA:
            return None
        signed = _children(data, *_value(data, outer[1][1], _SEQUENCE))
        inner = _children(data, signed[2][1], signed[2][2])
        return _octets(data, inner[1][1]) or None
    except (_NotBer, IndexError):
        return None


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """The tag at an offset, where its value begins, and its length (-1: until the end mark)."""
    tag, first = data[at], data[at + 1]
    if tag & 0x1F == 0x1F:
        raise _NotBer
    if first < 0x80:
        return tag, at + 2, first
    if first == 0x80:
        return tag, at + 2, -1
    width = first & 0x7F
    if width > 4:
        raise _NotBer
    return tag, at + 2 + width, int.from_bytes(data[at + 2 : at + 2 + width], "big")


def _element(data: bytes, at: int, depth: int = 0) -> tuple[int, int, int, int]:
    """The tag at an offset, where its value begins and ends, and where the next element begins."""
    tag, start, length = _header(data, at)
    if length >= 0:
        if start + length > len(data):
            raise _NotBer
        return tag, start, start + length, start + length
    if depth > _MAX_DEPTH or not tag & _CONSTRUCTED:
        raise _NotBer
    inside = start
    while data[inside : inside + 2] != b"\x00\x00":
        inside = _element(data, inside, depth + 1)[3]
    return tag, start, inside, inside + 2


def _value(data: bytes, at: int, wanted: int) -> tuple[int, int]:
    tag, start, end, _ = _element(data, at)
    if tag != wanted:
        raise _NotBer
    return start, end


def _children(data: bytes, start: int, end: int) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    while start < end and len(found) < _MAX_PIECES:
        tag, begins, ends, start = _element(data, start)
        found.append((tag, begins, ends))
    return found


def _octets(data: bytes, at: int) -> bytes:
    """An octet string, whole or in pieces."""
    tag, start, end, _ = _element(data, at)
    if tag == _OCTETS:
        return data[start:end]
    if tag != _OCTETS | _CONSTRUCTED:
        raise _NotBer
    return b"".join(data[begins:ends] for kind, begins, ends in _children(data, start, end) if kind == _OCTETS)
