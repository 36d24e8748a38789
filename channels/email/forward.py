"""The resident's own mail inside one that a colleague forwarded: printed below a line, or enclosed whole. Pure.

Of several levels the outermost that is not our own is taken: whoever wrote that one wrote to the landlord. What
stands below it is its own history. Where no address of somebody else can be read, there is no original: it is
never guessed.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC

from channels.channel import Original
from channels.email import addresses, forward_dates, inbound, markers, proof, replies
from channels.email.addresses import Address
from channels.message import InboundMessage

_LABELS = {
    "from": "from|de|de la|von|od|da|van|från|fra|oddi wrth|expéditeur|от|发件人|差出人",
    "date": (
        "sent|date|envoyé|envoyé le|wysłano|wysłane|wysłana|data|trimis|enviado|enviada|enviado em|enviada em|"
        "enviado el|fecha|gesendet|gesendet am|datum|inviato|verzonden|skickat|sendt|anfonwyd|dyddiad|отправлено|дата|"
        "发送时间|送信日時"
    ),
    "subject": "subject|objet|temat|subiect|assunto|asunto|betreff|oggetto|onderwerp|ämne|emne|pwnc|тема|主题|件名",
    "to": "to|à|do|către|catre|para|an|a|aan|till|til|at|кому|收件人|宛先",
    "other": "cc|dw|kopie|copie à|cc à|cópia|reply-to|importance|attachments?|bcc",
}
_NAMED = "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items())
_HEADER = re.compile(rf"^[\s*_|]{{0,6}}(?:{_NAMED})\s?\*{{0,2}}\s?[:：]\*{{0,2}}\s*(?P<value>.*)$", re.I)
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"']{1,64}@[^\s@<>()\[\],;:\"']{1,255}")
_BARE = re.compile(r"^(?:\s*(?:re|fwd?|aw|sv|odp|rv|wg|tr|pd|i|vb)\s*(?:\[\d+\])?\s*:)+\s*", re.I)
_QUOTE = re.compile(r"^\s?(?:>\s?)+")
_MAX_LINES = 20_000
_MAX_BLOCK = 14
_MAX_BLOCKS = 200
_DEEPEST = 5


@dataclass(slots=True)
class _Block:
    """The header lines of one printed mail: where they begin and end, and what they say."""

    begins: int
    ends: int
    announced: bool
    said: dict[str, str] = field(default_factory=dict)


def original(message: InboundMessage, *, ours: Collection[str], asked: bool, authserv_id: str = "") -> Original | None:
    """What somebody first wrote in a colleague's `message`; None where there is no telling.

    `ours` are our own addresses and domains. `asked` says that it came to the address for forwards, where any printed
    mail counts; elsewhere only what its subject or its program calls a forward does, since a reply prints one as well.
    """
    if message.kind != "message":
        return None
    found = _enclosed(message, ours, asked=asked) or _printed(message, ours, asked=asked)
    if found is None:
        return None
    return replace(found, proven=proof.proven(message.raw, message.sender, authserv_id))


def _enclosed(message: InboundMessage, ours: Collection[str], *, asked: bool, deep: int = 0) -> Original | None:
    """The original that is enclosed as a mail of its own."""
    for file in message.attachments:
        if file.content_type not in ("message/rfc822", "message/global") or deep >= _DEEPEST:
            continue
        inner = inbound.read(file.content, received_at=message.received_at)
        same = _bare(inner.subject) == _bare(message.subject)
        if not (asked or same or markers.FORWARD_SUBJECT.match(message.subject)):
            continue
        if _is_ours(inner.sender, ours):
            found = _enclosed(inner, ours, asked=True, deep=deep + 1) or _printed(inner, ours, asked=True)
            if found is not None:
                return found
        elif _ADDRESS.fullmatch(inner.sender) and inner.kind == "message":
            return _whole(inner, note=message.new_text)
    return None


def _whole(inner: InboundMessage, *, note: str) -> Original:
    dated = inner.sent_at if "date without a zone, read as UTC" not in inner.problems else None
    if inner.sent_at is not None and dated is None:  # as the program of a person in this country writes it
        dated = inner.sent_at.replace(tzinfo=forward_dates.LONDON).astimezone(UTC)
    return Original(
        sender=inner.sender,
        sender_name=inner.sender_name,
        sent_at=dated,
        subject=inner.subject,
        text=inner.text,
        new_text=inner.new_text,
        attachments=inner.attachments,
        external_id=inner.external_id if inner.external_id.startswith("<") else "",
        references=inner.references,
        note=note,
    )


def _printed(message: InboundMessage, ours: Collection[str], *, asked: bool) -> Original | None:
    """The original whose headers stand printed in the text."""
    lines = [line.rstrip() for line in message.text.replace("\xa0", " ").split("\n")[:_MAX_LINES]]
    called = asked or bool(markers.FORWARD_SUBJECT.match(message.subject))
    first: _Block | None = None
    for block in _blocks(lines):
        first = first or block
        if not (called or first.announced):
            return None
        sender = _sender(block.said.get("from", ""))
        if sender is None or _is_ours(sender.address, ours):
            continue
        text = _body(lines, block)
        subject = block.said.get("subject") or _BARE.sub("", message.subject)
        if not text.strip() and not subject.strip():
            return None
        return Original(
            sender=sender.address,
            sender_name=sender.name,
            sent_at=forward_dates.moment(block.said.get("date", "")),
            subject=subject,
            text=text,
            new_text=replies.new_text(text, subject=subject),
            note=_note(lines[: first.begins]),
        )
    return None


def _blocks(lines: list[str]) -> list[_Block]:
    """Every printed header, from the top."""
    found: list[_Block] = []
    at, announced = 0, False
    while at < len(lines) and len(found) < _MAX_BLOCKS:
        line = _unquoted(lines[at])
        if len(line) < 600 and (markers.FORWARDED.match(line) or markers.DELIMITER.match(line)):
            announced = announced or bool(markers.FORWARDED.match(line))
            at += 1
            continue
        block = _block(lines, at, announced=announced) if line.strip() else None
        if block is not None:
            found.append(block)
            at, announced = block.ends, False
        else:
            announced = announced and not line.strip()
            at += 1
    return found


def _block(lines: list[str], at: int, *, announced: bool) -> _Block | None:
    """The block that begins with line `at`: a sender, and a date or a subject, each on a line of its own."""
    if _HEADER.match(_unquoted(lines[at])[:600]) is None:
        return None
    block, open_value, blanks = _Block(at, at, announced), "", 0
    for number in range(at, min(len(lines), at + _MAX_BLOCK)):
        line = _unquoted(lines[number])[:2_000]
        header = _HEADER.match(line)
        if header is not None:
            open_value, value = _field(header), header["value"].strip(" *")
            block.said.setdefault(open_value, value)
            block.ends, blanks = number + 1, 0
        elif not line.strip():
            blanks += 1
            if blanks > 1 or {"from", "date", "subject", "to"} <= set(block.said):
                break
        elif blanks == 0 and (line.startswith((" ", "\t")) or block.said.get(open_value, "").endswith((",", ";"))):
            block.said[open_value] += f" {line.strip()}"
            block.ends = number + 1
        elif blanks == 0 and block.said.get(open_value) == "":
            block.said[open_value] = line.strip()  # the value stands below its name
            block.ends = number + 1
        else:
            break
    enough = "from" in block.said and ("date" in block.said or "subject" in block.said)
    return block if enough and (announced or len(block.said) >= 3) else None


def _field(header: re.Match[str]) -> str:
    return next(name for name in _LABELS if header[name] is not None)


def _sender(value: str) -> Address | None:
    """Who is named in a printed From; None where no address stands there."""
    found = _ADDRESS.search(value)
    if found is None:
        return None
    [read] = addresses.read(f"<{found.group().removeprefix('mailto:')}>")[:1]
    name = re.sub(r"[<\[(]?\s*(?:mailto:)?\s*" + re.escape(found.group()) + r"\s*[>\])]?", " ", value)
    name = " ".join(re.sub(r"<[^<>]*>|\[[^\]]*\]", " ", name).replace('"', " ").split()).strip("*,; '")
    return Address(read.address, "" if _ADDRESS.search(name) else name[:200])


def _body(lines: list[str], block: _Block) -> str:
    """What stands below the block, without the quote marks that the program put before every line of it."""
    depth = lines[block.begins].count(">", 0, len(lines[block.begins]) - len(_unquoted(lines[block.begins])))
    below = lines[block.ends :]
    if not depth:
        return "\n".join(below).strip()
    mark = re.compile(rf"^\s?(?:>\s?){{{depth}}}")
    inside = []
    for line in below:
        if line.strip() and not mark.match(line):
            break
        inside.append(mark.sub("", line))
    return "\n".join(inside).strip()


def _note(above: list[str]) -> str:
    """What the colleague wrote above it."""
    while above and (not above[-1].strip() or markers.RULE.match(above[-1]) or _announces(above[-1])):
        above = above[:-1]
    return replies.new_text("\n".join(above)) if above else ""


def _announces(line: str) -> bool:
    return len(line) < 600 and bool(markers.FORWARDED.match(line) or markers.DELIMITER.match(line))


def _unquoted(line: str) -> str:
    return _QUOTE.sub("", line)


def _is_ours(address: str, ours: Collection[str]) -> bool:
    return address in ours or addresses.domain(address) in ours


def _bare(subject: str) -> str:
    return " ".join(_BARE.sub("", subject).lower().split())
