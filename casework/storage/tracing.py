"""Finds the cases that messages may belong to, in a handful of queries, and holds them until the transaction ends.

What leads to a case that is dealt with together with an earlier one leads to that earlier one.

Whoever holds a case first finishes first: a second worker waits, and then sees what the first has done.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Executable, func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from casework.lifecycle import CaseState, Move, moves_from
from casework.storage.tables import Case, Message, Notice

CAN_GO_ON = tuple(state.value for state in CaseState if Move.ESCALATE in moves_from(state))
"""Answered at stage 1, closed or not: the resident may ask for stage 2, and the Code sets no last day (6.10)."""

_HEAD = func.coalesce(Case.joined_to_id, Case.id)
"""The case under which a case is dealt with: itself, unless it was joined to another."""


@dataclass(slots=True)
class Traced:
    """Cases by what leads to them: a notice of ours that is answered, a message of theirs, a reference, a person."""

    by_notice: dict[str, Case] = field(default_factory=dict)
    by_message: dict[str, Case] = field(default_factory=dict)
    by_reference: dict[str, Case] = field(default_factory=dict)
    by_person: dict[int, list[Case]] = field(default_factory=dict)


def trace(
    session: Session,
    *,
    keys: set[str],
    told: set[tuple[str, str]],
    threads: set[str],
    references: set[str],
    people: set[int],
) -> Traced:
    """The cases that are led to by our notices' keys, by (channel, provider's id) of a notice that is answered, by
    ids of earlier messages, by references, and by people; of a person only cases that are open or can go on.
    """
    by_key = _pairs(session, select(Notice.key, _HEAD).join(Notice.case).where(Notice.key.in_(keys)), keys)
    answered = tuple_(Notice.channel, Notice.provider_id).in_(told)
    by_told = _pairs(session, select(Notice.provider_id, _HEAD).join(Notice.case).where(answered), told)
    heard = Message.external_id.in_(threads)
    by_thread = _pairs(session, select(Message.external_id, _HEAD).join(Message.case).where(heard), threads)
    by_reference = _pairs(session, select(Case.reference, _HEAD).where(Case.reference.in_(references)), references)
    theirs = (
        session.scalars(
            select(_HEAD).where(Case.person_id.in_(people), or_(Case.closed_at.is_(None), Case.state.in_(CAN_GO_ON)))
        ).all()
        if people
        else []
    )
    held = _hold(session, {*by_key.values(), *by_told.values(), *by_thread.values(), *by_reference.values(), *theirs})
    traced = Traced(
        by_notice={name: held[number] for name, number in (by_key | by_told).items()},
        by_message={name: held[number] for name, number in by_thread.items()},
        by_reference={name: held[number] for name, number in by_reference.items()},
    )
    for case in sorted((held[number] for number in theirs), key=lambda case: (case.last_heard_at, case.id)):
        traced.by_person.setdefault(case.person_id or 0, []).insert(0, case)
    return traced


def _pairs(session: Session, statement: Executable, wanted: set[Any]) -> dict[str, int]:
    if not wanted:
        return {}
    return {name: number for name, number in session.execute(statement) if number is not None}


def _hold(session: Session, ids: set[int]) -> dict[int, Case]:
    if not ids:
        return {}
    # Always in the order of their ids, so that two workers never wait for each other crosswise; and FOR NO KEY
    # UPDATE, since a stronger lock would stop those who only write a line about the case.
    rows = session.scalars(
        select(Case)
        .where(Case.id.in_(ids))
        .order_by(Case.id)
        .options(joinedload(Case.person))
        .with_for_update(of=Case, key_share=True)
        .execution_options(populate_existing=True)
    )
    return {case.id: case for case in rows}
