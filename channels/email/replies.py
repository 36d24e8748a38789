"""What the sender wrote this time: the text without quoted history and without the signature.

Line by line and in one pass, so that a megabyte of `>` costs no more than a megabyte of letters. When nothing
would be left, nothing is taken away: a reader can skip too much, but nobody can read what was cut by mistake.
A forwarded mail is no history: its sender wants it read.
"""

from collections.abc import Iterator

from channels.email import header_blocks, html_text, markers, signatures

MAX_LINES = 20_000
_MAX_ATTRIBUTION_LINES = 4
_MAX_CANDIDATES = 500
_ENDS_LIKE_ONE = (":", "：", ">", "-", "wrote")


def new_text(marked: str, *, subject: str = "") -> str:
    """The new part of `marked`, a body as `body.read` leaves it; the whole text when everything looks quoted."""
    lines = list(_lines(marked))[1:]
    if not markers.FORWARD_SUBJECT.match(subject):
        kept = signatures.without(_without_history(lines))
        if kept:
            return kept
    whole = [line for line in lines if line != html_text.HISTORY]
    return signatures.without(whole) or "\n".join(whole).strip()


def _lines(marked: str) -> Iterator[str]:
    """The lines without blanks at their ends, and each attribution on lines of its own.

    Some programs run it into the sender's own words; some break it inside an address, before the `>`.
    """
    before = ""
    for line in marked.replace("\xa0", " ").replace("\u200b", "").split("\n")[:MAX_LINES]:
        line = line.rstrip()
        if markers.BROKEN_ADDRESS.search(before[-200:]) and markers.REST_OF_ATTRIBUTION.match(line):
            before += line
            continue
        yield from _apart(before)
        before = line
    yield from _apart(before)


def _apart(line: str) -> tuple[str, ...]:
    if "wrote:" not in line or is_quoted(line):
        return (line,)
    together = markers.RUN_TOGETHER.match(line) if "wrote:" in line[: header_blocks.LONGEST_LINE] else None
    if together:
        return together["said"], together["attribution"]
    into = markers.RUN_INTO.match(line)
    return (into["attribution"], into["rest"]) if into else (line,)


def is_quoted(line: str) -> bool:
    """Whether a line begins with `>`; ">>> look here <<<" is somebody's own ornament."""
    return (line.startswith(">") or line.lstrip(" ").startswith(">")) and not line.endswith("<<")


def _without_history(lines: list[str]) -> list[str]:
    attributions = _attributions(lines)
    kept: list[str] = []
    said_something = False
    at = 0
    while at < len(lines):
        line = lines[at]
        if _is_not_theirs(lines, at, said_something):
            at += 1
            continue
        if at in attributions:
            end, sure = attributions[at]
            quoted = _next_is_quoted(lines, end)
            if sure and said_something and not quoted:
                break
            if sure or quoted:
                at = end
                continue
        if len(line) < header_blocks.LONGEST_LINE and markers.FORWARDED.match(line):
            return kept + lines[at:]
        stop = header_blocks.history_begins(lines, at)
        if stop:
            if said_something:
                break
            if not _next_is_quoted(lines, stop):
                return kept + lines[at:]  # nothing above it: forwarded without a word
            at = stop
            continue
        kept.append(line)
        said_something = said_something or _says_something(line)
        at += 1
    return kept


def _is_not_theirs(lines: list[str], at: int, said_something: bool) -> bool:
    """Whether a line is quoted, or above all words a warning that our own mail gateway put there."""
    line = lines[at]
    if is_quoted(line) or _belongs_to_quote(lines, at):
        return True
    return not said_something and len(line) < header_blocks.LONGEST_LINE and bool(markers.BANNER.match(line))


def _says_something(line: str) -> bool:
    if not line.strip(" *_-–—=~#"):
        return False
    return not signatures.is_advertisement(line)


def _belongs_to_quote(lines: list[str], at: int) -> bool:
    """Whether a line is a link, or the end of one, that some program broke out of a quoted line."""
    if not at or not lines[at].endswith((")", ">")) or not is_quoted(lines[at - 1]):
        return False
    broken = " " not in lines[at].strip() and markers.LINK_BROKEN.search(lines[at - 1][-2_000:])
    return bool(broken or markers.LINK_ALONE.match(lines[at]))


def _next_is_quoted(lines: list[str], at: int) -> bool:
    for line in lines[at : at + 4]:
        if line.strip():
            return is_quoted(line)
    return False


def _attributions(lines: list[str]) -> dict[int, tuple[int, bool]]:
    """Where lines such as "On … wrote:" begin, where they end, and whether no person would have typed them."""
    found: dict[int, tuple[int, bool]] = {}
    examined = 0
    for last, line in enumerate(lines):
        if not line.endswith(_ENDS_LIKE_ONE) or len(line) > header_blocks.LONGEST_LINE or is_quoted(line):
            continue
        examined += 1
        if examined > _MAX_CANDIDATES:
            break
        first, joined = _attribution_ending(lines, last)
        if joined:
            found[first] = (last + 1, _no_person_typed(joined))
        elif markers.NAMED_ATTRIBUTION.match(line.strip()):
            found.setdefault(last, (last + 1, bool(markers.ADDRESS_AND_TIME.match(line))))
    return found


def _no_person_typed(attribution: str) -> bool:
    if attribution.startswith("--"):
        return True
    if attribution.endswith(">"):
        return False
    if markers.ADDRESS.search(attribution):
        return True
    return bool(markers.MACHINE_MADE.match(attribution)) and not markers.TOLD_BY_A_PERSON.search(attribution)


def _attribution_ending(lines: list[str], last: int) -> tuple[int, str]:
    """The first line of the attribution that ends with line `last`, and its words; '' if it is none."""
    joined = ""
    for first in range(last, max(-1, last - _MAX_ATTRIBUTION_LINES), -1):
        line = lines[first].strip()
        if not line or is_quoted(line) or len(joined) + len(line) > header_blocks.LONGEST_LINE:
            break
        joined = f"{line} {joined}".strip()
        if any(form.match(joined) for form in markers.ATTRIBUTIONS):
            return first, joined
    return last, ""
