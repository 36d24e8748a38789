"""Mails as residents' programs write them, and as they read ours."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from support.cast import NGOZI, OUR_MAILBOX, Resident


def letter(
    words: str, *, subject: str, of: Resident = NGOZI, html: str = "", at: datetime | None = None
) -> EmailMessage:
    """A mail to the landlord, as text or as text and HTML."""
    mail = EmailMessage()
    mail["From"] = f"{of.name} <{of.email}>"
    mail["To"] = OUR_MAILBOX
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at or datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain="mail.example.org")
    mail.set_content(words)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def reply(to: EmailMessage, words: str, *, of: Resident = NGOZI) -> EmailMessage:
    """An answer to a mail of ours as Gmail makes it: its thread, and the whole of it quoted below."""
    quoted = "\n".join(f"> {line}" for line in plain(to).splitlines())
    said = f"{words}\n\nOn Mon, 23 Nov 2026 at 10:02, {to['From']} wrote:\n\n{quoted}\n"
    mail = letter(said, subject=f"Re: {to['Subject']}", of=of)
    mail["In-Reply-To"] = to["Message-ID"]
    mail["References"] = " ".join(filter(None, [to["References"], to["Message-ID"]]))
    return mail


def opened(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def plain(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def rich(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def thread(mail: EmailMessage) -> list[str]:
    """The Message-IDs that it answers, oldest first."""
    return re.findall(r"<[^>]+>", mail["References"] or "")
