"""What the sender wrote this time: the text without quoted history and without the signature.

Line by line and in one pass, so that a megabyte of `>` costs no more than a megabyte of letters. When nothing
would be left, nothing is taken away: a reader can skip too much, but nobody can read what was cut by mistake.
"""

from channels.email import html_text, markers, signatures

MAX_LINES = 20_000
_MAX_HEADER_LINES = 12
_MAX_ATTRIBUTION_LINES = 4
_MAX_CANDIDATES = 500
_LONGEST_MARK = 600


def new_text(marked: str) -> str:
    """The new part of `marked`, a body as `body.read` leaves it; the whole text when everything looks quoted."""
    lines = [line.rstrip() for line in marked.replace("\xa0", " ").replace("\u200b", "").split("\n")[:MAX_LINES]]
    kept = signatures.without(_without_history(lines))
    if kept:
        return kept
    whole = [line for line in lines if line != html_text.HISTORY]
    return signatures.without(whole) or "\n".join(whole).strip()


def _without_history(lines: list[str]) -> list[str]:
    attributions = _attributions(lines)
    kept: list[str] = []
    said_something = False
    at = 0
    while at < len(lines):
        line = lines[at]
        if is_quoted(line):
            at += 1
            continue
        if at in attributions:
            end, sure = attributions[at]
            if _next_is_quoted(lines, end):
                at = end
                continue
            if sure and said_something:
                break
            if sure and not said_something:
                at = end
                continue
        stop = _history_begins(lines, at)
        if stop:
            if said_something:
                break
            if not _next_is_quoted(lines, stop):
                return kept + lines[at:]  # a forwarded mail: its content is what the sender wants read
            at = stop
            continue
        kept.append(line)
        said_something = said_something or _says_something(line)
        at += 1
    return _without_rule_at_end(kept)


def is_quoted(line: str) -> bool:
    return line.startswith(">") or line.lstrip(" ").startswith(">")


def _says_something(line: str) -> bool:
    return bool(line.strip(" *_-–—=~#")) and not (len(line) < _LONGEST_MARK and markers.SENT_FROM.match(line))


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
        if len(line) > _LONGEST_MARK or not line.endswith((":", "：")) or is_quoted(line):
            continue
        examined += 1
        if examined > _MAX_CANDIDATES:
            break
        joined = ""
        for first in range(last, max(-1, last - _MAX_ATTRIBUTION_LINES), -1):
            if not lines[first].strip() or is_quoted(lines[first]) or len(joined) + len(lines[first]) > _LONGEST_MARK:
                break
            joined = f"{lines[first].strip()} {joined}".strip()
            if markers.ATTRIBUTION.match(joined) or markers.DATED_ADDRESS.match(joined):
                found[first] = (last + 1, bool(markers.MACHINE_MADE.search(joined)))
                break
        if last not in found and markers.NAMED_ATTRIBUTION.match(line.strip()):
            found.setdefault(last, (last + 1, "@" in line))
    return found


def _history_begins(lines: list[str], at: int) -> int:
    """The line after a mark that everything below is history; 0 if there is no such mark at `at`."""
    line = lines[at]
    if line == html_text.HISTORY:
        return at + 1
    if not line.strip() or len(line) > _LONGEST_MARK:
        return 0
    if markers.DELIMITER.match(line) or markers.REPLY_ABOVE.match(line):
        return _header_block(lines, at + 1) or at + 1
    if markers.RULE.match(line):
        after = at + 1
        while after < len(lines) and after < at + 3 and not lines[after].strip():
            after += 1
        return _header_block(lines, after)
    return _header_block(lines, at)


def _header_block(lines: list[str], at: int) -> int:
    """The line after "From: … Sent: … To: …", or 0. Names may be folded over two lines."""
    while at < len(lines) and not lines[at].strip() and at:
        if not any(line.strip() for line in lines[at : at + 2]):
            return 0
        at += 1
    if at >= len(lines) or not markers.SENDER_LINE.match(lines[at]):
        return 0
    others, end, blanks = 0, at + 1, 0
    for number in range(at + 1, min(len(lines), at + _MAX_HEADER_LINES)):
        line = lines[number]
        if markers.HEADER_LINE.match(line):
            others, end, blanks = others + 1, number + 1, 0
        elif not line.strip():
            blanks += 1
            if blanks > 1 or others >= 3:
                break
        elif number - end >= 2:
            break
    return end if others >= 2 else 0


def _without_rule_at_end(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and (not lines[end - 1].strip() or markers.RULE.match(lines[end - 1])):
        end -= 1
    return lines[:end]
