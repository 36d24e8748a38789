"""Two cases dealt with as one, or as two again: at the word of staff or of the resident, who is told of it."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from casework import notices
from casework.reference import spoken
from casework.storage import joining, linking, outbox, suggestions
from casework.storage.joining import CannotJoin
from casework.storage.outbox import NOBODY
from casework.storage.people_tables import Joining
from casework.storage.tables import Case
from intake.acknowledge import follow_link, route_for
from intake.answer import ombudsman
from intake.desk import Desk


def join(
    session: Session,
    desk: Desk,
    one: int,
    other: int,
    *,
    why: str,
    now: datetime,
    actor: str,
    one_person: bool = False,
) -> Joining:
    """Deal with two cases, by their ids, as one: the one that was received first governs. Raises CannotJoin.

    `one_person` is a member of staff's word that the two are of one person, which is kept with the same reason.
    """
    later, head = _later_and_head(session, one, other)
    if one_person and later.person is not None and head.person is not None and later.person is not head.person:
        linking.link_people(session, later.person, head.person, why=why, actor=actor, now=now)
    pairs = suggestions.pairs_of(session, [later.id])
    made = joining.join(session, later, head, why=why, rules=desk.rules, now=now, actor=actor)
    for pair in pairs:
        if head.id in (pair.case_id, pair.other_id, pair.other.joined_to_id):
            suggestions.decide(session, pair, "joined", now=now, actor=actor)
    session.flush()
    _tell(session, desk, head, later, made, parted=False, by_resident=actor == "resident", now=now)
    return made


def part(session: Session, desk: Desk, made: Joining, *, now: datetime, actor: str) -> None:
    """Deal with them as two again, with the dates that each had; raises CannotJoin."""
    joining.hold(session, [made.case_id, made.head_id])
    joining.part(session, made, now=now, actor=actor)
    session.flush()
    _tell(session, desk, made.case, made.head, made, parted=True, by_resident=False, now=now)


def _later_and_head(session: Session, one: int, other: int) -> tuple[Case, Case]:
    held = joining.hold(session, [one, other])
    if one not in held or other not in held:
        raise CannotJoin("One of these cases is not there any more.")
    return joining.in_order(joining.head_of(held[one]), joining.head_of(held[other]))


def _tell(
    session: Session,
    desk: Desk,
    case: Case,
    other: Case,
    made: Joining,
    *,
    parted: bool,
    by_resident: bool,
    now: datetime,
) -> None:
    """Tell the resident which dates hold, where there is anybody to tell: never one person of another's case."""
    route = route_for(case)
    if route.channel == NOBODY or joining.are_two(case, other):
        return
    facts = notices.CasesJoined(
        landlord=desk.landlord,
        reference=case.reference,
        spoken=spoken(case.reference),
        other=other.reference,
        name=case.person.name if case.person else "",
        parted=parted,
        by_resident=by_resident,
        acknowledge_by=_due(case, "acknowledge"),
        respond_by=_due(case, "respond"),
        follow_link=follow_link(desk, case),
        ombudsman=ombudsman(desk.rules.policy),
    )
    round = f"{'parted' if parted else 'joined'}:{made.id}"
    outbox.post(session, facts, case=case, round=round, route=route, now=now)


def _due(case: Case, kind: str) -> date | None:
    running = [clock for clock in case.clocks if clock.stopped_at is None and clock.kind.startswith(kind)]
    return min((min(clock.code_due, clock.policy_due) for clock in running), default=None)
