"""Signatures taken off the end of what somebody wrote; closings such as "Regards, Ngozi" stay, they are words."""

from channels.email import markers

# Below an ordinary "--" that many lines can still be a signature; more are a letter that goes on.
_MAX_SIGNATURE_LINES = 12
_MAX_SIGNATURE_LINE = 160
# Below "--" one sentence is a motto, but two are a letter that goes on under a rule.
_SENTENCES_OF_A_LETTER, _WORDS_OF_A_SENTENCE = 2, 5
_PGP_BEGINS = "-----BEGIN PGP SIGNED MESSAGE-----"
_PGP_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_PGP_ENDS = "-----END PGP SIGNATURE-----"


def without(lines: list[str]) -> str:
    """The lines as text, without the signature and without the mail program's own advertisement."""
    lines = _without_pgp(lines)
    lines = _without_block(lines)
    lines = [line for line in lines if not (is_advertisement(line) or _is_rule(line))]
    end = len(lines)
    while end and (not lines[end - 1].strip() or markers.RULE.match(lines[end - 1])):
        end -= 1
    start = 0
    while start < end and not lines[start].strip():
        start += 1
    return "\n".join(_without_wide_gaps(lines[start:end])).strip()


def is_advertisement(line: str) -> bool:
    """Whether a line is "Sent from my …" and its kin; a long sentence that only begins so is somebody's own."""
    if len(line) > 200 or not markers.SENT_FROM.match(line):
        return False
    return len(line.split()) <= markers.MAX_ADVERTISEMENT_WORDS


def _is_rule(line: str) -> bool:
    return len(line) < 200 and bool(markers.RULE.match(line))


def _without_block(lines: list[str]) -> list[str]:
    said_something = False
    for at, line in enumerate(lines):
        if said_something and markers.SIGNATURE_MARK.match(line) and _is_signature(lines[at + 1 :]):
            return lines[:at]
        said_something = said_something or bool(line.strip())
    return lines


def _is_signature(below: list[str]) -> bool:
    written = [line for line in below if line.strip()]
    if len(written) > _MAX_SIGNATURE_LINES or any(len(line) > _MAX_SIGNATURE_LINE for line in written):
        return False
    return sum(_is_sentence(line) for line in written) < _SENTENCES_OF_A_LETTER


def _is_sentence(line: str) -> bool:
    return len(line.split()) >= _WORDS_OF_A_SENTENCE and line.endswith((".", "!", "?"))


def _without_pgp(lines: list[str]) -> list[str]:
    """The armour of a clear-signed mail taken off; the dashes it escaped put back."""
    if _PGP_BEGINS not in lines:
        return lines
    begin = lines.index(_PGP_BEGINS)
    end = lines.index(_PGP_SIGNATURE) if _PGP_SIGNATURE in lines else len(lines)
    after = lines.index(_PGP_ENDS) + 1 if _PGP_ENDS in lines else end
    inside = lines[begin + 1 : end]
    while inside and inside[0].strip():
        inside.pop(0)  # "Hash: SHA256"
    return lines[:begin] + [line.removeprefix("- ") for line in inside] + lines[after:]


def _without_wide_gaps(lines: list[str]) -> list[str]:
    return [line for at, line in enumerate(lines) if line.strip() or (at and lines[at - 1].strip())]
