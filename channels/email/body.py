"""Which parts are the letter and which are its enclosures, and what the letter says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.email import charsets, enclosures, html_text, opaque, structure, tnef
from channels.email.structure import Part
from channels.message import Attachment

MAX_TEXT = 1_000_000
_STATED_IN_PAGE = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([a-zA-Z0-9_:.-]{2,40})", re.I)
_PLACEHOLDER = re.compile(
    r"this (?:message|e-?mail) (?:is in|requires|contains) (?:an? )?html|to view this (?:message|e-?mail)|"
    r"(?:your|this) (?:(?:e-?)?mail )?(?:client|program|reader|viewer)[^.]{0,60}(?:not support|html)|"
    r"view (?:this email )?in (?:your )?browser",
    re.I,
)
_OPAQUE = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_LINES = re.compile(r"\r\n|\r|\n|\u2028|\u2029|\x0c|\x85")


@dataclass(slots=True)
class Body:
    """What was written and what was enclosed; `marked` is the text with the page's own history marks left in."""

    marked: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    special: list[Part] = field(default_factory=list)
    outlooks: list[tnef.Contents] = field(default_factory=list)
    accepts_an_invitation: bool = False

    @property
    def text(self) -> str:
        return self.marked.replace(html_text.HISTORY + "\n", "").replace(html_text.HISTORY, "").strip("\n")


def read(root: Part, problems: list[str]) -> Body:
    """The letter: plain text where it says something, else the HTML turned to text, pieces in their order."""
    body = Body()
    pieces: list[str] = []
    length = 0
    for leaf in _chosen(root, body, problems):
        piece = _as_text(leaf, problems)
        if length + len(piece) > MAX_TEXT:
            problems.append(f"text longer than {MAX_TEXT:,} characters, the rest left in the original")
            piece = piece[: max(0, MAX_TEXT - length)]
        length += len(piece)
        if piece.strip() and piece not in pieces[-1:]:
            pieces.append(piece.strip("\n"))
    body.marked = "\n\n".join(pieces or _outlooks_letter(body, problems)).rstrip()
    return body


def _outlooks_letter(body: Body, problems: list[str]) -> list[str]:
    """The letter inside a winmail.dat, for a mail that has no other."""
    for outlook in body.outlooks:
        if outlook.plain or outlook.html:
            return [(outlook.plain or html_text.to_text(outlook.html))[:MAX_TEXT].strip()]
        if outlook.rich:
            problems.append("letter in winmail.dat is rich text, not read")
    return []


def _chosen(part: Part, body: Body, problems: list[str]) -> Iterator[Part]:
    """The leaves that are text to read, depth first; every other leaf becomes an attachment."""
    if part.content_type in _OPAQUE and (signed := opaque.signed_content(part.decoded([]))):
        yield from _chosen(structure.read(signed, problems), body, problems)
        _enclose(part, body, problems)
    elif not part.is_multipart:
        if enclosures.is_text_to_read(part):
            yield part
        else:
            _enclose(part, body, problems)
    elif part.content_type == "multipart/alternative":
        yield from _best(part, body, problems)
    elif part.content_type == "multipart/related":
        root = _root_of_related(part)
        yield from _chosen(root, body, problems)
        for child in part.children:
            for leaf in child.leaves() if child is not root else ():
                _enclose(leaf, body, problems)
    else:
        for child in part.children:
            yield from _chosen(child, body, problems)


def _root_of_related(part: Part) -> Part:
    """The part that the others belong to: the one that `start` names, else the first (RFC 2387)."""
    start = part.parameters.get("start", "").strip(" <>")
    named = (child for child in part.children if start and child.headers.raw("content-id").strip(" <>") == start)
    return next(named, part.children[0])


def _best(part: Part, body: Body, problems: list[str]) -> Iterator[Part]:
    """One alternative: the plain one, unless it is blank or only says that one should look at the other."""
    offered: list[tuple[bool, list[Part]]] = []
    for child in part.children:
        aside = Body()
        leaves = list(_chosen(child, aside, problems))
        body.attachments += aside.attachments
        body.special += aside.special
        body.outlooks += aside.outlooks
        body.accepts_an_invitation |= aside.accepts_an_invitation
        if leaves:
            offered.append((all(leaf.content_type != "text/html" for leaf in leaves), leaves))
    plain = [leaves for is_plain, leaves in offered if is_plain]
    rich = [leaves for is_plain, leaves in offered if not is_plain]
    if plain and (not rich or _says_something(plain[0])):
        yield from plain[0]
    elif rich:
        yield from rich[-1]


def _says_something(leaves: list[Part]) -> bool:
    text = "\n".join(_as_text(leaf, []) for leaf in leaves).strip()
    return bool(text) and not (len(text) < 400 and _PLACEHOLDER.search(text))


def _as_text(part: Part, problems: list[str]) -> str:
    data = part.decoded(problems)
    stated = part.parameters.get("charset", "")
    if part.content_type == "text/html":
        if not stated and (found := _STATED_IN_PAGE.search(data, 0, 4_000)):
            stated = found.group(1).decode("ascii")
        page, problem = charsets.decode(data[: html_text.MAX_HTML], stated)
        text = html_text.to_text(page.replace(html_text.HISTORY, ""))
    else:
        text, problem = charsets.decode(data[: 4 * MAX_TEXT], stated)
        text = text.replace(html_text.HISTORY, "")
        text = _LINES.sub("\n", text) if "\r" in text or not text.isascii() or "\x0c" in text else text
        if part.parameters.get("format", "").lower() == "flowed":
            text = _unflowed(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    if problem:
        problems.append(problem)
    return text


def _unflowed(text: str, *, delete_space: bool) -> str:
    """RFC 3676: soft line breaks undone, paragraph by paragraph, never across quote depths or a signature mark."""
    paragraphs: list[list[str]] = []
    open_depth = -1
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        flows = bare.endswith(" ") and bare != "-- "
        piece = bare[:-1] if flows and delete_space else bare
        if open_depth == depth and bare != "-- ":
            paragraphs[-1].append(piece)
        else:
            paragraphs.append([f"{'>' * depth} {piece}" if depth else piece])
        open_depth = depth if flows else -1
    return "\n".join("".join(pieces) for pieces in paragraphs)


def _enclose(part: Part, body: Body, problems: list[str]) -> None:
    if part.content_type in enclosures.SPECIAL:
        body.special.append(part)
    if part.content_type == "text/calendar":
        body.accepts_an_invitation |= enclosures.accepts_an_invitation(part)
    enclosed = enclosures.as_attachment(part, problems)
    body.attachments.append(enclosed)
    outlook = tnef.read(enclosed.content)
    if outlook is not None:
        body.outlooks.append(outlook)
        body.attachments += enclosures.from_outlook(outlook)
