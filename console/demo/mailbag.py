"""The residents' mailboxes: what they write leaves by real SMTP, what they get is read from the door's Maildir."""

import secrets
import smtplib
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, formataddr, make_msgid
from pathlib import Path

from channels.email.settings import settings
from console.demo.neighbourhood import LANDLORD, OUR_MAIL, Resident
from console.demo.post_office import PostOffice

SECONDS = 15.0


class DoorClosed(Exception):
    """Raised when the SMTP door does not take the mail; the sentence is for whoever plays the resident."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail in a resident's box, theirs or ours."""

    from_resident: bool
    subject: str
    body: str
    at: datetime
    message_id: str
    references: tuple[str, ...] = ()


def letters(office: PostOffice, folder: Path, resident: Resident) -> list[Letter]:
    """Everything in a resident's box, oldest first."""
    wrote = [
        Letter(True, item.subject, item.body, item.at, item.name)
        for item in office.conversation("mail", resident.email)
    ]
    return sorted([*wrote, *_received(folder, resident)], key=lambda letter: letter.at)


def write(
    office: PostOffice, resident: Resident, subject: str, body: str, *, answers: Letter | None, now: datetime
) -> None:
    """Send a resident's mail to the landlord, threaded and with what it answers quoted; raises DoorClosed."""
    message = EmailMessage()
    message["From"] = formataddr((resident.name, resident.email))
    message["To"] = formataddr((LANDLORD, OUR_MAIL))
    message["Subject"] = subject
    message["Date"] = format_datetime(now.astimezone(UTC))
    message["Message-ID"] = make_msgid(secrets.token_hex(4), resident.email.partition("@")[2])
    if answers is not None:
        message["In-Reply-To"] = answers.message_id
        message["References"] = " ".join((*answers.references, answers.message_id))
    message.set_content(_with_quote(body, answers) if answers else body)
    _send(message, resident.email)
    office.add(
        "mail", resident.email, body, from_resident=True, at=now, name=message["Message-ID"], subject=subject,
        status="taken",
    )  # fmt: skip


def clear(folder: Path) -> None:
    """Empty every resident's box."""
    for path in _files(folder):
        path.unlink(missing_ok=True)


def _send(message: EmailMessage, sender: str) -> None:
    server = settings().smtp
    if server is None:
        raise DoorClosed("The demo's mail door is not set up.")
    try:
        with smtplib.SMTP(server.host, server.port, timeout=SECONDS) as line:
            line.send_message(message, sender, [OUR_MAIL])
    except (OSError, smtplib.SMTPException) as error:
        raise DoorClosed("The mail door did not take it. Please try again in a moment.") from error


def _with_quote(body: str, answers: Letter) -> str:
    quoted = "\n".join(f"> {line}" for line in answers.body.splitlines())
    return f"{body}\n\nOn {answers.at:%a, %d %b %Y at %H:%M}, {LANDLORD} <{OUR_MAIL}> wrote:\n{quoted}\n"


def _received(folder: Path, resident: Resident) -> list[Letter]:
    parser = BytesParser(_class=EmailMessage, policy=policy.default)
    found = []
    for path in _files(folder):
        message = parser.parsebytes(path.read_bytes())
        if str(message["Delivered-To"] or "").lower() == resident.email:
            found.append(_letter(message, datetime.fromtimestamp(path.stat().st_mtime, UTC)))
    return found


def _files(folder: Path) -> list[Path]:
    """The mails of a Maildir, each whole: what is still being written stands elsewhere."""
    return [path for shelf in ("new", "cur") if (folder / shelf).exists() for path in (folder / shelf).iterdir()]


def _letter(message: EmailMessage, at: datetime) -> Letter:
    part = message.get_body(("plain",))
    return Letter(
        from_resident=False,
        subject=str(message["Subject"] or ""),
        body=part.get_content() if part is not None else "",
        at=at,
        message_id=str(message["Message-ID"] or ""),
        references=tuple(str(message["References"] or "").split()),
    )
