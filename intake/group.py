"""A chat of many: what is said there is read by everybody in it, so it is declined once and never answered again.

What may be a complaint or a danger is not lost for that: it waits in the quarantine, where a person reads it.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from casework.reading import Reading, hazard_words
from casework.storage import journal, messages, people
from casework.storage.tables import Message
from channels import registry
from intake import answer, menu
from intake.desk import Desk

_MAY_BE_ONE = "This was written in a group and may be a complaint or a danger. Find out who wrote it, and take it down."


def decline(session: Session, desk: Desk, message: Message, reading: Reading, *, now: datetime) -> bool:
    """Settle a message that came from a group; False when it came from somebody alone."""
    if not message.details.get("chat_type"):
        return False
    if moved_to := message.details.get("moved_to"):
        kind = registry.get(message.channel).description.address_kind
        people.move_address(session, kind, message.channel, message.sender, str(moved_to))
    elif message.details.get("membership") != "gone":
        menu.decline_group(session, desk, message, now=now)
    if reading.is_complaint or reading.review or reading.hazards:
        messages.quarantine(session, message, _MAY_BE_ONE, now=now)
        what = hazard_words(reading.hazards) or "perhaps a complaint"
        sentence = f"Something was written to us in a group ({what}). Nobody was answered: please look at it now."
        answer.alert_staff(session, desk, "quarantine", sentence, case=None, round=f"group:{message.id}", now=now)
        return True
    messages.settle(message, "ignored", reason="written in a group: we ask people to write to us alone", now=now)
    journal.write(session, "message_ignored", at=now, message=message, reason=message.reason)
    return True
