"""The boxes that MP4, MOV and HEIC files are built of (ISO/IEC 14496-12): a length, a name, and what is inside."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Box:
    """One box of `data`: `body` is where its inside begins, `end` where it ends."""

    data: bytearray
    name: bytes
    start: int
    body: int
    end: int

    def inside(self, skip: int = 0) -> "Boxes":
        return Boxes(self.data, self.body + skip, self.end)


class Boxes:
    """The boxes one after the other; one that claims more than there is ends at the end.

    Raises struct.error, also where there are more than any camera makes.
    """

    def __init__(self, data: bytearray, start: int = 0, end: int | None = None) -> None:
        self._data, self._start, self._end = data, start, len(data) if end is None else end

    def __iter__(self) -> Iterator[Box]:
        at = self._start
        for _ in range(MOST):
            if at + 8 > self._end:
                return
            length, name = struct.unpack_from(">I4s", self._data, at)
            body = at + 8
            if length == 1:
                (length,) = struct.unpack_from(">Q", self._data, body)
                body += 8
            end = self._end if length == 0 else min(at + length, self._end)
            if end < body:
                raise struct.error("a box is shorter than its own name")
            yield Box(self._data, name, at, body, end)
            at = end
        raise struct.error("there are too many boxes")

    def named(self, name: bytes) -> Box | None:
        return next((box for box in self if box.name == name), None)


def blank(data: bytearray, box: Box) -> None:
    """Make the box free space of the same length, so that nothing else moves."""
    data[box.start + 4 : box.start + 8] = b"free"
    data[box.body : box.end] = bytes(box.end - box.body)
