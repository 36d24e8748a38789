"""Receipts that providers push to us: kept, and put to the notice that they speak of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from casework.storage import receipts
from casework.storage.sessions import Book
from channels.message import Receipt
from notifier import reach


def record_all(book: Book, pushed: Sequence[Receipt], *, now: datetime) -> None:
    """Record receipts in one transaction; when this returns, they are committed."""
    if not pushed:
        return
    with book.transaction() as session:
        store(session, pushed, now=now)


def store(session: Session, pushed: Sequence[Receipt], *, now: datetime) -> None:
    """The same inside a transaction of the caller's, who also stores what came with them."""
    for receipt in pushed:
        notice = receipts.record(
            session,
            channel=receipt.channel,
            status=receipt.status,
            at=min(receipt.at, now),
            key=receipt.key,
            provider_id=receipt.provider_id,
            detail=receipt.detail,
            raw=receipt.raw,
        )
        if receipt.stopped and notice is not None:
            reach.lose(session, notice, now=min(receipt.at, now))
