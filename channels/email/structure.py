"""The tree of parts that a mail is made of, found by offsets so that 40 MB are not copied at each level."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.email import headers, transfer
from channels.email.headers import Headers

MAX_PARTS = 10_000
MAX_DEPTH = 20
_MAX_FALSE_STARTS = 50_000
_GUESSED_BOUNDARY = re.compile(rb"(?:^|\n)--([^\s-][^\r\n]{0,69}?)[ \t]*\r?\n[Cc]ontent-")


@dataclass(slots=True)
class Part:
    """One node: its header, where its body lies in the raw mail, and its children when it is a multipart."""

    headers: Headers
    raw: bytes
    start: int
    end: int
    content_type: str
    parameters: dict[str, str]
    children: list["Part"] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        return self.raw[self.start : self.end]

    @property
    def is_multipart(self) -> bool:
        return self.content_type.startswith("multipart/") and bool(self.children)

    def decoded(self, problems: list[str]) -> bytes:
        """The body with its transfer encoding undone."""
        data, problem = transfer.decode(self.body, self.headers.raw("content-transfer-encoding"))
        if problem:
            problems.append(problem)
        return data

    def leaves(self) -> Iterator["Part"]:
        """Every part that is not a multipart, in order."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            if part.is_multipart:
                waiting.extend(reversed(part.children))
            else:
                yield part


def read(raw: bytes, problems: list[str]) -> Part:
    """The tree of `raw`; what was wrong with it is added to `problems`."""
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")  # an old Macintosh, or a bad gateway
    elif b"\r\r\n" in raw:
        raw = raw.replace(b"\r\r\n", b"\r\n")
    return _Reader(raw, problems).part(0, len(raw), depth=0, fallback="text/plain")


def _without_a_slash(stated: str, parameters: dict[str, str], found: Headers) -> str:
    """What a part is that names no type: text, unless it looks like a file."""
    if "html" in stated:
        return "text/html"
    is_file = "name" in parameters or "base64" in found.raw("content-transfer-encoding").lower()
    return "application/octet-stream" if stated not in ("", "text") and is_file else "text/plain"


class _Reader:
    def __init__(self, raw: bytes, problems: list[str]) -> None:
        self._raw = raw
        self._problems = problems
        self._left = MAX_PARTS

    def part(self, start: int, end: int, *, depth: int, fallback: str) -> Part:
        self._left -= 1
        found, body, problem = headers.read(self._raw, start, end)
        if problem and depth == 0:
            self._problems.append(problem)
        stated = found.raw("content-type")
        content_type, parameters = headers.parameters(stated) if stated else (fallback, {})
        if "/" not in content_type:
            content_type = _without_a_slash(content_type, parameters, found)
        part = Part(found, self._raw, body, end, content_type, parameters)
        if content_type.startswith("multipart/"):
            self._split(part, depth)
        return part

    def _split(self, part: Part, depth: int) -> None:
        if depth >= MAX_DEPTH:
            self._problems.append("parts nested too deeply, not all read")
            return
        boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
        if not boundary:
            guess = _GUESSED_BOUNDARY.search(self._raw, part.start, part.end)
            self._problems.append("multipart without a boundary")
            if guess is None:
                part.content_type = "text/plain"
                return
            boundary = guess.group(1)
        kind = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for start, end in self._between(boundary, part.start, part.end):
            if self._left <= 0:
                self._problems.append("too many parts, not all read")
                break
            part.children.append(self.part(start, end, depth=depth + 1, fallback=kind))
        if not part.children:
            self._problems.append("multipart without parts")
            part.content_type = "text/plain"

    def _between(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The stretches between boundary lines; a missing last boundary closes at the end."""
        mark, opened, at = b"--" + boundary, -1, start
        for _ in range(_MAX_FALSE_STARTS):
            found = self._raw.find(mark, at, end)
            if found < 0:
                break
            at = found + len(mark)
            if found > start and self._raw[found - 1] != 0x0A:
                continue
            line_end = self._raw.find(b"\n", at, end)
            line_end = end if line_end < 0 else line_end
            tail = self._raw[at : min(line_end, at + 80)].strip()
            if tail not in (b"", b"--"):
                continue
            if opened >= 0:
                yield opened, self._without_break(opened, found)
            opened = -1 if tail == b"--" else min(line_end + 1, end)
            at = line_end
            if tail == b"--":
                return
        if opened >= 0:
            self._problems.append("last boundary missing")
            yield opened, end

    def _without_break(self, start: int, end: int) -> int:
        """The line break before a boundary belongs to the boundary."""
        if end > start and self._raw[end - 1] == 0x0A:
            end -= 1
            if end > start and self._raw[end - 1] == 0x0D:
                end -= 1
        return end
