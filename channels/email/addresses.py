"""Address lists as people and programs write them: names, groups, comments, encoded words, and damage."""

import re
from dataclasses import dataclass

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
_LOOKS_LIKE_ADDRESS = re.compile(r"[^\s@<>,;:\"']{1,64}@[^\s@<>,;:\"']{1,255}")


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox; `address` is lower-case, `name` decoded."""

    address: str
    name: str = ""


def read(value: str) -> tuple[Address, ...]:
    """Every mailbox of a From, To, Cc or Reply-To field; groups are opened, empty groups vanish."""
    found: list[Address] = []
    name: list[str] = []
    comment, angle = "", None
    for token in _TOKEN.finditer(value[:MAX_VALUE]):
        kind, content = token.lastgroup, token.group(token.lastgroup or 0)
        match kind:
            case "mark" if content == ":" and "@" not in "".join(name) and angle is None:
                name, comment = [], ""  # the name of a group
            case "mark" if content == ":":
                name.append(content)
            case "mark":
                _add(found, name, comment, angle)
                name, comment, angle = [], "", None
            case "angle":
                angle = content if angle is None or "@" not in angle else angle
            case "comment":
                comment = comment or content
            case "quoted":
                name.append(_INSIDE_QUOTES.sub(r"\1", content))
            case "gap":
                name.append(" ")
            case _:
                name.append(content)
        if len(found) >= _MAX_ADDRESSES:
            return tuple(found)
    _add(found, name, comment, angle)
    return tuple(found)


def only(value: str) -> tuple[str, ...]:
    """The addresses of a field without the names."""
    return tuple(one.address for one in read(value))


def domain(address: str) -> str:
    return address.rpartition("@")[2]


def _add(found: list[Address], name: list[str], comment: str, angle: str | None) -> None:
    written = decode_words("".join(name)).strip()
    if angle is not None:
        address, called = angle, written
    else:
        inside = _LOOKS_LIKE_ADDRESS.search(written)
        address = inside.group() if inside and " " in written else written
        called = written.replace(address, "").strip() if inside and " " in written else ""
    address = _tidy(address)
    if not address and angle is None:
        return
    if not address and _LOOKS_LIKE_ADDRESS.fullmatch(called):
        address, called = called.lower(), ""
    called = called or decode_words(comment)
    called = " ".join(_unquoted(called.strip().strip("<>")).split())
    if address or called:
        found.append(Address(address, "" if called.lower() == address else called))


def _unquoted(name: str) -> str:
    """Outlook's 'Ngozi Okafor' without its quotes, but O'Brien, "Pat" as it is."""
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"" else name


def _tidy(address: str) -> str:
    """Lower case, no blanks, no `mailto:`, no source route."""
    address = "".join(address.split()).strip("'\"").lower().removeprefix("mailto:").removeprefix("smtp:")
    if address.startswith("@") and ":" in address:
        address = address.partition(":")[2]
    return address.strip(".,;")[:320]
