"""HTML to the text that a reader would see, with `>` before what a mail program marked as quoted.

A single pass over tags with bounded patterns: no tree is built, so a hostile page costs no more than a long one.
"""

import re
from html import unescape

from channels.email import charsets

MAX_HTML = 3_000_000
# Stands alone on a line where a mail program's own markup says that the history begins.
HISTORY = "\ue000"
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_HIDDEN = re.compile(r"<(script|style|title|template)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.S | re.I)
_BODY = re.compile(r"<body\b", re.I)
_TOKEN = re.compile(
    r"<(?P<close>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9:]{0,30})"
    r"(?P<inside>(?>(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+(?=>)|[^<>]*+))>"
    r"|<[!?][^<>]*>|(?P<text>[^<]+|<)"
)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_TOO_MANY_LINES = re.compile(r"\n{3,}")
_HISTORY_MARK = re.compile(
    r"""\b(?:id|name|class)\s*=\s*["']?(?:x_)*(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|replySplit|zwchr"""
    r"""|mail-editor-reference-message-container|messageReplySection"""
    r"""|stopSpelling|hmStopSpelling|ms-outlook-mobile-reference-message)""",
    re.I,
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.I)
# Gmail and Outlook indent a person's own paragraph with the element that otherwise marks a quotation.
_INDENT = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)|margin(?:-left)?\s*:\s*(?:0(?:px)?\s+){0,3}40px", re.I)
_PARAGRAPH = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "hr", "blockquote"})
_BLOCK = _PARAGRAPH | frozenset(
    {"div", "tr", "li", "dt", "dd", "section", "article", "header", "footer", "center", "form", "address", "fieldset"}
)
_MAX_QUOTE_DEPTH = 20


def to_text(html: str) -> str:
    """The text of a page or fragment; never raises."""
    html = _COMMENT.sub("", html[:MAX_HTML])
    body = _BODY.search(html)
    writer = _Writer()
    for token in _TOKEN.finditer(_HIDDEN.sub(" ", html[body.start() if body else 0 :])):
        tag = token["tag"]
        if tag is None:
            if token["text"]:
                writer.write(token["text"])
        elif token["close"]:
            writer.close(tag.lower())
        else:
            writer.open(tag.lower(), token["inside"])
    return charsets.storable(_TOO_MANY_LINES.sub("\n\n", writer.finished()).strip())


class _Writer:
    """Collects lines, knowing how deep in quotations and preformatted text it stands."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = 0
        self._quotes: list[int] = []
        self._preformatted = 0
        self._skipping = ""
        self._skip_depth = 0

    def write(self, text: str) -> None:
        if self._skipping:
            return
        text = unescape(text) if "&" in text else text
        if self._preformatted:
            first, *rest = text.split("\n")
            self._line.append(first)
            for line in rest:
                self._break()
                self._line.append(line)
            return
        text = _BLANKS.sub(" ", text)
        if text == " " and (not self._line or self._line[-1].endswith(" ")):
            return
        self._line.append(text)

    def open(self, tag: str, inside: str) -> None:
        if self._skipping:
            self._skip_depth += tag == self._skipping
            return
        if tag == "br":
            self._break(even_if_empty=True)
        elif tag in _BLOCK:
            self._open_block(tag, inside)
        elif tag in ("td", "th") and self._line:
            self._line.append(" ")
        if inside and _HIDDEN_STYLE.search(inside) and tag in ("div", "span", "p", "table"):
            self._skipping, self._skip_depth = tag, 1

    def close(self, tag: str) -> None:
        if self._skipping:
            self._skip_depth -= tag == self._skipping
            if self._skip_depth <= 0:
                self._skipping = ""
            return
        if tag not in _BLOCK:
            return
        self._break()
        if tag == "blockquote" and self._quotes:
            self._depth -= self._quotes.pop()
        if tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        if tag in _PARAGRAPH:
            self._gap()

    def finished(self) -> str:
        self._break()
        return "\n".join(self._lines)

    def _open_block(self, tag: str, inside: str) -> None:
        self._break()
        if tag in _PARAGRAPH:
            self._gap()
        if inside and _HISTORY_MARK.search(inside):
            self._lines.append(HISTORY)
        match tag:
            case "blockquote":
                indented = _INDENT.search(inside) and "cite" not in inside
                self._quotes.append(0 if indented or self._depth >= _MAX_QUOTE_DEPTH else 1)
                self._depth += self._quotes[-1]
            case "pre":
                self._preformatted += 1
            case "li":
                self._line.append("- ")

    def _break(self, *, even_if_empty: bool = False) -> None:
        text = "".join(self._line)
        text = text.rstrip() if self._preformatted else text.strip(" ")
        self._line.clear()
        if text or even_if_empty:
            self._lines.append(self._quoted(text.replace("\xa0", " ")))

    def _gap(self) -> None:
        if not self._lines:
            return
        if self._lines[-1].strip("> "):
            self._lines.append(self._quoted(""))
        else:
            self._lines[-1] = self._quoted("")

    def _quoted(self, text: str) -> str:
        return f"{'>' * self._depth} {text}".rstrip() if self._depth else text
