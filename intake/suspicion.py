"""What looks like a machine's work is kept, and set aside for a person: nothing is dropped for looking odd (law 9)."""

from datetime import datetime

from casework.storage import messages
from casework.storage.tables import Message
from channels.message import InboundMessage
from intake import accept, answer
from intake.desk import Desk


def keep_suspect(desk: Desk, message: InboundMessage, *, reason: str, now: datetime) -> None:
    """Store a message straight into quarantine; staff are told at most every ten minutes, however many come."""
    with desk.book.transaction() as session:
        [stored] = accept.store(session, [message], now=now)
        if not stored.new:
            return
        messages.quarantine(session, session.get_one(Message, stored.id), reason, now=now)
        sentence = f"A message was set aside: {reason} Please look whether a person wrote it."
        answer.alert_staff(
            session,
            desk,
            "quarantine",
            sentence,
            case=None,
            round=f"suspect:{now:%Y-%m-%d %H}{now.minute // 10}",
            now=now,
        )
