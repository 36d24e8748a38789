"""Answers the sender of a mail that is too large to be read: it is kept for a person, and they hear what to do."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework import notices
from casework.storage import outbox
from casework.storage.outbox import Route
from casework.storage.tables import Notice
from channels import registry
from channels.channel import Unreadable
from channels.message import InboundMessage
from intake.answer import ombudsman
from intake.desk import Desk

A_DAY = 3
"""So many such answers to one address within a day: a machine that sends large mails is not answered for ever."""

_SUBJECT = 120


def answer(session: Session, desk: Desk, channel: str, item: Unreadable, message_id: int, *, now: datetime) -> None:
    """Owe the sender a word, unless a machine sent it or they have had enough of them today."""
    if not item.too_large_for:
        return
    carrier = registry.get(channel)
    header = carrier.read(item.raw, received_at=now, our_address=item.our_address)
    if not _was_written_by_a_person(header) or _enough(session, header.sender, now=now):
        return
    facts = notices.TooLarge(
        landlord=desk.landlord,
        name=header.sender_name,
        received_at=now,
        subject=header.subject[:_SUBJECT],
        largest=f"{item.too_large_for // 1024 // 1024} MB",
        form_link=f"{desk.address}/",
        emergency=desk.rules.policy.emergency["general"],
        ombudsman=ombudsman(desk.rules.policy),
    )
    thread = (header.external_id,) if "@" in header.external_id else ()
    route = Route(channel, header.sender, header.sender_name, thread[0] if thread else "", thread)
    outbox.post(session, facts, case=None, round=str(message_id), route=route, now=now)


def _was_written_by_a_person(header: InboundMessage) -> bool:
    return bool(header.sender) and header.kind in ("message", "empty") and not header.details.get("bulk")


def _enough(session: Session, address: str, *, now: datetime) -> bool:
    told = select(func.count()).where(
        Notice.case_id.is_(None),
        Notice.kind == notices.TooLarge.kind,
        Notice.address == address,
        Notice.created_at > now - timedelta(days=1),
    )
    return (session.scalar(told) or 0) >= A_DAY
