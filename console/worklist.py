"""What needs a person now: the open cases in the order of harm, each with why, and what staff have not yet seen.

The order is three bands: hazards and people in danger; what has a date, so that the overdue comes before
what is due soonest; the rest by age. Each band is one query that begins where the last page ended.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, literal, not_, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from casework.reading import hazard_words
from casework.storage import rereading, waits
from casework.storage.columns import Moment
from casework.storage.tables import Case, ClockRow, Message, Notice, Position
from console.wording import LONDON, clock_name, due_by, plain

PAGE = 50
ALERTS_SHOWN = 20

STUCK_AFTER = timedelta(minutes=2)
"""What waits longer than this was found by no worker and no sweep."""

HARM = or_(Case.urgent, cast(Case.hazards, Text) != "[]")

_BANDS: tuple[tuple[ColumnElement[bool], Any], ...] = (
    (HARM, func.coalesce(Case.next_due_at, Case.received_at)),
    (not_(HARM) & Case.next_due_at.is_not(None), Case.next_due_at),
    (not_(HARM) & Case.next_due_at.is_(None), Case.last_heard_at),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the inbox is narrowed to; all of it stands in the page's address."""

    kind: str = ""
    state: str = ""
    handler_id: int | None = None

    def narrow(self, found: Select[Any]) -> Select[Any]:
        if self.kind:
            found = found.where(Case.kind == self.kind)
        if self.state:
            found = found.where(Case.state == self.state)
        return found if self.handler_id is None else found.where(Case.handler_id == self.handler_id)


@dataclass(frozen=True, slots=True)
class Row:
    """One case of the work list: `why` says in one line why it stands where it stands."""

    case: Case
    why: str
    harm: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Health:
    """How the inbox knows whether all is well: what came last, and what waits for longer than it should."""

    last_heard_at: datetime | None
    collected_at: datetime | None
    stuck_messages: int
    stuck_notices: int
    stuck_clocks: int
    quarantined: int

    @property
    def works(self) -> bool:
        return not (self.stuck_messages or self.stuck_notices or self.stuck_clocks)

    @property
    def sentence(self) -> str:
        """What stands still, for staff to tell whoever runs Earshot."""
        counted = ((self.stuck_messages, "to be read"), (self.stuck_notices, "to be sent"))
        waiting = [f"{number} wait{'s' if number == 1 else ''} {what}" for number, what in counted if number]
        if self.stuck_clocks:
            waiting.append(f"{self.stuck_clocks} date{'' if self.stuck_clocks == 1 else 's'} to be looked at")
        return (
            f"Earshot's workers may have stopped: for more than two minutes {', '.join(waiting)}. Tell whoever runs"
            " Earshot for you."
        )


def page(session: Session, filters: Filters, after: str, *, now: datetime) -> tuple[list[Row], str]:
    """One page of the work list, and the key after which the next one begins ("" when this is the last)."""
    band, place = _parsed(after)
    found: list[tuple[int, Any, Case]] = []
    for number in range(band, len(_BANDS)):
        condition, sort = _BANDS[number]
        query = filters.narrow(select(Case, sort).where(Case.closed_at.is_(None), condition))
        if place is not None and number == band:
            query = query.where(tuple_(sort, Case.id) > tuple_(literal(place[0], Moment()), literal(place[1])))
        query = query.options(joinedload(Case.person), joinedload(Case.handler)).order_by(sort, Case.id)
        found += [(number, at, case) for case, at in session.execute(query.limit(PAGE + 1 - len(found)))]
        if len(found) > PAGE:
            break
    following = ""
    if len(found) > PAGE:
        number, at, case = found[PAGE - 1]
        following = f"{number}.{at.timestamp():.6f}.{case.id}"
    return _explained(session, [case for _, _, case in found[:PAGE]], now=now), following


def alerts(session: Session) -> list[Notice]:
    """The staff alerts that nobody has said they saw, the newest first."""
    unseen = select(Notice).where(waits.UNSEEN)
    unseen = unseen.where(Notice.state != "cancelled").order_by(Notice.id.desc())
    return list(session.scalars(unseen.options(joinedload(Notice.case)).limit(ALERTS_SHOWN + 1)))


def health(session: Session, *, now: datetime) -> Health:
    """What the book says of the machine's own work."""
    early = now - STUCK_AFTER
    waiting = _count(Message.id, waits.ACCEPTED, Message.next_try_at < early)
    unsent = _count(Notice.id, waits.DUE, Notice.next_try_at < early)
    unlooked = _count(ClockRow.id, ClockRow.stopped_at.is_(None), ClockRow.watch_at < early)
    quarantined = _count(Message.id, waits.QUARANTINED)
    last_heard = select(Message.accepted_at).order_by(Message.id.desc()).limit(1).scalar_subquery()
    collected = select(func.max(Position.at)).where(Position.source.startswith("email:")).scalar_subquery()
    row = session.execute(select(last_heard, collected, waiting, unsent, unlooked, quarantined)).one()
    return Health(*row)


def trouble_with(notices: Iterable[Notice]) -> list[str]:
    """What is wrong with the notices to a resident: in doubt, or failed by every way that was tried."""
    tried: dict[tuple[str, str], list[str]] = {}
    for notice in notices:
        tried.setdefault((notice.kind, notice.round.split("@")[0]), []).append(notice.state)
    sentences = []
    for (kind, _round), states in tried.items():
        what = plain(kind).lower()
        if "in_doubt" in states:
            sentences.append(f"It is not known if the {what} went out")
        elif all(state == "failed" for state in states):
            sentences.append(f"The {what} could not be delivered")
    return sentences


def _explained(session: Session, cases: Sequence[Case], *, now: datetime) -> list[Row]:
    ids = [case.id for case in cases]
    running = session.scalars(select(ClockRow).where(ClockRow.case_id.in_(ids), ClockRow.stopped_at.is_(None)))
    clocks: dict[int, list[ClockRow]] = {}
    for clock in running:
        clocks.setdefault(clock.case_id, []).append(clock)
    told = session.scalars(select(Notice).where(Notice.case_id.in_(ids), Notice.kind != "staff_alert"))
    notices: dict[int, list[Notice]] = {}
    for notice in told:
        notices.setdefault(notice.case_id or 0, []).append(notice)
    reread = rereading.unsettled(session, ids)
    return [
        _row(case, clocks.get(case.id, []), notices.get(case.id, []), reread=case.id in reread, now=now)
        for case in cases
    ]


def _row(case: Case, clocks: list[ClockRow], notices: list[Notice], *, reread: bool, now: datetime) -> Row:
    reasons = []
    if case.hazards:
        reasons.append("Hazard: " + hazard_words(case.hazards))
    elif case.urgent:
        reasons.append("Somebody may be in danger")
    today = now.astimezone(LONDON).date()
    first = min(clocks, key=lambda clock: clock.due_at, default=None)
    late = first is not None and first.due_at < now
    if first is not None:
        reasons.append(_due(first, late=late, today=today))
    reasons += trouble_with(notices)
    if reread:
        reasons.append("A second reader finds somebody unhappy: please decide what it is")
    if case.review:
        reasons.append("Unsure label: please decide what it is")
    if not reasons:
        heard = case.last_heard_at.astimezone(LONDON).date()
        reasons.append(f"Nothing is due. Last heard of {'today' if heard == today else due_by(heard, today=today)}")
    return Row(case, ". ".join(reasons) + ".", bool(case.hazards or case.urgent), late)


def _due(clock: ClockRow, *, late: bool, today: date) -> str:
    due = min(clock.code_due, clock.policy_due)
    if late:
        return f"Late: {clock_name(clock.kind)} was due {due_by(due, today=today)}"
    return f"{clock_name(clock.kind)} due {due_by(due, today=today)}"


def _count(column: Any, *conditions: Any) -> Any:
    return select(func.count(column)).where(*conditions).scalar_subquery()


def _parsed(after: str) -> tuple[int, tuple[datetime, int] | None]:
    """The key of a page, as `page` made it; anything else is the first page."""
    band, _, rest = after.partition(".")
    stamp, _, number = rest.rpartition(".")
    try:
        at = datetime.fromtimestamp(float(stamp), LONDON)
        place = (int(band), (at, int(number)))
    except (ValueError, OverflowError, OSError):
        return 0, None
    return place if 0 <= place[0] < len(_BANDS) else (0, None)
