"""A pressed button: what the resident asks for by it, and that it is theirs to ask.

Pressing twice, an old button, a forged one, or one of somebody else's case: harmless, each of them. Nothing here
takes a complaint back: that is for people to decide (law 6).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from casework import notices
from casework.buttons import OF_A_CASE, Button, pressed
from casework.lifecycle import CaseState, Move, moves_from
from casework.reference import spoken
from casework.storage import journal, messages, outbox
from casework.storage.tables import Case, Message
from intake import answer, keyword, menu
from intake.acknowledge import follow_link, route_for
from intake.conversation import has_buttons
from intake.desk import Desk
from intake.identify import writer_of
from intake.match import Known, belongs

_MAY_BE_ABOUT_A_CASE = (Button.COMPLAIN, Button.REPORT)


def obey(session: Session, desk: Desk, message: Message, known: Known, *, now: datetime) -> bool:
    """Do what a pressed button asks; False when the message is not one."""
    data = message.details.get("button")
    if data is None or not has_buttons(message):
        return False
    asked = pressed(str(data))
    if asked is None:
        _ignore(session, message, "a button that is not ours", now=now)
    elif asked.button in OF_A_CASE:
        case = known.cases.by_reference.get(asked.reference)
        if case is None or not belongs(writer_of(message, known.contacts), case):
            _ignore(session, message, "a button of a case that did not come from this chat", now=now)
        else:
            messages.settle(message, "attached", case=case, reason=f"the button {asked.button.value}", now=now)
            journal.write(
                session, "button_pressed", at=now, actor="resident", case=case, message=message,
                button=asked.button.value,
            )  # fmt: skip
            _ABOUT_A_CASE[asked.button](session, desk, case, message, now)
    else:
        messages.settle(message, "ignored", reason=f"the button {asked.button.value}: answered in the chat", now=now)
        writer = writer_of(message, known.contacts)
        if asked.button is Button.CASES:
            menu.tell_where_they_stand(session, desk, message, known.of(writer), now=now)
        else:
            may_be_about = known.of(writer) if asked.button in _MAY_BE_ABOUT_A_CASE else ()
            menu.prompt(session, desk, message, asked.button, theirs=may_be_about, now=now)
    return True


def grant(
    session: Session, desk: Desk, case: Case, message: Message, known: Known, wants: Sequence[str], *, now: datetime
) -> None:
    """Do what a button would have done for who asked for the same in words, in a conversation."""
    if not has_buttons(message):
        return
    if "speak_to_human" in wants:
        _speak_to_a_person(session, desk, case, message, now)
    if "status_update" in wants and len(case.messages) > 1:
        theirs = known.of(writer_of(message, known.contacts))
        menu.tell_where_they_stand(session, desk, message, theirs, now=now)


def _ignore(session: Session, message: Message, reason: str, *, now: datetime) -> None:
    messages.settle(message, "ignored", reason=reason, now=now)
    journal.write(session, "message_ignored", at=now, message=message, reason=reason)


def _confirm(session: Session, desk: Desk, case: Case, message: Message, now: datetime) -> None:
    menu.prompt(session, desk, message, Button.RIGHT, reference=case.reference, now=now)


def _make_it_a_complaint(session: Session, desk: Desk, case: Case, message: Message, now: datetime) -> None:
    if Move.BECOME_COMPLAINT in moves_from(CaseState(case.state)):
        # What was over and done with is a complaint from now on; what is still open was one from the first contact.
        since = message.received_at if case.closed_at is not None else None
        keyword.choose_complaint(session, desk, case, message, since=since, now=now)
    else:
        menu.tell_where_they_stand(session, desk, message, [case], now=now)  # it is one: say so rather than nothing


def _not_a_complaint(session: Session, desk: Desk, case: Case, message: Message, now: datetime) -> None:
    if not any(clock.stopped_at is None for clock in case.clocks):
        menu.tell_where_they_stand(session, desk, message, [case], now=now)  # nothing runs that could be taken back
        return
    sentence = (
        f"{case.reference}: the resident says that this is not a complaint. It goes on as one until somebody decides:"
        " please look, and ask them if in doubt."
    )
    answer.alert_staff(session, desk, "not_complaint", sentence, case=case, round="not_complaint", now=now)
    _pass_on(session, desk, case, Button.NOT_COMPLAINT, "not_complaint", now=now)


def _add(session: Session, desk: Desk, case: Case, message: Message, now: datetime) -> None:
    menu.prompt(session, desk, message, Button.ADD, reference=case.reference, now=now)


def _is_about(session: Session, desk: Desk, case: Case, message: Message, now: datetime) -> None:
    menu.prompt(session, desk, message, Button.ABOUT, reference=case.reference, now=now)


def _speak_to_a_person(session: Session, desk: Desk, case: Case, message: Message, now: datetime) -> None:
    sentence = f"{case.reference}: the resident wants to speak to a person. Please call them or write."
    once_a_day = f"person:{now:%Y-%m-%d}"
    answer.alert_staff(session, desk, "speak_to_human", sentence, case=case, round=once_a_day, now=now)
    _pass_on(session, desk, case, Button.PERSON, once_a_day, now=now)


def _pass_on(session: Session, desk: Desk, case: Case, button: Button, round: str, *, now: datetime) -> None:
    facts = notices.PassedOn(
        landlord=desk.landlord,
        reference=case.reference,
        spoken=spoken(case.reference),
        name=case.person.name if case.person else "",
        about=button.value,
        follow_link=follow_link(desk, case),
        ombudsman=answer.ombudsman(desk.rules.policy),
    )
    outbox.post(session, facts, case=case, round=round, route=route_for(case), now=now)


_ABOUT_A_CASE: Mapping[Button, Callable[[Session, Desk, Case, Message, datetime], None]] = {
    Button.RIGHT: _confirm,
    Button.COMPLAINT: _make_it_a_complaint,
    Button.NOT_COMPLAINT: _not_a_complaint,
    Button.ADD: _add,
    Button.PERSON: _speak_to_a_person,
    Button.ABOUT: _is_about,
}
