"""Files that people attach to a form: what may come in, and how it travels inside a JSON payload."""

import base64
import binascii
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from channels.errors import UnreadablePayload
from channels.message import Attachment

MOST_FILES = 10
LARGEST = 10 * 1024 * 1024

_PICTURES = ("jpg", "jpeg", "png", "gif", "webp", "heic", "heif")
_DOCUMENTS = ("pdf", "doc", "docx", "odt", "rtf", "txt", "xls", "xlsx", "ods", "csv", "eml", "msg")
_SOUND_AND_FILM = ("mp3", "m4a", "wav", "ogg", "mp4", "mov", "3gp")

TYPES = frozenset((*_PICTURES, *_DOCUMENTS, *_SOUND_AND_FILM))
"""The endings of files that a person may attach: nothing that runs."""

_CONTENT_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_UNKNOWN = "application/octet-stream"


def problem_with(files: Sequence[Attachment]) -> str | None:
    """What is wrong with the files, in one sentence for the person who chose them."""
    if len(files) > MOST_FILES:
        return f"You can only attach {MOST_FILES} files. You have chosen {len(files)}"
    for file in files:
        name = file_name(file.filename)
        if PurePosixPath(name).suffix.lower().lstrip(".") not in TYPES:
            return f"‘{name}’ must be a photo, a document, a sound recording or a video"
        if file.size > LARGEST:
            return f"‘{name}’ must be smaller than 10MB"
        if file.size == 0:
            return f"‘{name}’ is empty"
    return None


def packed(files: Sequence[Attachment]) -> list[dict[str, str]]:
    """The files as they travel in a JSON payload."""
    return [
        {
            "filename": file.filename,
            "content_type": file.content_type,
            "content_b64": base64.b64encode(file.content).decode("ascii"),
        }
        for file in files
    ]


def unpacked(payload: dict[str, Any]) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """The files under `files`, and what was wrong with them: a damaged file never loses the message."""
    value = payload.get("files") or []
    if not isinstance(value, list):
        raise UnreadablePayload("The field files is not a list.")
    files, problems = [], []
    for number, part in enumerate(value, start=1):
        file = _unpacked(part)
        if file is None:
            problems.append(f"File {number} of {len(value)} was damaged and could not be kept.")
        else:
            files.append(file)
    return tuple(files), tuple(problems)


def file_name(written: str) -> str:
    """The name without folders and control characters, never empty."""
    last = re.split(r"[/\\]", written)[-1]
    return "".join(letter for letter in last if letter.isprintable()).strip(". ")[-120:] or "file"


def _unpacked(part: Any) -> Attachment | None:
    if not isinstance(part, dict):
        return None
    name, kind, content = part.get("filename"), part.get("content_type"), part.get("content_b64")
    if not isinstance(content, str):
        return None
    try:
        decoded = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return None
    known = isinstance(kind, str) and _CONTENT_TYPE.fullmatch(kind) is not None
    return Attachment(file_name(name if isinstance(name, str) else ""), str(kind) if known else _UNKNOWN, decoded)
