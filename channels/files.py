"""A file that a provider kept for us, under a name that fits its bytes: what its sender says of it is not relied on."""

import re

from channels import file_kinds
from channels.message import Attachment

_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/avif": "avif",
    "video/3gpp": "3gp",
    "video/quicktime": "mov",
    "video/mp4": "mp4",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/amr": "amr",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "application/pdf": "pdf",
    "text/vcard": "vcf",
    "text/plain": "txt",
}


def kind_of(content: bytes) -> tuple[str, str]:
    """The content type and the ending of a file; `application/octet-stream` and `bin` for what nobody should open."""
    kind = file_kinds.UNKNOWN if file_kinds.runs(content) else file_kinds.kind_of(content)
    if kind not in _ENDINGS:
        return file_kinds.UNKNOWN, "bin"
    return kind, _ENDINGS[kind]


def named(stem: str, declared: str, content: bytes) -> Attachment:
    """The file under a name whose ending fits its bytes; what its sender says that it is, only for what we know not."""
    content_type, ending = kind_of(content)
    said = declared.partition(";")[0].strip().lower()
    if ending == "bin" and re.fullmatch(r"(?:image|audio|video)/[\w.+-]+", said):
        content_type = said
    return Attachment(f"{stem}.{ending}", content_type, content)
