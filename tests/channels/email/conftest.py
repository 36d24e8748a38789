"""Servers for the e-mail tests."""

from support.imap_server import _shared_imap_server, mailbox_server, oauth, own_imap_server, token_imap_server
from support.smtp_server import smtp_sink, submission_server

__all__ = [
    "_shared_imap_server",
    "mailbox_server",
    "oauth",
    "own_imap_server",
    "smtp_sink",
    "submission_server",
    "token_imap_server",
]
