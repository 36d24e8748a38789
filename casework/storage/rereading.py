"""The weekly blind sample: messages not read as complaints, drawn to be read again by people who are not told how."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, contains_eager

from casework.reading import COMPLAINT
from casework.storage import journal
from casework.storage.learning_tables import Draw, Rereading
from casework.storage.tables import Case, JournalLine, Message, StaffMember

ANSWERS = ("yes", "no", "cant_tell")
LONDON = ZoneInfo("Europe/London")


class AnsweredAlready(ValueError):
    """Raised when a message of the sample is not, or not any more, this person's to read."""

    def __init__(self) -> None:
        super().__init__("Somebody else has answered for this message, or it is not yours to read. Here is the next.")


def week_of(now: datetime) -> str:
    """The week of a moment in London: 2026-W48."""
    year, week, _ = now.astimezone(LONDON).isocalendar()
    return f"{year}-W{week:02}"


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether this week's sample has still to be drawn."""
    return session.get(Draw, week_of(now)) is None


def draw(session: Session, *, size: int, now: datetime) -> int:
    """Draw this week's sample from the seven days before the week began; returns how many messages it holds.

    The same week draws the same messages, whoever draws and when: every message stands in an order of its own that
    the week seeds.
    """
    week = week_of(now)
    local = now.astimezone(LONDON)
    began = datetime.combine(local.date() - timedelta(days=local.weekday()), time(), LONDON)
    found = _not_read_as_complaints(session, since=began - timedelta(days=7), until=began)
    chosen = spread(found, size=size, seed=week)
    session.add(Draw(week=week, drawn_at=now, found=len(found), drawn=len(chosen)))
    session.flush()
    session.add_all(Rereading(message_id=number, week=week) for number in chosen)
    journal.write(session, "rereading_drawn", at=now, week=week, found=len(found), drawn=len(chosen))
    return len(chosen)


def spread(found: Iterable[tuple[int, str]], *, size: int, seed: str) -> list[int]:
    """At most `size` of these (message, channel), in each channel's own proportion and of each at least one."""
    by_channel: dict[str, list[int]] = {}
    for number, channel in found:
        by_channel.setdefault(channel, []).append(number)
    for numbers in by_channel.values():
        numbers.sort(key=lambda number: hashlib.sha256(f"{seed} {number}".encode()).digest())
    # The place of a message in its channel, as a share of the channel: taking the lowest keeps the proportions.
    places = [
        (place > 0, (place + 0.5) / len(numbers), channel, number)
        for channel, numbers in by_channel.items()
        for place, number in enumerate(numbers)
    ]
    return [number for _, _, _, number in sorted(places)[:size]]


def next_for(session: Session, member: StaffMember) -> Rereading | None:
    """The first message of any sample that waits and that this person may read."""
    return next((one for one in _open(session) if _may_read(session, one, member)), None)


def answer(
    session: Session, number: int, member: StaffMember, said: str, *, labels: Sequence[str], now: datetime
) -> Rereading:
    """Keep the answer of one person about one message, once; raises AnsweredAlready for the second to come.

    A yes about a message in a case that is no complaint waits there until somebody decides about its label.
    """
    if said not in ANSWERS:
        raise ValueError(f"An answer is one of {', '.join(ANSWERS)}.")
    mine = next((one for one in _open(session) if one.id == number), None)
    if mine is None or not _may_read(session, mine, member):
        raise AnsweredAlready
    case = mine.message.case
    waits = said == "yes" and case is not None and case.kind != COMPLAINT
    values = {"answer": said, "labels": list(labels), "answered_by": member.id, "answered_at": now}
    taken = session.execute(
        update(Rereading)
        .where(Rereading.id == number, Rereading.answer == "")
        .values(**values, settled_at=None if waits else now)
        .returning(Rereading.id)
    )
    if taken.first() is None:
        raise AnsweredAlready
    session.refresh(mine)
    journal.write(
        session, "message_reread", at=now, actor=f"staff:{member.id}", case=case, message=mine.message, answer=said
    )
    return mine


def unsettled(session: Session, case_ids: Iterable[int]) -> set[int]:
    """Those of these cases in which a second reader found somebody unhappy and nobody has decided yet."""
    waiting = (
        select(Message.case_id)
        .join(Rereading, Rereading.message_id == Message.id)
        .where(Message.case_id.in_(list(case_ids)), Rereading.answer == "yes", Rereading.settled_at.is_(None))
    )
    return {number for number in session.scalars(waiting) if number is not None}


def settle(session: Session, case: Case, *, now: datetime) -> None:
    """Somebody has decided about the label of the case, whatever they decided."""
    theirs = select(Message.id).where(Message.case_id == case.id)
    session.execute(
        update(Rereading)
        .where(Rereading.message_id.in_(theirs), Rereading.answer == "yes", Rereading.settled_at.is_(None))
        .values(settled_at=now)
        .execution_options(synchronize_session=False)
    )


def _not_read_as_complaints(session: Session, *, since: datetime, until: datetime) -> list[tuple[int, str]]:
    """Messages of this time that were read as no complaint, without a doubt, and were in no sample before."""
    rows = session.execute(
        select(Message.id, Message.channel)
        .where(
            Message.accepted_at >= since,
            Message.accepted_at < until,
            Message.kind == "message",
            Message.outcome.in_(("opened", "attached")),
            Message.assessment["primary"].as_string() != COMPLAINT,
            Message.assessment["review"].as_boolean().is_(False),
            func.length(func.trim(Message.new_text + Message.text)) > 0,
            Message.id.not_in(select(Rereading.message_id)),
        )
        .order_by(Message.id)
    )
    return [(row.id, row.channel) for row in rows]


def _open(session: Session) -> list[Rereading]:
    waiting = (
        select(Rereading)
        .join(Rereading.message)
        .outerjoin(Message.case)
        .where(Rereading.answer == "")
        .options(contains_eager(Rereading.message).contains_eager(Message.case))
        .order_by(Rereading.id)
    )
    return list(session.scalars(waiting))


def _may_read(session: Session, one: Rereading, member: StaffMember) -> bool:
    """Not for whoever deals with the case, ever did anything in it, or took the message down."""
    case = one.message.case
    if one.message.details.get("taken_by") == member.email or (case is not None and case.handler_id == member.id):
        return False
    touched = select(JournalLine.seq).where(
        JournalLine.case_id == one.message.case_id, JournalLine.actor == f"staff:{member.id}"
    )
    return session.scalar(touched.limit(1)) is None
