"""Bytes to text, whatever the sender's program claimed about them; never raises, never yields what cannot be stored."""

import codecs
import re
from functools import lru_cache

# The same family as browsers read it: people who declare the left-hand name send the right-hand one.
_READ_AS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
    "iso2022_jp_1": "iso2022_jp_ext",
    "big5": "cp950",
}
_NAMED_OTHERWISE = {
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "x-big5": "cp950",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "windows-874": "cp874",
    "cp-850": "cp850",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "x-euc-jp": "euc_jp",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "ansi_x3.110-1983": "cp1252",
}
# Says nothing, so the bytes have to speak for themselves.
_SAYS_NOTHING = frozenset({"", "unknown", "unknown-8bit", "x-unknown", "default", "default_charset", "none", "binary"})
# Text codecs of Python that are no charsets of mail: some are slow by design, some hide markup (UTF-7).
_REFUSED = frozenset({"utf_7", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_WESTERN = frozenset({"cp1252", "iso8859-15", "mac_roman", "cp850", "cp437"})
# Their text is either plain ASCII to the eye or never UTF-8.
_NEVER_MISTAKEN = ("utf", "iso2022", "hz")
_MULTIBYTE_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_ACCENTS_ONLY = re.compile(rb"[\xc0-\xff]{3}")
_ASCII_LETTERS = re.compile(rb"[A-Za-z]")
# NUL and lone surrogates cannot be stored; other control characters mean nothing to a reader.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufeff]")


def decode(data: bytes, charset: str = "") -> tuple[str, str]:
    """The text of `data`, and a sentence on what was wrong with the stated charset ('' if nothing was)."""
    if data.isascii() and b"\x1b$" not in data and b"~{" not in data:
        text, problem = _plain_ascii(data, charset)
    else:
        text, problem = _decode(data, charset)
    return storable(text), problem


def undeclared(data: bytes, likely: str = "") -> str:
    """The text of bytes that no charset was declared for: UTF-8 if they are that, else the `likely` one."""
    return decode(data, "" if _is_utf8(data) else likely)[0]


def storable(text: str) -> str:
    """`text` without the characters that no database stores and no reader sees."""
    return _UNSTORABLE.sub("", text) if _UNSTORABLE.search(text) else text


@lru_cache(maxsize=512)
def codec_for(charset: str) -> str | None:
    """Python's codec for a charset label; '' if the label says nothing, None if unknown or refused."""
    label = charset.strip(" \"'\t\r\n;").lower()
    if label in _SAYS_NOTHING:
        return ""
    label = _NAMED_OTHERWISE.get(label, label)
    try:
        found = codecs.lookup(label)
    except (LookupError, ValueError, UnicodeError):
        return None
    if not getattr(found, "_is_text_encoding", True) or found.name.replace("-", "_") in _REFUSED:
        return None
    return _READ_AS.get(found.name, found.name)


def _plain_ascii(data: bytes, charset: str) -> tuple[str, str]:
    codec = codec_for(charset)
    if codec is None:
        return data.decode("ascii"), f"charset not read: {storable(charset)[:40]}"
    if codec.startswith(("utf-16", "utf-32")):
        return _decode(data, charset)
    return data.decode("ascii"), ""


def _decode(data: bytes, charset: str) -> tuple[str, str]:
    codec = codec_for(charset)
    if codec is None:
        return _guess(data), f"charset not read: {storable(charset)[:40]}"
    if codec == "":
        return _guess(data), "charset not stated"
    if not codec.startswith(_NEVER_MISTAKEN) and _is_utf8(data) and _betrays_utf8(data, codec):
        return data.decode("utf-8"), f"charset mislabelled: {charset[:40]}, read as utf-8"
    try:
        return data.decode(codec), ""
    except (UnicodeError, ValueError):
        return _damaged(data, codec), f"text is not in its stated charset: {storable(charset)[:40]}"


def _betrays_utf8(data: bytes, codec: str) -> bool:
    """Whether text that happens to be UTF-8 is no text in the stated charset: in some one letter may be both."""
    return codec in _WESTERN or len(_MULTIBYTE_UTF8.findall(data[:20_000])) >= 3


def _damaged(data: bytes, codec: str) -> str:
    if codec == "utf-8" and not _mostly_utf8(data):
        return _guess(data)
    if codec not in _WESTERN and not codec.startswith(_NEVER_MISTAKEN) and _mostly_utf8(data):
        return data.decode("utf-8", "replace")
    if codec == "iso2022_jp_ext":  # numbers in circles and the like, which Japanese Windows adds
        return data.replace(b"\x1b$B", b"\x1b$(Q").decode("iso2022_jp_2004", "replace")
    if codec == "cp1252":
        return data.decode("cp1252", "replace") if _HIGH.sub(b"", data) else data.decode("latin-1")
    return data.decode(codec, "replace")


def _guess(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\x1b$" in data:
        return data.decode("iso2022_jp_ext", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        codec = "utf-8" if _mostly_utf8(data) else _cyrillic(data[:20_000]) or "cp1252"
        return data.decode(codec, "replace")


def _cyrillic(data: bytes) -> str:
    """Which Cyrillic charset the bytes are in, '' if they are Western: there no word is all of accents.

    Most letters are small ones, which KOI8-R has below 0xE0 and Windows above.
    """
    if not _ACCENTS_ONLY.search(data):
        return ""
    high = _HIGH.findall(data)
    letters = sum(one >= b"\xc0" for one in high)
    if letters * 20 < len(high) * 19 or letters < len(_ASCII_LETTERS.findall(data)):
        return ""
    return "koi8-r" if sum(one < b"\xe0" for one in high) * 2 > len(high) else "cp1251"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(data: bytes) -> bool:
    """Whether the few bytes that are no UTF-8 look like damage rather than another charset."""
    sample = data[:200_000]
    try:
        return bool(codecs.getincrementaldecoder("utf-8")().decode(sample))  # only cut off in the middle of a letter
    except UnicodeDecodeError:
        pass
    good = sum(len(found) for found in _MULTIBYTE_UTF8.findall(sample))
    high = len(_HIGH.findall(sample))
    return good > 0 and good * 10 >= high * 8
