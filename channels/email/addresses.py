"""Address lists as people and programs write them: names, groups, comments, encoded words, and damage."""

import re
from dataclasses import dataclass, field

from channels.email.headers import MAX_VALUE, decode_words

_MAX_ADDRESSES = 1_000
_TOKEN = re.compile(
    r"(?P<word>=\?[^?\s]{1,100}\?[bBqQ]\?[^?]{0,3000}\?=)"
    r'|"(?P<quoted>(?:[^"\\]|\\.){0,500}+)"'
    r"|\((?P<comment>(?:[^()\\]++|\\.|\([^()]{0,300}+\)){0,50}+)\)"
    r"|<(?P<angle>[^<>]*)>"
    r"|(?P<mark>[,;:])"
    r"|(?P<text>[^\s\"(<,;:=]+|\S)"
    r"|(?P<gap>\s+)",
    re.S,
)
_INSIDE_QUOTES = re.compile(r"\\(.)")
_QUOTED_BOX = re.compile(r'"[^"\\\r\n]{1,64}"@[^\s@"]{1,255}')  # a box whose name has blanks in it
_LOOKS_LIKE_ADDRESS = re.compile(r"[^\s@<>,;:\"']{1,64}@[^\s@<>,;:\"']{1,255}")


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox; `address` is lower-case, `name` decoded."""

    address: str
    name: str = ""


def read(value: str) -> tuple[Address, ...]:
    """Every mailbox of a From, To, Cc or Reply-To field; groups are opened, empty groups vanish."""
    found: list[Address] = []
    box = _Mailbox()
    for token in _TOKEN.finditer(value[:MAX_VALUE]):
        kind, content = token.lastgroup, token.group(token.lastgroup or 0)
        if kind == "mark" and content == ":" and box.names_a_group():
            box = _Mailbox()
        elif kind == "mark" and content != ":":
            box.add_to(found)
            box = _Mailbox()
        elif kind == "angle" and box.is_full(content):
            rest = box.cut()
            box.add_to(found)
            box = _Mailbox(rest)
            box.take(kind, content)
        else:
            box.take(kind, content)
        if len(found) >= _MAX_ADDRESSES:
            return tuple(found)
    box.add_to(found)
    return tuple(found)


def only(value: str) -> tuple[str, ...]:
    """The addresses of a field without the names; a name alone is none."""
    return tuple(one.address for one in read(value) if one.address)


def domain(address: str) -> str:
    return address.rpartition("@")[2]


@dataclass(slots=True)
class _Mailbox:
    """The pieces of one mailbox as they are found; `before` says how many of the names stood before the `<…>`."""

    name: list[str] = field(default_factory=list)
    comment: str = ""
    angle: str | None = None
    before: int = 0

    def take(self, kind: str | None, content: str) -> None:
        match kind:
            case "angle":
                self.angle = content if self.angle is None or "@" not in self.angle else self.angle
                self.before = len(self.name)
            case "comment":
                self.comment = self.comment or content
            case "quoted":
                self.name.append(_INSIDE_QUOTES.sub(r"\1", content))
            case "gap":
                self.name.append(" ")
            case _:
                self.name.append(content)

    def names_a_group(self) -> bool:
        return self.angle is None and "@" not in "".join(self.name)

    def is_full(self, another: str) -> bool:
        """Whether `another` address in `<…>` is of a further mailbox, from which a comma is missing."""
        return self.angle is not None and "@" in self.angle and "@" in another and _tidy(self.angle) != _tidy(another)

    def cut(self) -> list[str]:
        """Take away the name after the `<…>`: it is the next mailbox's."""
        rest = self.name[self.before :]
        del self.name[self.before :]
        return rest

    def add_to(self, found: list[Address]) -> None:
        written = decode_words("".join(self.name)).strip()
        address, called = self.angle, written
        if address is None:
            inside = _LOOKS_LIKE_ADDRESS.search(written)
            several = " " in written
            address = inside.group() if inside and several else "" if several else written
            called = written.replace(address, "").strip() if several else ""
        address = _tidy(address)
        if not address and _LOOKS_LIKE_ADDRESS.fullmatch(called):
            address, called = called.lower(), ""
        called = called or decode_words(self.comment)
        called = " ".join(_unquoted(called.strip().strip("<>")).split())
        if address or called:
            found.append(Address(address, "" if called.lower() == address else called))


def _unquoted(name: str) -> str:
    """Outlook's 'Ngozi Okafor' without its quotes, but O'Brien, "Pat" as it is."""
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"" else name


def _tidy(address: str) -> str:
    """Lower case, no blanks, no `mailto:`, no source route."""
    if _QUOTED_BOX.fullmatch(address.strip()):
        return address.strip().lower()[:320]
    address = "".join(address.split()).strip("'\"").lower().removeprefix("mailto:").removeprefix("smtp:")
    if address.startswith("@") and ":" in address:
        address = address.partition(":")[2]
    return address.strip(".,;")[:320]
