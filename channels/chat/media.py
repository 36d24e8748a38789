"""Fetches what a resident sent by Telegram and Telegram keeps: photos, voice notes, files."""

import mimetypes
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from channels.chat.inbound import MOST_BYTES
from channels.chat.settings import settings
from channels.errors import ChannelError, NotConfigured
from channels.message import Attachment

SECONDS = 30.0

_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_KINDS = {"photo": "image/jpeg", "voice": "audio/ogg", "video_note": "video/mp4", "sticker": "image/webp"}
_TOO_LARGE = "This file is larger than the 20 MB that Telegram lets a bot fetch: please ask for it in another way."


def fetch(medium: Mapping[str, Any]) -> Attachment:
    """One of `details["media"]` as a file; raises ChannelError, permanent where trying again is useless."""
    known, file_id = settings(), medium.get("file_id")
    if known.telegram_token is None:
        raise NotConfigured("chat", *known.missing())
    if not isinstance(file_id, str) or not file_id:
        raise ChannelError("Telegram did not say which file this is.", permanent=True)
    if _is_too_large(medium.get("file_size")):
        raise ChannelError(_TOO_LARGE, permanent=True)
    from channels.chat import telegram_api  # here, because the web process lists channels and never fetches

    file = telegram_api.file_of(file_id)
    path = file.get("file_path")
    if _is_too_large(file.get("file_size")):
        raise ChannelError(_TOO_LARGE, permanent=True)
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise ChannelError("Telegram does not say where this file can be fetched.", permanent=True)
    token = known.telegram_token.get_secret_value()
    content = _download(f"{known.telegram_api_base}/file/bot{token}/{path}")
    name = _name(medium, path)
    return Attachment(filename=name, content_type=_content_type(medium, name), content=content)


def _download(url: str) -> bytes:
    """The bytes behind our own file address; no redirect is followed, so no other host is ever asked."""
    import httpx  # here, because the web process lists channels and never fetches

    content = bytearray()
    try:
        with httpx.stream("GET", url, timeout=SECONDS) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ChannelError(
                    f"Telegram refused to hand over the file ({answer.status_code}).",
                    permanent=answer.status_code in (400, 404),
                )
            for part in answer.iter_bytes():
                content += part
                if len(content) > MOST_BYTES:
                    raise ChannelError(_TOO_LARGE, permanent=True)
    except httpx.HTTPError:
        raise ChannelError("The line to Telegram broke while a file was fetched.") from None  # its words hold the token
    return bytes(content)


def _is_too_large(size: Any) -> bool:
    return isinstance(size, int) and size > MOST_BYTES


def _name(medium: Mapping[str, Any], path: str) -> str:
    said = medium.get("file_name")
    if isinstance(said, str) and said.strip():
        return PurePosixPath(said.replace("\\", "/")).name or "file"
    return f"{medium.get('kind') or 'file'}{PurePosixPath(path).suffix}"


def _content_type(medium: Mapping[str, Any], name: str) -> str:
    said = medium.get("mime_type")
    if isinstance(said, str) and re.fullmatch(r"[\w.+-]+/[\w.+-]+", said):
        return said.lower()
    guessed, _ = mimetypes.guess_type(name)
    return guessed or _KINDS.get(str(medium.get("kind")), "application/octet-stream")
