"""The desk over a migrated book, for every test of this room."""

from support.book import house, quick_house
from support.imap_server import _shared_imap_server, mailbox_server, own_imap_server
from support.postfix import open_postfix

__all__ = ["_shared_imap_server", "house", "mailbox_server", "open_postfix", "own_imap_server", "quick_house"]
