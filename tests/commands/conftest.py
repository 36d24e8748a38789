"""Mail servers for the doctor."""

from support.imap_server import _shared_imap_server, mailbox_server
from support.smtp_server import smtp_sink, submission_server

__all__ = ["_shared_imap_server", "mailbox_server", "smtp_sink", "submission_server"]
