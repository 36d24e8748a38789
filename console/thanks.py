"""What a resident may be told of a message that they have just sent, and the code of somebody who left no name."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from casework.links import token_for
from casework.reference import spoken
from casework.storage.tables import Case, Message
from channels.webform.inbound import OUR_ADDRESS
from intake.desk import Desk

CODE_SHOWN_FOR = timedelta(hours=1)
"""So long the thank-you page shows the code: whoever finds it in the history of a shared computer is too late."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CODE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the thank-you page may say of the message; `link` is empty where only its owner may get it (law 12)."""

    reference: str
    spoken: str
    joined: bool
    acknowledge_by: date | None
    emergency: tuple[str, ...]
    link: str


def code_of(name: str, secret: str) -> str:
    """The claim code of a form with this name, always the same: it stands nowhere, and cannot be guessed.

    Sixty bits in twelve letters that nobody mistakes for each other.
    """
    digest = hmac.new(secret.encode(), b"claim code " + name.encode(), hashlib.sha256).digest()
    letters = base64.b32encode(digest).decode()[:_CODE_LENGTH]
    return letters.translate(str.maketrans(_BASE32, _LETTERS))


def written(code: str) -> str:
    """A code as people read it: ABCD-EFGH-JKLM."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def id_of(code: str, secret: str) -> str:
    """The id of the message that a code claims: a keyed hash, so that nobody can read a code out of the book."""
    bare = "".join(letter for letter in code.upper() if letter in _LETTERS)
    return hmac.new(secret.encode(), b"claimed by " + bare.encode(), hashlib.sha256).hexdigest()[:40]


def message_named(session: Session, message_id: str) -> Message | None:
    """The form's message with this id, and its case."""
    named = select(Message).where(
        Message.channel == "webform", Message.our_address == OUR_ADDRESS, Message.external_id == message_id
    )
    return session.scalar(named.options(joinedload(Message.case).joinedload(Case.person)))


def may_show_code(message: Message, *, now: datetime) -> bool:
    """Only whoever cannot be written to needs a code, and only at once."""
    reachable = message.sender or any(message.details.get(f"contact_{kind}") for kind in ("email", "phone"))
    return not reachable and now - message.accepted_at < CODE_SHOWN_FOR


def outcome_of(desk: Desk, message: Message, case: Case) -> Outcome:
    """What became of it."""
    joined = message.outcome != "opened"
    first_heard_of = case.person is None or case.person.created_at >= message.accepted_at
    running = [clock for clock in case.clocks if clock.stopped_at is None and clock.kind.startswith("acknowledge")]
    found = (message.assessment or {}).get("hazards", [])
    lines = [desk.rules.policy.emergency_line_for(hazard) for hazard in found]
    if not lines and (message.assessment or {}).get("urgent"):
        lines = [desk.rules.policy.emergency["general"]]
    return Outcome(
        reference=case.reference,
        spoken=spoken(case.reference),
        joined=joined,
        acknowledge_by=min((min(clock.code_due, clock.policy_due) for clock in running), default=None),
        emergency=tuple(dict.fromkeys(lines)),
        link=f"/case/{token_for(case.reference, desk.secret)}" if first_heard_of and not joined else "",
    )
