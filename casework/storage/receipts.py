"""Receipts of providers: in any order, any number of times, even before we know their message's id."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from casework.storage import delivery
from casework.storage.tables import Notice, StoredReceipt

DELIVERED, FAILED = "delivered", "failed"


def record(
    session: Session,
    *,
    channel: str,
    status: str,
    at: datetime,
    key: str = "",
    provider_id: str = "",
    detail: str = "",
    raw: bytes = b"",
) -> Notice | None:
    """Keep a receipt once, and move its notice on; None when no notice of ours is known by it (yet)."""
    notice = _notice(session, channel=channel, key=key, provider_id=provider_id)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    name = {"channel": channel, "key": key, "provider_id": provider_id, "status": status}
    session.execute(  # of two that come at the same moment one is kept, and neither is refused
        dialect.insert(StoredReceipt)
        .values(**name, at=at, detail=detail, raw=raw)
        .on_conflict_do_nothing(index_elements=list(name))
    )
    known = session.scalars(select(StoredReceipt).filter_by(**name)).one()
    if notice is not None:
        known.notice_id = notice.id
        _move_on(session, notice, known)
    return notice


def match_waiting(session: Session, notices: Sequence[Notice]) -> None:
    """Apply the receipts that came before we had recorded the providers' ids of these notices."""
    named = {(notice.channel, notice.provider_id): notice for notice in notices if notice.provider_id}
    if not named:
        return
    waiting = session.scalars(
        select(StoredReceipt).where(
            StoredReceipt.provider_id.in_({provider_id for _, provider_id in named}), StoredReceipt.notice_id.is_(None)
        )
    )
    for receipt in waiting:
        notice = named.get((receipt.channel, receipt.provider_id))
        if notice is not None:
            receipt.notice_id = notice.id
            _move_on(session, notice, receipt)


def _move_on(session: Session, notice: Notice, receipt: StoredReceipt) -> None:
    if receipt.status == DELIVERED:
        delivery.note_delivered(session, notice, at=receipt.at, provider_id=receipt.provider_id, detail=receipt.detail)
    elif receipt.status == FAILED:
        delivery.note_failed(session, notice, at=receipt.at, detail=receipt.detail)
    else:
        delivery.note_accepted(session, notice, at=receipt.at, provider_id=receipt.provider_id, detail=receipt.detail)


def _notice(session: Session, *, channel: str, key: str, provider_id: str) -> Notice | None:
    named = [Notice.key == key] if key else []
    if provider_id:
        named.append((Notice.channel == channel) & (Notice.provider_id == provider_id))
    found: Notice | None = session.scalar(select(Notice).where(or_(*named)).with_for_update(of=Notice).limit(1))
    return found
