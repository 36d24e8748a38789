"""Reads what a form has sent without losing its words: files that are too large are counted, not kept.

What a browser sends in one piece is read to its end, so that whoever chose three films gets their page back with
everything that they wrote.
"""

import io
from collections.abc import Callable
from typing import IO, Any

from flask import current_app, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.formparser import FormDataParser

from channels.message import Attachment
from channels.uploads import LARGEST, MOST_FILES, cleaned

MOST_READ = 500 * 1024 * 1024
"""Bytes: a longer request is refused before it is read."""


class Kept(io.BytesIO):
    """The first bytes of a file: just so many that it is seen to be too large."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._room = most

    def write(self, data: Any, /) -> int:
        room = self._room - self.tell()
        if room > 0:
            super().write(memoryview(data)[:room])
        return len(data)


def read() -> tuple[MultiDict[str, str], list[Attachment]]:
    """The fields of this request and its files, cleaned; an empty file field is none."""
    if not request.mimetype.startswith("multipart/"):
        return request.form, []
    request.max_content_length = MOST_READ
    parser = FormDataParser(
        stream_factory=_keeper(),
        max_form_memory_size=current_app.config["MAX_FORM_MEMORY_SIZE"],
        max_content_length=MOST_READ,
        max_form_parts=request.max_form_parts,
    )
    _, form, files = parser.parse(request.stream, request.mimetype, request.content_length, request.mimetype_params)
    return form, [_attachment(file) for file in files.getlist("files") if file.filename]


def _attachment(file: FileStorage) -> Attachment:
    sent = Attachment(file.filename or "", file.mimetype or "application/octet-stream", file.read())
    return cleaned(sent) if sent.size <= LARGEST else sent


def _keeper() -> Callable[..., IO[bytes]]:
    begun = 0

    def keep(*_: Any, **__: Any) -> IO[bytes]:
        nonlocal begun
        begun += 1
        return Kept(LARGEST + 1 if begun <= MOST_FILES else 1)

    return keep
