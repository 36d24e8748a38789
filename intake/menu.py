"""What is said in a conversation beside the notices about a case: the greeting, the prompts, and where cases stand.

Each is a row in the outbox like everything else that we say (law 4), told to the chat that asked and to nobody else.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from casework import notices, said_in_chat
from casework.buttons import Button
from casework.storage import outbox
from casework.storage.outbox import Route
from casework.storage.tables import Case, Message
from intake.conversation import language_of
from intake.desk import Desk

CASES_SHOWN = 5
CASES_ASKED = 3


def greet(session: Session, desk: Desk, message: Message, *, now: datetime) -> None:
    """Owe the greeting with its buttons."""
    emergency = desk.rules.policy.emergency["general"]
    facts = said_in_chat.Greeting(landlord=desk.landlord, emergency=emergency, language=language_of(message))
    _say(session, desk, message, facts, "greeting", now=now)


def prompt(
    session: Session,
    desk: Desk,
    message: Message,
    button: Button,
    *,
    now: datetime,
    reference: str = "",
    theirs: Sequence[Case] = (),
) -> None:
    """Owe the question that a pressed button leads to; `theirs` are the person's own cases, which it may be about."""
    still_open = dict.fromkeys(case.reference for case in theirs if case.closed_at is None)
    facts = said_in_chat.Prompt(
        landlord=desk.landlord,
        about=button.value,
        reference=reference,
        cases=tuple(still_open)[:CASES_ASKED],
        language=language_of(message),
    )
    _say(session, desk, message, facts, f"{button.value}:{reference}", now=now)


def tell_where_they_stand(
    session: Session, desk: Desk, message: Message, theirs: Sequence[Case], *, now: datetime
) -> None:
    """Owe the state of the person's own cases; whoever calls has made sure that they are theirs (law 12)."""
    theirs = tuple(dict.fromkeys(theirs))  # a case of the same batch is known twice
    facts = said_in_chat.CaseStatus(
        landlord=desk.landlord,
        cases=tuple(_line(case) for case in theirs[:CASES_SHOWN]),
        more=max(0, len(theirs) - CASES_SHOWN),
        language=language_of(message),
    )
    _say(session, desk, message, facts, "status", now=now)


def decline_group(session: Session, desk: Desk, message: Message, *, now: datetime) -> None:
    """Owe a group the one sentence that it ever gets from us."""
    facts = said_in_chat.GroupDeclined(landlord=desk.landlord, language=language_of(message))
    outbox.post(session, facts, case=None, round=_of(desk, message), route=_back(message), now=now)


def _say(session: Session, desk: Desk, message: Message, facts: notices.Kind, about: str, *, now: datetime) -> None:
    # Once a minute: a button that is pressed again and again is answered once.
    round = f"{_of(desk, message)}:{about}:{now:%Y-%m-%dT%H:%M}"
    outbox.post(session, facts, case=None, round=round, route=_back(message), now=now)


def _back(message: Message) -> Route:
    return Route(message.channel, message.sender, message.sender_name)


def _of(desk: Desk, message: Message) -> str:
    """A name for the chat that gives its address away to nobody: the round of a notice stands in the journal."""
    said = f"{message.channel}|{message.our_address}|{message.sender}".encode()
    return hmac.new(desk.secret.encode(), said, hashlib.sha256).hexdigest()[:16]


def _line(case: Case) -> said_in_chat.CaseLine:
    running = [(min(clock.code_due, clock.policy_due), clock.kind) for clock in case.clocks if clock.stopped_at is None]
    by, step = min(running, default=(None, ""))
    return said_in_chat.CaseLine(reference=case.reference, kind=case.kind, state=case.state, next_step=step, by=by)
