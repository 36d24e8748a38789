"""Sends notices by SMTP, and finds out from the Sent folder whether one that is in doubt has already gone."""

import re
from datetime import datetime, timedelta

from channels import contacts
from channels.email import addresses, letter, plus, smtp_line
from channels.email.addresses import Address
from channels.email.mailbox import Mailbox
from channels.email.settings import Settings, settings
from channels.errors import ChannelError
from channels.message import OutboundMessage, Receipt

# A copy appears in Sent a little after the mail was taken; before that its absence proves nothing.
SETTLES_AFTER = timedelta(seconds=30)
# These always file a copy of what they are given to send.
_FILE_COPIES = re.compile(r"(?:^|\.)(?:gmail\.com|googlemail\.com|office365\.com|outlook\.com)$")
_NOBODY_READS = re.compile(
    r"(?:no|do[-_.]?not|never)[-_.]?(?:reply|respond|answer)\b.*|noreply.*|donotreply.*|.*[-_.+]no[-_.]?reply|"
    r"mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|bounces?(?:[-+=._].*)?|.*-bounces?(?:[-+=].*)?|"
    r"listserv|majordomo|mdaemon|nobody|null|devnull",
)


def send(message: OutboundMessage, *, now: datetime) -> Receipt:
    """Hand the notice to the mail server; its answer becomes the receipt. Raises ChannelError."""
    ours = settings()
    to = _recipient(message.to, ours.sender)
    raw = build(message, now)
    answer = smtp_line.deliver(ours.smtp, sender=ours.sender.address, to=to, raw=raw, key=message.key)
    return Receipt(
        channel="email", status="accepted", at=now, key=message.key, provider_id=message_id(message.key), detail=answer
    )


def ask(message: OutboundMessage, *, now: datetime) -> Receipt | None:
    """Whether a notice has gone: its receipt if a copy is in Sent, None if it certainly has not.

    Raises ChannelError(in_doubt=True) while that cannot be known: no Sent folder, a mail server that files no
    copies, or too early to tell.
    """
    ours = settings()
    sent_as = message_id(message.key)
    try:
        with Mailbox(ours.imap) as box:
            found = box.find_sent(sent_as)
            copies = found is False and _files_copies(ours, box)
    except ChannelError as trouble:
        raise ChannelError(trouble.sentence, in_doubt=True) from trouble
    if found:
        detail = "found in the Sent folder"
        return Receipt("email", "accepted", now, key=message.key, provider_id=sent_as, detail=detail)
    if not copies:
        raise ChannelError(
            "The mailbox keeps no copies of what we send, so nobody can tell whether it went.", in_doubt=True
        )
    if message.first_tried_at is not None and now - message.first_tried_at < SETTLES_AFTER:
        raise ChannelError("It is too early to tell whether the mail has gone.", in_doubt=True)
    return None


def reply_address(token: str) -> str:
    """Our address with the token behind a plus; '' unless EARSHOT_MAIL_REPLY_TOKENS is on."""
    ours = settings()
    return plus.with_token(ours.sender.address, token) if ours.mail_reply_tokens else ""


def message_id(key: str) -> str:
    """The Message-ID that the notice with that key has, had, or would have."""
    return letter.message_id(key, addresses.domain(settings().sender.address))


def build(message: OutboundMessage, now: datetime) -> bytes:
    """The notice as the bytes of a mail."""
    sender = settings().sender
    try:
        return letter.build(message, sender, addresses.domain(sender.address), now)
    except UnicodeError as error:
        raise ChannelError("This address has letters that the mail server cannot carry.", permanent=True) from error


def _recipient(written: str, sender: Address) -> str:
    """The address to send to; raises a permanent ChannelError for those that no machine may write to."""
    address = contacts.email_address(written)
    if address is None:
        raise ChannelError("This is not an e-mail address.", permanent=True)
    local = address.partition("@")[0]
    if _NOBODY_READS.fullmatch(local):
        raise ChannelError("Nobody reads this address: it belongs to a machine.", permanent=True)
    if plus.without_token(address) in (sender.address.lower(), plus.without_token(sender.address.lower())):
        raise ChannelError("This is our own address.", permanent=True)
    return letter.mailbox(Address(address)) if address.isascii() else _with_ascii_domain(address)


def _with_ascii_domain(address: str) -> str:
    try:
        return letter.mailbox(Address(address))
    except UnicodeError as error:
        raise ChannelError("This address has letters that the mail server cannot carry.", permanent=True) from error


def _files_copies(ours: Settings, box: Mailbox) -> bool:
    if ours.smtp_keeps_copies is not None:
        return ours.smtp_keeps_copies
    if ours.smtp_url is not None and _FILE_COPIES.search(ours.smtp.host):
        return True
    return box.keeps_our_copies(addresses.domain(ours.sender.address))
