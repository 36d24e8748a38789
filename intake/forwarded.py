"""What a colleague forwarded is read as the resident's own: theirs is the answer, and the first receipt counts.

The Code's clocks begin when any member of staff gets a message (Code 3.2, 5.12), so it counts from the date of the
original, within bounds: one in the future, older than a year or unreadable is not believed, and staff are asked.

Whose From it was we believe where our own mail server proves it. Where it says that the mail is not the colleague's,
a person must look. Where we were not told whom to ask (EARSHOT_AUTHSERV_ID), it is taken all the same: whoever forges
a colleague's address gains nothing that forging the resident's own would not give, while a forward that waits for a
person could miss its acknowledgement (law 8). The colleague hears of it, and would notice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from casework import notices
from casework.storage import journal, messages, outbox
from casework.storage.outbox import Route
from casework.storage.tables import Case, Message, StaffMember, StoredAttachment
from channels import registry
from channels.channel import Original
from channels.message import InboundMessage
from intake import answer
from intake.accept import columns_of, files_of
from intake.desk import Desk

OLDEST = timedelta(days=366)
SLACK = timedelta(minutes=10)
"""How far a clock elsewhere may be ahead of ours."""

_NOT_FOUND = "A colleague forwarded this, but the resident's own mail could not be found in it. Run it again to open a"
_NOT_FOUND += " case for the colleague, or take down what the resident said."
_NOT_PROVEN = (
    "This says that a colleague forwarded it, but our mail server cannot prove that it is theirs. Run it again"
)
_NOT_PROVEN += " if it is."


def turn(desk: Desk, ids: Sequence[int], *, now: datetime) -> int:
    """Turn those of `ids` that are forwards of staff into the residents' own; returns how many were changed at all."""
    channels = [channel.name for channel in registry.every() if channel.original is not None]
    waiting = (Message.id.in_(ids), Message.state == "accepted", Message.kind == "message")
    with desk.book.reading() as session:
        rows = session.execute(
            select(Message.id, Message.sender, Message.details).where(*waiting, Message.channel.in_(channels))
        ).all()
        rows = [row for row in rows if not _is_settled(row.details)]
        ours = _staff_among(session, desk, {row.sender for row in rows}) if rows else set()
    return sum(_turn_one(desk, row.id, now=now) for row in rows if row.sender in ours)


def tell(session: Session, desk: Desk, case: Case, message: Message, *, now: datetime) -> None:
    """Tell the colleague where it stands, and staff where its date could not be believed."""
    by = message.details.get("forwarded_by")
    if not by:
        return
    if message.details.get("date_in_doubt"):
        sentence = (
            f"{case.reference}: forwarded by a colleague, and its first date cannot be believed. Please check it."
        )
        answer.alert_staff(session, desk, "date", sentence, case=case, round=f"date:{message.id}", now=now)
    member = session.scalar(select(StaffMember).where(StaffMember.email == by, StaffMember.active))
    carrier = registry.answering("email")
    if member is None or carrier is None:
        return
    facts = notices.ForwardHeard(
        landlord=desk.landlord,
        reference=case.reference,
        name=member.name,
        joined=message.outcome != "opened",
        received_at=message.received_at,
        link=f"{desk.address}/staff/cases/{case.reference}",
    )
    # Not a notice of the case: it is not the resident's, and must never go to them another way.
    route = Route(carrier.name, member.email, member.name, message.external_id, (message.external_id,))
    outbox.post(session, facts, case=None, round=f"forward:{message.id}", route=route, now=now)


def _is_settled(details: dict[str, object]) -> bool:
    return "forwarded_by" in details or details.get("forward") == "not_found"


def _staff_among(session: Session, desk: Desk, senders: set[str]) -> set[str]:
    named = select(StaffMember.email).where(StaffMember.active, StaffMember.email.in_(senders))
    return {*session.scalars(named), *(one for one in senders if one.rpartition("@")[2] in desk.forwards.domains)}


def _turn_one(desk: Desk, number: int, *, now: datetime) -> int:
    with desk.book.transaction() as session:
        found = select(Message).where(Message.id == number, Message.state == "accepted").options(undefer(Message.raw))
        message = session.scalar(found.with_for_update(of=Message, key_share=True))
        if message is None or _is_settled(message.details):
            return 0
        channel = registry.get(message.channel)
        read = channel.read(message.raw, received_at=message.received_at, our_address=message.our_address)
        asked = bool(desk.forwards.to) and desk.forwards.to in (*read.to, *read.cc, message.our_address)
        if channel.original is None:
            return 0
        ours = desk.forwards.domains | set(session.scalars(select(StaffMember.email).where(StaffMember.active)))
        original = channel.original(read, ours=ours, asked=asked, authserv_id=desk.forwards.server)
        if original is None:
            return _set_aside(session, desk, message, "not_found", _NOT_FOUND, now=now) if asked else 0
        if original.proven is False and message.details.get("forward") != "not_proven":
            return _set_aside(session, desk, message, "not_proven", _NOT_PROVEN, now=now)
        _rewrite(session, message, original, now=now)
        return 1


def _set_aside(session: Session, desk: Desk, message: Message, why: str, sentence: str, *, now: datetime) -> int:
    """Keep it for a person, whose word counts when they run it again."""
    message.details = message.details | {"forward": why}
    messages.quarantine(session, message, sentence, now=now)
    round = f"quarantine:{message.id}:{why}"
    answer.alert_staff(session, desk, "quarantine", sentence, case=None, round=round, now=now)
    return 1


def _rewrite(session: Session, message: Message, original: Original, *, now: datetime) -> None:
    by, came = message.sender, message.received_at
    when, in_doubt = _first_received(original.sent_at, came)
    kept = {name: value for name, value in message.details.items() if name not in ("reply_to", "problems", "bulk")}
    details = kept | {
        "forwarded_by": by,
        "forwarded_at": came.isoformat(),
        "original_id": original.external_id,
        "note": original.note,
        "date_in_doubt": in_doubt,
        "proven": original.proven,
    }
    theirs = InboundMessage(
        channel=message.channel,
        our_address=message.our_address,
        external_id=message.external_id,
        received_at=when,
        raw=message.raw,
        text=original.text,
        new_text=original.new_text,
        sender=original.sender,
        sender_name=original.sender_name,
        subject=original.subject,
        sent_at=original.sent_at,
        references=(*original.references, original.external_id) if original.external_id else (),
        attachments=original.attachments,
        details=details,
    )
    for name, value in columns_of(theirs).items():
        setattr(message, name, value)
    message.received_at = when
    session.add_all(StoredAttachment(**values) for values in files_of(message.id, theirs))
    journal.write(
        session, "message_forwarded", at=now, message=message, proven=original.proven, received_at=when.isoformat()
    )  # fmt: skip


def _first_received(written: datetime | None, forwarded: datetime) -> tuple[datetime, bool]:
    """When the first of us got it, and whether that is in doubt: then it counts from the forward itself."""
    if written is None or written > forwarded + SLACK or forwarded - written > OLDEST:
        return forwarded, True
    return min(written, forwarded), False
