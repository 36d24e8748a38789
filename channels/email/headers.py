"""The header of a mail or of one of its parts: found fast, kept raw, decoded only when asked for."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from urllib.parse import unquote_to_bytes

from channels.email import charsets, transfer

MAX_VALUE = 64_000
_MAX_LINES = 5_000
_LINE = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*([^\r\n]*+(?:\r?\n[ \t][^\r\n]*+)*+)(?:\r?\n|\r|\Z)")
# A line that belongs to no field, with another field right below it: torn folding, not the end of the header.
_TORN = re.compile(
    rb"[^\r\n]{1,998}\r?\n(?=(?:from|to|cc|subject|date|message-id|reply-to|in-reply-to|references|received|return-path|"
    rb"content-type|content-transfer-encoding|mime-version):[ \t])",
    re.I,
)
# An address broken inside its `<…>`, with no blank before its second half.
_OPEN_ADDRESS = re.compile(rb"<[^<>\s]*$")
_CLOSES_ADDRESS = re.compile(rb"([^<>\s:]{1,250}>[^\r\n:]{0,998})(?:\r?\n|\Z)")
_MAX_TORN = 5
# What may stand above the first field: an mbox's line, blank lines, blanks before the name itself.
_POSTMARK = re.compile(rb"(?:>?From [^\r\n]*\r?\n|[ \t]{0,1000}\r?\n)*[ \t]{0,1000}(?=[!-9;-~]{1,200}[ \t]*:)")
_END = re.compile(rb"[ \t]*(?:\r?\n|\Z)")
_FOLD = re.compile(r"\r?\n[ \t]*")
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?((?:[^?]|\?(?!=)){0,3000})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]{1,100}\?[bBqQ]\?)")
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,100})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))', re.S)
_SUMMER = re.compile(r"\bBST\b")  # British Summer Time, of which RFC 5322 knows nothing
_HAS_ZONE = re.compile(r"[+-]\d{4}|\d\s+[A-Z]{1,5}\s*(?:\(|$)")
_IDS = re.compile(r"<([^<>]{1,998})>")


class Headers:
    """Header fields by lower-case name, in their order, as the bytes that came.

    `charset` is what bytes are read as that no encoded word wraps and that are no UTF-8: usually the letter's own.
    """

    __slots__ = ("_fields", "charset")

    def __init__(self, fields: dict[str, list[bytes]]) -> None:
        self._fields = fields
        self.charset = ""

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __len__(self) -> int:
        return len(self._fields)

    def names(self) -> tuple[str, ...]:
        return tuple(self._fields)

    def raw(self, name: str) -> str:
        """The first field of that name, unfolded but with its encoded words as they stand."""
        values = self._fields.get(name)
        return _unfold(values[0], self.charset) if values else ""

    def every(self, name: str) -> tuple[str, ...]:
        return tuple(_unfold(value, self.charset) for value in self._fields.get(name, ()))

    def text(self, name: str) -> str:
        """The first field of that name as a person reads it."""
        return decode_words(self.raw(name)).strip()


def read(raw: bytes, start: int, end: int) -> tuple[Headers, int, str]:
    """The header between two offsets, the offset where the body begins, and what was wrong ('' if nothing)."""
    fields: dict[str, list[bytes]] = {}
    postmark = _POSTMARK.match(raw, start, end) if start == 0 else None
    at = postmark.end() if postmark else start
    torn, values = 0, [b""]
    for _ in range(_MAX_LINES):
        line = _LINE.match(raw, at, end)
        if line is None:
            if not fields or torn >= _MAX_TORN or _END.match(raw, at, end):
                break
            closing = _CLOSES_ADDRESS.match(raw, at, end) if _OPEN_ADDRESS.search(values[-1][-200:]) else None
            scrap = closing or _TORN.match(raw, at, end)
            if scrap is None:
                break
            if closing:
                values[-1] += closing.group(1)
            at, torn = scrap.end(), torn + 1
            continue
        name, value = line.groups()
        values = fields.setdefault(name.decode("ascii").lower(), [])
        values.append(value[:MAX_VALUE])
        at = line.end()
    blank = _END.match(raw, at, end)
    if blank:
        return Headers(fields), blank.end(), "header is damaged" if torn else ""
    return Headers(fields), at, "header is damaged" if fields else "no header"


def _unfold(value: bytes, charset: str) -> str:
    text = value.decode("ascii") if value.isascii() else charsets.undeclared(value, charset)
    return charsets.storable(_FOLD.sub(" ", text))


def decode_words(value: str) -> str:
    """RFC 2047, as the world writes it: split inside characters, blanks inside words, unknown charsets."""
    if "=?" not in value:
        return value
    value = _BETWEEN_WORDS.sub(r"\1", value[:MAX_VALUE])
    pieces: list[str] = []
    pending, pending_charset, at = b"", "", 0
    for word in _WORD.finditer(value):
        charset, coding, payload = word.groups()
        data = transfer.base64_bytes(payload.encode("ascii", "ignore")) if coding in "bB" else transfer.q_bytes(payload)
        between = value[at : word.start()]
        if between or charset.lower() != pending_charset:
            pieces += [charsets.decode(pending, pending_charset)[0], between]
            pending, pending_charset = data, charset.lower()
        else:
            pending += data  # one character may be cut in two by adjacent words
        at = word.end()
    pieces += [charsets.decode(pending, pending_charset)[0], value[at:]]
    return " ".join("".join(pieces).split("\n")).replace("\r", "")


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """A structured field such as Content-Type: its lower-case main value and its parameters (RFC 2231 joined)."""
    main, _, _ = value.partition(";")
    found: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for name, quoted, bare in _PARAMETER.findall(value[:MAX_VALUE]):
        name = name.lower()
        content = re.sub(r"\\(.)", r"\1", quoted) if quoted else bare.strip().strip('"')
        if "*" not in name:
            found.setdefault(name, decode_words(content))
            continue
        stem, _, order = name.partition("*")
        encoded = order.endswith("*") or order == ""
        number = order.rstrip("*") or "0"
        if number.isdecimal() and len(number) < 4:
            pieces.setdefault(stem, {})[int(number)] = (encoded, content)
    for stem, parts in pieces.items():
        found[stem] = _join_2231(parts)
    return main.strip().lower(), found


def _join_2231(parts: dict[int, tuple[bool, str]]) -> str:
    charset, data = "", b""
    for number in sorted(parts):
        encoded, content = parts[number]
        if encoded and number == 0 and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        data += unquote_to_bytes(content) if encoded else content.encode("utf-8", "replace")
    return charsets.decode(data, charset)[0]


def message_ids(value: str) -> tuple[str, ...]:
    """Every message id in a field, each as `<…>` without blanks, at most 200 of them."""
    found = [f"<{''.join(one.split())}>" for one in _IDS.findall(value[:MAX_VALUE]) if one.strip()]
    if not found and "@" in value:
        found = [f"<{one}>" for one in re.split(r"[<>,\s]+", value[:MAX_VALUE]) if "@" in one]
    return tuple(dict.fromkeys(found))[:200]


def moment(value: str) -> tuple[datetime | None, str]:
    """A Date field in UTC, and what was wrong with it ('' if nothing was)."""
    try:
        found = parsedate_tz(_SUMMER.sub("+0100", value[:200]))
        if found is None:
            return None, "date not readable" if value.strip() else "no date"
        zone = timezone(timedelta(seconds=found[9] or 0))
        year, month, day, hour, minute, second = found[:6]
        local = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
        return local.astimezone(UTC), "" if _HAS_ZONE.search(value[:200]) else "date without a zone, read as UTC"
    except (ValueError, OverflowError, TypeError, IndexError):
        return None, "date not readable"
