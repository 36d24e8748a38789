"""What a file is by its first bytes, whatever its name or a browser says."""

import re

UNKNOWN = "application/octet-stream"

_STARTS = (
    (b"\xff\xd8", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"{\\rtf", "application/rtf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
    (b"BEGIN:VCARD", "text/vcard"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_BRANDS = (
    ((b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"), "image/heic"),
    ((b"avif", b"avis"), "image/avif"),
    ((b"M4A ", b"M4B "), "audio/mp4"),
    ((b"3gp", b"3g2"), "video/3gpp"),
    ((b"qt  ",), "video/quicktime"),
    ((b"",), "video/mp4"),
)
_OFFICE = "application/vnd.openxmlformats-officedocument"
_IN_A_ZIP = (
    (b"word/", f"{_OFFICE}.wordprocessingml.document"),
    (b"xl/", f"{_OFFICE}.spreadsheetml.sheet"),
    (b"opendocument.text", "application/vnd.oasis.opendocument.text"),
    (b"opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_NAMES = (
    ("__substg1.0_", "application/vnd.ms-outlook"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
)

_PROGRAMS = (
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"#!",
    b"L\x00\x00\x00\x01\x14\x02\x00",
)
_MARKUP = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*+<(?:!doctype\s+html|html|head|body|script|svg|iframe|\?xml[^>]*>\s*<svg)\b",
    re.IGNORECASE | re.DOTALL,
)
_LOOKED_AT = 4096
_LIST_OF_A_ZIP = 65_536


def kind_of(content: bytes) -> str:
    """The content type that the bytes themselves show; UNKNOWN when they show none."""
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12], UNKNOWN)
    if content[4:8] == b"ftyp":
        return next(kind for brands, kind in _BRANDS if content[8:12].startswith(brands))
    if content.startswith(b"PK\x03\x04"):
        ends = content[:_LOOKED_AT] + content[-_LIST_OF_A_ZIP:]  # the list of what is in it stands at the end
        return next((kind for mark, kind in _IN_A_ZIP if mark in ends), UNKNOWN)
    if content.startswith(_OLE):
        return next((kind for name, kind in _OLE_NAMES if name.encode("utf-16-le") in content), UNKNOWN)
    return "text/plain" if _is_text(content[:_LOOKED_AT]) else UNKNOWN


def runs(content: bytes) -> bool:
    """Whether the bytes are a program, or a page that runs scripts where it is opened."""
    start = content[:_LOOKED_AT]
    windows = start.startswith(b"MZ") and b"\x00" in start
    program = start.startswith(_PROGRAMS) and not start.startswith(b"#!AMR")  # which is how phones record speech
    return windows or program or _MARKUP.match(start) is not None


def _is_text(start: bytes) -> bool:
    if not start or b"\x00" in start:
        return False
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(start) - 4 and len(start) == _LOOKED_AT  # a letter cut in half at the end
    return True
