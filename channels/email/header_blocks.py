"""Where history begins without a single `>`: "-----Original Message-----", "From: … Sent: … To: …", a rule above it."""

from channels.email import html_text, markers

LONGEST_LINE = 600
_MAX_HEADER_LINES = 14


def history_begins(lines: list[str], at: int) -> int:
    """The line after a mark that everything below is history; 0 if there is no such mark at `at`."""
    line = lines[at]
    if line == html_text.HISTORY:
        return at + 1
    if not line.strip() or len(line) > LONGEST_LINE:
        return 0
    if markers.DELIMITER.match(line) or markers.REPLY_ABOVE.match(line):
        return _block(lines, at + 1) or at + 1
    if markers.RULE.match(line):
        after = at + 1
        while after < len(lines) and after < at + 3 and not lines[after].strip():
            after += 1
        return _block(lines, after)
    return _block(lines, at)


def _block(lines: list[str], at: int) -> int:
    """The line after a block of header lines, or 0: at least three, one of them the sender's. Names may be folded.

    Two are enough when one has an address and the other a date with its time.
    """
    while at < len(lines) and not lines[at].strip():
        if at + 1 < len(lines) and not lines[at + 1].strip():
            return 0
        at += 1
    if at >= len(lines) or not markers.HEADER_LINE.match(lines[at]):
        return 0
    has_sender = bool(markers.SENDER_LINE.match(lines[at]))
    count, end, blanks = 1, at + 1, 0
    for number in range(at + 1, min(len(lines), at + _MAX_HEADER_LINES)):
        line = lines[number][:LONGEST_LINE]
        if markers.HEADER_LINE.match(line):
            has_sender = has_sender or bool(markers.SENDER_LINE.match(line))
            count, end, blanks = count + 1, number + 1, 0
        elif not line.strip():
            blanks += 1
            if blanks > 1 or count >= 4:
                break
        elif number - end >= 2:
            break
    if count >= 3 and has_sender:
        return end
    return end if count == 2 and _addressed_and_dated([line for line in lines[at:end] if line.strip()]) else 0


def _addressed_and_dated(block: list[str]) -> bool:
    dated = [line for line in block if markers.DATED_LINE.match(line)]
    addressed = [line for line in block if line not in dated and markers.ADDRESSED.search(line)]
    return len(block) == 2 and bool(dated and addressed)
