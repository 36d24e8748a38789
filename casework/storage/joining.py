"""Two cases that are one matter: the later one is joined to the earlier, and can be parted again with nothing lost.

The earlier receipt governs, and what is new belongs to the same investigation as long as stage 1 has not been
answered (Code 6.8). The later case keeps its messages and its journal; its clocks stop, and run again with their own
dates when the two are parted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from casework.clocks import ClockKind
from casework.lifecycle import CaseState
from casework.rules import Rules
from casework.storage import cases, clocks, journal
from casework.storage.people_tables import Joining
from casework.storage.tables import Case, ClockRow, Message

_S = CaseState
_MAY_BE_JOINED = (_S.OPEN, _S.CHOICE_OFFERED, _S.STAGE_1_RECEIVED)
_MAY_TAKE_IN = (*_MAY_BE_JOINED, _S.STAGE_1_ACKNOWLEDGED, _S.STAGE_1_EXTENDED)
_CHANGED = (
    "state", "kind", "labels", "review", "urgent", "hazards", "person_id", "reply_channel", "reply_address",
)  # fmt: skip


class CannotJoin(ValueError):
    """Raised when two cases cannot be dealt with as one; the sentence says why and what to do."""


class TwoPeople(CannotJoin):
    """Raised for a complaint of somebody who is not known to be the person of the earlier case."""


def in_order(one: Case, other: Case) -> tuple[Case, Case]:
    """The later and the earlier of two cases, by receipt."""
    earlier, later = sorted((one, other), key=lambda case: (case.received_at, case.id))
    return later, earlier


def head_of(case: Case) -> Case:
    """The case under which this one is dealt with: itself, unless it was joined to another."""
    return case.joined_to or case


def hold(session: Session, ids: Sequence[int]) -> dict[int, Case]:
    """Cases to be joined or parted, with those that they are joined to, held until the transaction ends."""
    wanted = select(Case.joined_to_id).where(Case.id.in_(ids), Case.joined_to_id.is_not(None))
    every = {*ids, *session.scalars(wanted)}
    rows = session.scalars(
        select(Case)
        .where(Case.id.in_(every))
        .order_by(Case.id)
        .options(joinedload(Case.person), selectinload(Case.clocks))
        .with_for_update(of=Case, key_share=True)
        .execution_options(populate_existing=True)
    )
    return {case.id: case for case in rows}


def joined_under(session: Session, case: Case) -> Sequence[Joining]:
    """What is dealt with under this case, with all that was said in it, the oldest first."""
    standing = select(Joining).where(Joining.head_id == case.id, Joining.parted_at.is_(None)).order_by(Joining.id)
    said = joinedload(Joining.case).options(
        selectinload(Case.messages).selectinload(Message.attachments), selectinload(Case.notices)
    )
    return session.scalars(standing.options(said)).all()


def joining_of(session: Session, case: Case) -> Joining | None:
    """How this case came to be joined to another, while it is."""
    standing = select(Joining).where(Joining.case_id == case.id, Joining.parted_at.is_(None))
    return session.scalar(standing.order_by(Joining.id.desc()).limit(1))


def could_take_in(head: Case) -> bool:
    """Whether what is new may still belong to this case: stage 1 has not been answered (Code 6.8)."""
    return head.closed_at is None and CaseState(head.state) in _MAY_TAKE_IN


def could_be_joined(later: Case) -> bool:
    """Whether this case has no dates of its own yet that its resident was told in an acknowledgement."""
    return later.closed_at is None and CaseState(later.state) in _MAY_BE_JOINED


def are_two(later: Case, head: Case) -> bool:
    """Whether the two are of people who are not known to be one."""
    return later.person_id is not None and head.person_id is not None and later.person_id != head.person_id


def needs_one_person(later: Case, head: Case) -> bool:
    """Whether they can be joined only if their people are one: each who complains is owed an answer of their own."""
    return are_two(later, head) and CaseState(later.state) is not _S.OPEN


def check(session: Session, later: Case, head: Case) -> None:
    """Raise CannotJoin, with why, unless the later case may be dealt with under `head`."""
    if later is head:
        raise CannotJoin("These are dealt with as one case already.")
    if later.joined_to_id is not None:
        raise CannotJoin(f"Case {later.reference} is dealt with together with another case already.")
    if not could_take_in(head):
        raise CannotJoin(f"Case {head.reference} has been answered or closed: what is new is a case of its own.")
    if not could_be_joined(later):
        raise CannotJoin(
            f"Case {later.reference} has been acknowledged or closed, with dates of its own: keep both, and answer"
            " them together."
        )
    if session.scalar(select(Case.id).where(Case.joined_to_id == later.id).limit(1)) is not None:
        raise CannotJoin(f"Other cases are dealt with under {later.reference}. Part those first.")
    if needs_one_person(later, head):
        raise TwoPeople(
            "These are not known to be one person, and everybody who complains is owed an answer of their own. Say"
            " that they are one person if you have made sure, or keep both cases."
        )


def join(session: Session, later: Case, head: Case, *, why: str, rules: Rules, now: datetime, actor: str) -> Joining:
    """Deal with the later case under `head` from now on; raises CannotJoin."""
    check(session, later, head)
    before, ran = _snapshot(head), [clock for clock in later.clocks if clock.stopped_at is None]
    clocks_before = {clock.id for clock in head.clocks}
    running_before = {clock.id for clock in head.clocks if clock.stopped_at is None}
    _take_on(session, head, later, rules=rules, now=now)
    clocks.stop_all(session, later, f"joined to {head.reference}", now=now)
    later.joined_to, later.closed_at = head, now
    session.flush()
    joining = Joining(
        case=later,
        head=head,
        why=why,
        actor=actor,
        at=now,
        clocks=[clock.id for clock in ran],
        before=before,
        after=_snapshot(head),
        started=[clock.id for clock in head.clocks if clock.id not in clocks_before],
        replaced=[clock.id for clock in head.clocks if clock.id in running_before and clock.stopped_at is not None],
    )
    session.add(joining)
    journal.write(session, "case_joined", at=now, actor=actor, case=later, to=head.reference, why=why)
    journal.write(session, "case_took_in", at=now, actor=actor, case=head, joined=later.reference, why=why)
    return joining


def part(session: Session, joining: Joining, *, now: datetime, actor: str) -> None:
    """Make two cases of them again: the later one's clocks run on as if they had never stopped."""
    if joining.parted_at is not None:
        raise CannotJoin("They were parted already.")
    later, head = joining.case, joining.head
    later.joined_to, later.closed_at = None, None
    clocks.run_again(later, joining.clocks)
    if not _moved_on(head, joining):
        _put_back(session, head, later, joining, now=now)
    joining.parted_at, joining.parted_by = now, actor
    journal.write(session, "case_parted", at=now, actor=actor, case=later, was=head.reference)
    journal.write(session, "case_gave_back", at=now, actor=actor, case=head, parted=later.reference)


def _take_on(session: Session, head: Case, later: Case, *, rules: Rules, now: datetime) -> None:
    """Let the earlier case be all that the later one was: never less urgent, and no later."""
    running = _acknowledgement(later)
    if running is not None:
        since = running.started_at
        of_head = _acknowledgement(head)
        if of_head is not None and since < of_head.started_at:
            cases.acknowledge_since(session, head, since=since, rules=rules, now=now)
        if CaseState(later.state) is _S.STAGE_1_RECEIVED and CaseState(head.state) in (_S.OPEN, _S.CHOICE_OFFERED):
            cases.become_complaint(session, head, since=since, rules=rules, now=now, actor="earshot")
        elif CaseState(later.state) is _S.CHOICE_OFFERED and CaseState(head.state) is _S.OPEN:
            cases.offer_choice(session, head, since=since, rules=rules, now=now)
    head.urgent = head.urgent or later.urgent
    head.hazards = sorted({*head.hazards, *later.hazards})
    head.person = head.person or later.person
    if head.person is later.person and later.reply_address and later.last_heard_at >= head.last_heard_at:
        head.reply_channel, head.reply_address = later.reply_channel, later.reply_address
    head.last_heard_at = max(head.last_heard_at, later.last_heard_at)


def _acknowledgement(case: Case) -> ClockRow | None:
    kind = ClockKind.ACKNOWLEDGE_1.value
    return next((clock for clock in case.clocks if clock.kind == kind and clock.stopped_at is None), None)


def _snapshot(case: Case) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(case, name) for name in _CHANGED}
    return said | {"labels": list(case.labels), "hazards": list(case.hazards)}


def _moved_on(head: Case, joining: Joining) -> bool:
    """Whether people have done something with the earlier case since that the parting must not undo."""
    started = [clock for clock in head.clocks if clock.id in joining.started]
    return head.state != joining.after["state"] or any(clock.stopped_at is not None for clock in started)


def _put_back(session: Session, head: Case, later: Case, joining: Joining, *, now: datetime) -> None:
    for name in _CHANGED:
        if getattr(head, name) == joining.after[name]:  # what somebody has changed since stays
            setattr(head, name, joining.before[name])
    for clock in head.clocks:
        if clock.id in joining.started:
            clocks.stop(session, head, ClockKind(clock.kind), f"parted from {later.reference}", now=now)
    clocks.run_again(head, joining.replaced)
    if joining.before["state"] != joining.after["state"]:
        journal.write(session, "case_moved", at=now, case=head, move="part", was=joining.after["state"], now=head.state)
