"""A delivery report came back by mail: tie it to the notice that did not arrive."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.storage import journal, messages, receipts
from casework.storage.tables import Message, Notice

_STATUS = {"failed": receipts.FAILED, "delivered": receipts.DELIVERED}
"""What RFC 3464's words mean for a notice. A failed one was given up, be its code 4 or 5; else it goes on."""


def settle(session: Session, message: Message, *, now: datetime) -> None:
    """Record what the report says of our notice; a report of nothing of ours is ignored with that reason."""
    key = str(message.details.get("original_key") or "")
    notice = session.scalar(select(Notice).where(Notice.key == key)) if key else None
    if notice is None:
        reason = "a delivery report about a message that Earshot did not send"
        messages.settle(message, "ignored", reason=reason, now=now)
        journal.write(session, "message_ignored", at=now, message=message, reason=reason)
        return
    action = str(message.details.get("action") or "failed")
    receipts.record(
        session,
        channel=notice.channel,
        status=_STATUS.get(action, "accepted"),
        at=message.received_at,
        key=notice.key,
        detail=f"{action} {message.details.get('status') or ''}".strip(),
    )
    messages.settle(message, "attached", case=notice.case, reason="a delivery report", now=now)
    journal.write(session, "delivery_report", at=now, message=message, case=notice.case, action=action)
