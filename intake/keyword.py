"""Words that are a whole message and steer the service: STOP, START, HELP, and COMPLAINT.

STOP ends the texts, not the case (law 10). COMPLAINT is the resident's answer to the choice that every
receipt offers (Code 1.3): the machine proposed, the resident decides.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from casework.lifecycle import CaseState
from casework.reading import COMPLAINT, Reading
from casework.storage import cases, journal, messages, outbox, people
from casework.storage.tables import Case, Message
from channels import registry
from intake import answer, menu
from intake.acknowledge import route_for
from intake.conversation import has_buttons, language_for, language_of
from intake.desk import Desk
from intake.identify import addresses_of, writer_of
from intake.match import Known

_CHOOSES = frozenset(
    {"complaint", "a complaint", "complain", "make it a complaint", "yes complaint", "complaint please"}
)
_NOT_YET = (CaseState.OPEN.value, CaseState.CHOICE_OFFERED.value)


def is_keyword(details: Mapping[str, Any], words: str) -> bool:
    """Whether a message steers the service instead of telling something; such a one waits for nothing."""
    return bool(details.get("keyword")) or _chooses_complaint(words)


def obey(
    session: Session, desk: Desk, message: Message, known: Known, case: Case | None, reading: Reading, *, now: datetime
) -> bool:
    """Do what a keyword asks; False when the message is not one and must be read as words."""
    said = message.details.get("keyword")
    if said in ("stop", "start"):
        _stop_or_start(session, desk, message, known, case, stop=said == "stop", now=now)
    if said in ("start", "help") and has_buttons(message):
        _show_the_menu(session, desk, message, case, now=now)
        return True
    if said in ("stop", "start"):
        return True
    if case is not None and case.state in _NOT_YET and _chooses_complaint(message.new_text):
        choose_complaint(session, desk, case, message, now=now)
        return True
    return False


def choose_complaint(
    session: Session, desk: Desk, case: Case, message: Message | None, *, now: datetime, since: datetime | None = None
) -> None:
    """Treat the case as a complaint at the resident's own word, from the first contact or `since`, and confirm it."""
    since = since or case.received_at
    cases.become_complaint(session, case, since=since, rules=desk.rules, now=now, actor="resident")
    if message is not None and message.state != "processed":
        messages.settle(message, "attached", case=case, now=now)
    route = route_for(case)
    confirmed = answer.receipt_facts(
        desk,
        case,
        name=route.to_name,
        received_at=message.received_at if message is not None else now,
        heard_by=registry.get(message.channel).description.label if message is not None else "Your page",
        own_words=message.new_text if message is not None else "Treat this as a complaint",
        about=COMPLAINT,
        joined=True,
        emergency="",
        language=language_of(message) or language_for(case),
    )
    outbox.post(session, confirmed, case=case, round="complaint_chosen", route=route, now=now)
    answer.alert_staff(
        session, desk, "complaint_chosen", f"{case.reference}: the resident has chosen to make a complaint.",
        case=case, round="complaint_chosen", now=now,
    )  # fmt: skip


def _show_the_menu(session: Session, desk: Desk, message: Message, case: Case | None, *, now: datetime) -> None:
    """Greet who has begun or asks how this works; who has only let us in again has not."""
    if not message.details.get("membership"):
        menu.greet(session, desk, message, now=now)
    if message.state != "processed":
        reason = "asked how this works: greeted"
        messages.settle(message, "attached" if case else "ignored", case=case, reason=reason, now=now)


def _chooses_complaint(words: str) -> bool:
    return " ".join(words.lower().strip(" .!\n\t\"'").split()) in _CHOOSES


def _stop_or_start(
    session: Session, desk: Desk, message: Message, known: Known, case: Case | None, *, stop: bool, now: datetime
) -> None:
    contact = writer_of(message, known.contacts)
    if contact is None and stop:  # somebody new: remember it, or the next thing that we owe them would go there
        people.know(session, None, addresses_of(message), known.contacts, name=message.sender_name, home="",
                    adjustments="", now=now)  # fmt: skip
        contact = known.contacts.get(addresses_of(message)[0])
    if contact is not None:
        contact.stopped_at = now if stop else None
    word = "STOP" if stop else "START"
    if case is None:
        messages.settle(message, "ignored", reason=f"{word} from an address without an open case", now=now)
    else:
        messages.settle(message, "attached", case=case, reason=word, now=now)
        if stop:
            answer.alert_staff(
                session, desk, "stop", f"{case.reference}: the resident has stopped this channel. What is owed goes by"
                " another way; please check that there is one.", case=case, round=f"stop:{message.id}", now=now,
            )  # fmt: skip
    journal.write(session, f"contact_{word.lower()}", at=now, actor="resident", case=case, message=message)
