"""A payload that no channel could read, let out of quarantine: its channel reads it again, perhaps by now mended."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import undefer

from casework.storage import errands
from casework.storage.sessions import Book
from casework.storage.tables import Message, StoredAttachment
from channels import registry
from intake.accept import columns_of, files_of, files_to_fetch


def read_again(book: Book, ids: Sequence[int]) -> None:
    """Fill in what the channel makes of each unread payload; raises UnreadablePayload where it still cannot.

    The message keeps the name that it was quarantined under: the sender may have been told to send it again, and
    then that copy stands beside it.
    """
    unread = select(Message).where(Message.id.in_(ids), Message.state == "accepted", Message.kind == "unreadable")
    with book.reading() as session:
        found = list(session.scalars(unread.options(undefer(Message.raw))))
    for row in found:
        read = registry.get(row.channel).read(row.raw, received_at=row.received_at, our_address=row.our_address)
        with book.transaction() as session:
            kept = session.get_one(Message, row.id)
            for name, value in columns_of(read).items():
                setattr(kept, name, value)
            session.add_all(StoredAttachment(**values) for values in files_of(row.id, read))
            errands.owe(session, files_to_fetch(row.id, read, now=kept.next_try_at))
