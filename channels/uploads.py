"""Files that people attach to a form: what may come in, and how it travels inside a JSON payload.

A file is what its bytes say, not what its name or the browser says: iPhones send HEIC photos that are called .jpg.
"""

import base64
import binascii
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from channels import file_kinds, virus_scan
from channels.errors import UnreadablePayload
from channels.hidden_data import CannotClean, without_hidden_data
from channels.message import Attachment
from channels.sentences import Sentence

log = logging.getLogger(__name__)

MOST_FILES = 10
LARGEST = 10 * 1024 * 1024
"""So many files, each so large: together they stay under what the web server takes."""

_PICTURES = ("jpg", "jpeg", "png", "gif", "webp", "heic", "heif")
_DOCUMENTS = ("pdf", "doc", "docx", "odt", "rtf", "txt", "xls", "xlsx", "ods", "csv", "eml", "msg")
_SOUND_AND_FILM = ("mp3", "m4a", "wav", "ogg", "mp4", "mov", "3gp")

TYPES = frozenset((*_PICTURES, *_DOCUMENTS, *_SOUND_AND_FILM))
"""The endings of files that a person may attach: nothing that runs."""

_CONTENT_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")


@dataclass(frozen=True, slots=True)
class Scanned:
    """Files after the search for viruses: those that are kept, and the names of those that had one.

    `unscanned` names the files that nobody could look into; they are among those that are kept.
    """

    files: tuple[Attachment, ...]
    kept_out: tuple[tuple[str, str], ...] = ()
    unscanned: tuple[str, ...] = ()


def problem_with(files: Sequence[Attachment]) -> Sentence | None:
    """What is wrong with the files, in one sentence for the person who chose them."""
    if len(files) > MOST_FILES:
        return Sentence(
            "You can only attach %(most)s files. You have chosen %(count)s", most=MOST_FILES, count=len(files)
        )
    for file in files:
        name = file_name(file.filename)
        ending = PurePosixPath(name).suffix.lower().lstrip(".")
        if ending not in TYPES or file_kinds.runs(file.content):
            return Sentence("‘%(name)s’ must be a photo, a document, a sound recording or a video", name=name)
        if file.size > LARGEST:
            return Sentence("‘%(name)s’ must be smaller than 10MB", name=name)
        if file.size == 0:
            return Sentence("‘%(name)s’ is empty", name=name)
    return None


def cleaned(file: Attachment) -> Attachment:
    """The file under its true content type, without the place and the phone that a photo carries unseen.

    A file that cannot be read is kept as it came: nothing is lost for being odd.
    """
    kind = file_kinds.kind_of(file.content)
    try:
        content = without_hidden_data(file.content, kind)
    except CannotClean:
        content = file.content
    return replace(file, content_type=kind, content=content)


def scanned(files: Sequence[Attachment], clamav: str) -> Scanned:
    """Look for viruses with the ClamAV at this address; "" where there is none. A file that has one is kept out."""
    kept, kept_out, unscanned = [], [], []
    for file in files:
        name = file_name(file.filename)
        try:
            virus = virus_scan.virus_in(file.content, clamav) if clamav else None
        except virus_scan.NoScan as error:
            log.warning("A file is kept without having been scanned. %s", error)
            virus, clamav = None, ""  # the next ones would wait as long
        if virus is not None:
            kept_out.append((name, virus))
            continue
        kept.append(file)
        if not clamav:
            unscanned.append(name)
    return Scanned(tuple(kept), tuple(kept_out), tuple(unscanned))


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
    return Attachment(
        file_name(name if isinstance(name, str) else ""), str(kind) if known else file_kinds.UNKNOWN, decoded
    )
