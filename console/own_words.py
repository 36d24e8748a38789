"""What a resident reads about their case: where it stands, which dates hold, what was said; all in plain words."""

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from casework.lifecycle import CaseState
from casework.storage.outbox import ALERT, NOBODY
from casework.storage.tables import Case, ClockRow, Message, Notice
from channels import registry
from channels.message import InboundMessage

_S = CaseState

STAGES: dict[CaseState, tuple[str, str]] = {
    _S.OPEN: ("Recorded", "We have recorded what you told us, and the right team will see it. It is not a complaint."),
    _S.CHOICE_OFFERED: (
        "Your choice",
        (
            "You may be unhappy with something that we did or did not do. If you want, we treat it as a complaint. If"
            " we do not hear from you, we still write to you by the date below."
        ),
    ),
    _S.STAGE_1_RECEIVED: (
        "Complaint, stage 1: received",
        (
            "We have your complaint. Next we write to you to say how we understand it, what you would like to happen,"
            " and who is dealing with it."
        ),
    ),
    _S.STAGE_1_ACKNOWLEDGED: (
        "Complaint, stage 1: being looked into",
        "We have acknowledged your complaint and are looking into it.",
    ),
    _S.STAGE_1_EXTENDED: (
        "Complaint, stage 1: we need more time",
        "We are still looking into your complaint, and have written to you why it takes longer.",
    ),
    _S.STAGE_1_ANSWERED: (
        "Complaint, stage 1: answered",
        (
            "We have sent you our answer. If you are still unhappy, tell us below: you need not give a reason, and"
            " somebody else will look at it again (stage 2)."
        ),
    ),
    _S.STAGE_1_CLOSED: (
        "Complaint, stage 1: closed",
        (
            "We have answered and done what we promised. If you are still unhappy, tell us below, and somebody else"
            " will look at it again (stage 2)."
        ),
    ),
    _S.STAGE_2_RECEIVED: (
        "Complaint, stage 2: received",
        (
            "We have your wish to take the complaint further. Next we write to you to say how we understand it and who"
            " is dealing with it."
        ),
    ),
    _S.STAGE_2_ACKNOWLEDGED: (
        "Complaint, stage 2: being looked into",
        "Somebody who did not deal with it before is looking at your complaint again.",
    ),
    _S.STAGE_2_EXTENDED: (
        "Complaint, stage 2: we need more time",
        "We are still looking at your complaint, and have written to you why it takes longer.",
    ),
    _S.STAGE_2_ANSWERED: (
        "Complaint, stage 2: answered",
        "We have sent you our final answer. If you are still unhappy, the Housing Ombudsman can look into it.",
    ),
    _S.STAGE_2_CLOSED: (
        "Complaint, stage 2: closed",
        (
            "We have given our final answer and done what we promised. If you are still unhappy, the Housing Ombudsman"
            " can look into it."
        ),
    ),
    _S.ESCALATION_REFUSED: (
        "Stage 2 refused",
        "We have written to you why we do not take this to stage 2. The Housing Ombudsman can look at that.",
    ),
    _S.ESCALATION_WITHDRAWN: ("Stage 2 withdrawn", "You asked us not to go on. You can change your mind at any time."),
    _S.REFUSED: (
        "Not taken as a complaint",
        "We have written to you why we do not take this as a complaint. The Housing Ombudsman can look at that.",
    ),
    _S.WITHDRAWN: ("Complaint withdrawn", "You asked us to stop. You can change your mind at any time."),
    _S.CLOSED: ("Closed", "This is done with. If it is not, tell us below."),
}
"""Each state of the lifecycle: its name and what it means for the resident."""

PROMISES = {
    "acknowledge_1": "We acknowledge your complaint",
    "respond_1": "We answer your complaint",
    "respond_1_extended": "We answer your complaint (longer time)",
    "acknowledge_2": "We acknowledge your wish for stage 2",
    "respond_2": "We give you our final answer",
    "respond_2_extended": "We give you our final answer (longer time)",
    "progress_update": "You hear from us how far we are",
}

DELIVERY = {
    "due": "Being sent",
    "claimed": "Being sent",
    "accepted": "Sent",
    "delivered": "Delivered",
    "failed": "Could not be delivered this way; we are trying another",
    "in_doubt": "Being sent; we are finding out whether it has reached you",
}
"""The states of a notice that a resident is shown; what was cancelled is not shown."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One date that we hold ourselves to, with why; `kept_on` is when it was done."""

    what: str
    due: date
    rule: str
    working: tuple[tuple[str, tuple[dict[str, Any], ...]], ...]
    kept_on: datetime | None
    running: bool


@dataclass(frozen=True, slots=True)
class Said:
    """Something that one side said to the other."""

    by_us: bool
    at: datetime
    how: str
    words: str
    files: tuple[str, ...] = ()
    state: str = ""
    subject: str = ""


def dates_of(case: Case) -> list[Promise]:
    """The promises of a case: those that run first, the next one due on top, then those that were kept."""
    promises = [_promise(clock) for clock in case.clocks if clock.stopped_at is None or clock.outcome in _KEPT]
    return sorted(promises, key=lambda promise: (not promise.running, promise.due))


def said_in(case: Case) -> list[Said]:
    """The conversation, oldest first: their words, and what was really sent to them."""
    theirs = [_heard(message) for message in case.messages if message.kind in ("message", "empty")]
    ours = [
        _sent(notice) for notice in case.notices if notice.channel not in (ALERT, NOBODY) and notice.state in DELIVERY
    ]
    return sorted([*theirs, *ours], key=lambda said: said.at)


def in_thread_of(case: Case, message: InboundMessage) -> InboundMessage:
    """The message as an answer to what we sent in this case, which only who holds the link can write."""
    last = next((notice for notice in reversed(case.notices)), None)
    return replace(message, in_reply_to=f"<{last.key}@page>") if last is not None else message


def new_name() -> str:
    """A name for a form that is being shown."""
    return str(uuid.uuid4())


_KEPT = ("acknowledged", "answered", "updated")


def _promise(clock: ClockRow) -> Promise:
    counts = groupby(clock.working, key=lambda line: str(line.get("count", "code")))
    return Promise(
        what=PROMISES.get(clock.kind, clock.kind.replace("_", " ").capitalize()),
        due=min(clock.code_due, clock.policy_due),
        rule=clock.rule,
        working=tuple((name, tuple(_day(line) for line in lines)) for name, lines in counts),
        kept_on=clock.stopped_at,
        running=clock.stopped_at is None,
    )


def _day(line: dict[str, Any]) -> dict[str, Any]:
    return {**line, "date": date.fromisoformat(str(line["date"]))}


def _heard(message: Message) -> Said:
    how = str(message.details.get("how") or registry.get(message.channel).description.label)
    return Said(
        by_us=False,
        at=message.received_at,
        how=how.replace("_", " ").capitalize(),
        words=(message.new_text or message.text).strip(),
        files=tuple(file.filename for file in message.attachments if not file.inline),
        subject=message.subject,
    )


def _sent(notice: Notice) -> Said:
    return Said(
        by_us=True,
        at=notice.accepted_at or notice.created_at,
        how=registry.get(notice.channel).description.label,
        words=notice.text,
        state=DELIVERY[notice.state],
        subject=notice.subject,
    )
