"""`earshot parse-email`: says what a mail contains, as one line of JSON each."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from casework.reference import find_reference
from channels.email import inbound
from channels.message import InboundMessage
from commands.wrong_input import WrongInput

_LONGEST_SEARCHED = 200_000


@click.command("parse-email")
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True, path_type=Path))
def command(files: tuple[Path, ...]) -> None:
    """Read each mail FILE (- for standard input) and print one JSON object a line."""
    for raw in _contents(files):
        message = inbound.read(raw, received_at=datetime.now(UTC))
        click.echo(json.dumps(described(message), ensure_ascii=False).encode())  # UTF-8 whatever the terminal is set to


def described(message: InboundMessage) -> dict[str, Any]:
    """The message as the command prints it."""
    return {
        "channel": message.channel,
        "kind": message.kind,
        "message_id": "" if message.external_id.startswith("sha256:") else message.external_id,
        "in_reply_to": message.in_reply_to,
        "references": list(message.references),
        "sender": {"address": message.sender, "name": message.sender_name},
        "reply_to": list(message.reply_to),
        "to": list(message.to),
        "cc": list(message.cc),
        "subject": message.subject,
        "sent_at": message.sent_at.isoformat() if message.sent_at else None,
        "text": message.text,
        "new_text": message.new_text,
        "attachments": [
            {"filename": one.filename, "content_type": one.content_type, "size": one.size, "inline": one.inline}
            for one in message.attachments
        ],
        "case_reference": _case_reference(message),
        "problems": list(message.problems),
        "external_id": message.external_id,
        "details": dict(message.details),
    }


def _case_reference(message: InboundMessage) -> str | None:
    """The first reference in what was written to us, else in what it quotes."""
    for text in (message.subject, message.new_text, message.text):
        found = find_reference(text[:_LONGEST_SEARCHED])
        if found:
            return found
    return None


def _contents(files: tuple[Path, ...]) -> Iterator[bytes]:
    for file in files:
        if str(file) == "-":
            yield sys.stdin.buffer.read()
            continue
        try:
            yield file.read_bytes()
        except OSError as error:
            raise WrongInput(f"{file} cannot be read: {error.strerror}.") from error
