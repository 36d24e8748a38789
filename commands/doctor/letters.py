"""A letter of the doctor's to ourselves: sent, and looked for."""

import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import make_msgid

from channels.email import settings as email
from channels.email import smtp_line
from channels.email.imap_line import ImapLine
from channels.email.mailbox import PROCESSED
from channels.errors import ChannelError
from commands.doctor.finding import Broken


def post(known: email.Settings, to: str) -> str:
    """Send a mail to an address of ours; its Message-ID."""
    letter = EmailMessage()
    letter["From"], letter["To"] = known.sender.address, to
    letter["Subject"] = "earshot doctor: is the mail well?"
    letter["Date"] = datetime.now(UTC)
    letter["Message-ID"] = make_msgid(domain=known.sender.address.rpartition("@")[2])
    letter["Auto-Submitted"] = "auto-generated"  # so that the desk files it as nobody's words
    letter.set_content("Sent by `earshot doctor` to see whether mail goes out and comes in. Nobody needs to answer.")
    try:
        smtp_line.deliver(known.smtp, sender=known.sender.address, to=to, raw=letter.as_bytes())
    except (ChannelError, smtplib.SMTPException) as error:
        raise Broken(f"the mail server {known.smtp} did not take a mail to ourselves: {error}") from error
    finally:
        smtp_line.close()
    return str(letter["Message-ID"])


def has_arrived(known: email.Settings, message_id: str) -> bool:
    """Whether that mail is in the mailbox, or a running collector has tidied it away already."""
    line = ImapLine(known.imap)
    try:
        line.open()
        with line.talking("searched"):
            for folder in (known.imap.folder, PROCESSED):
                if line.client.folder_exists(folder):
                    line.client.select_folder(folder, readonly=True)
                    if line.client.search(["HEADER", "Message-ID", message_id.strip("<>")]):
                        return True
    except ChannelError as error:
        raise Broken(str(error)) from error
    finally:
        line.close()
    return False
