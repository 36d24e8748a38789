"""What a file really is, by its first bytes: what its sender says of it is not relied on."""

import codecs
import re

from channels.message import Attachment

_SIGNS: tuple[tuple[bytes, int, str, str], ...] = (
    (b"\xff\xd8\xff", 0, "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png", "png"),
    (b"GIF87a", 0, "image/gif", "gif"),
    (b"GIF89a", 0, "image/gif", "gif"),
    (b"WEBP", 8, "image/webp", "webp"),
    (b"ftypheic", 4, "image/heic", "heic"),
    (b"ftypheix", 4, "image/heic", "heic"),
    (b"ftypmif1", 4, "image/heif", "heif"),
    (b"ftyp3g", 4, "video/3gpp", "3gp"),
    (b"ftypM4A", 4, "audio/mp4", "m4a"),
    (b"ftypqt", 4, "video/quicktime", "mov"),
    (b"ftyp", 4, "video/mp4", "mp4"),
    (b"%PDF-", 0, "application/pdf", "pdf"),
    (b"OggS", 0, "audio/ogg", "ogg"),
    (b"#!AMR", 0, "audio/amr", "amr"),
    (b"ID3", 0, "audio/mpeg", "mp3"),
    (b"\xff\xfb", 0, "audio/mpeg", "mp3"),
    (b"\xff\xf3", 0, "audio/mpeg", "mp3"),
    (b"WAVE", 8, "audio/wav", "wav"),
    (b"BEGIN:VCARD", 0, "text/vcard", "vcf"),
)
_UNKNOWN = ("application/octet-stream", "bin")


def kind_of(content: bytes) -> tuple[str, str]:
    """The content type and the ending of a file; `application/octet-stream` and `bin` for what we do not know."""
    for sign, at, content_type, ending in _SIGNS:
        if content[at : at + len(sign)] == sign:
            return content_type, ending
    if b"\x00" not in content[:1024] and not re.match(rb"\s*<", content):
        try:
            codecs.getincrementaldecoder("utf-8")().decode(content[:1024])
        except UnicodeDecodeError:
            return _UNKNOWN
        return "text/plain", "txt"
    return _UNKNOWN


def named(stem: str, declared: str, content: bytes) -> Attachment:
    """The file under a name whose ending fits its bytes; what its sender says that it is, only for what we know not."""
    content_type, ending = kind_of(content)
    said = declared.partition(";")[0].strip().lower()
    if ending == "bin" and re.fullmatch(r"(?:image|audio|video)/[\w.+-]+", said):
        content_type = said
    return Attachment(f"{stem}.{ending}", content_type, content)
