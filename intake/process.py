"""Read this first: what happens to a message that is in the book.

    accept    (before this: raw and parsed, committed)           intake/accept.py
    turn      what a colleague forwarded is the resident's       intake/forwarded.py
    identify  who wrote, and how they can be reached             intake/identify.py
    match     which open case it belongs to, if any              intake/match.py
    assess    what it is about, and how sure the reader is       classifier/
    open      a new case, or join the one that was matched       casework/storage/cases.py
    answer    the receipt, and the alert for a hazard            intake/answer.py

Case, clocks, journal line and notices commit together. A batch is one transaction; when one message
spoils it, each is done alone, and the one that fails three times goes to quarantine. So does the one that
ends its worker each time: what is late has its tries counted before they are made.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.reading import Reading
from casework.storage import cases, journal, messages, people
from casework.storage.outbox import NOBODY, Route
from casework.storage.tables import Case, Message, Person
from casework.storage.trouble import passes, where
from classifier.assessment import Assessment
from intake import answer, bounce, forwarded, keyword, reread
from intake.acknowledge import route_for
from intake.desk import Desk
from intake.identify import addresses_of, writer_of
from intake.match import Known, look_up, match, mentioned

log = logging.getLogger(__name__)


class Reader(Protocol):
    """What reads messages; `classifier.pipeline.load()` gives the real one."""

    def assess_many(self, texts: Iterable[str]) -> Sequence[Assessment]: ...


class WorkerEnded(Exception):
    """What a message is quarantined for whose tries nobody survived to tell of."""


def process(desk: Desk, reader: Reader, ids: Sequence[int], *, now: datetime) -> int:
    """Process the messages in `ids` that still wait; returns how many this call has settled.

    Raises nothing for a message that cannot be processed: its failure is on its row. A database that is
    locked or gone is raised, and the messages wait for the next bell or sweep.
    """
    if not ids:
        return 0
    with desk.book.reading() as session:
        tried = messages.suspects(session, ids, now=now)
    late = _begin(desk, [one for one, tries in tried.items() if tries == 0], now=now)
    done = _process_batch(desk, reader, [one for one in ids if one in late or one not in tried], late, now=now)
    return done + sum(_try_again(desk, reader, one, tries, now=now) for one, tries in tried.items() if tries)


def _begin(desk: Desk, ids: Sequence[int], *, now: datetime) -> set[int]:
    if not ids:
        return set()
    with desk.book.transaction() as session:
        return messages.begin_try(session, ids, now=now)


def _process_batch(desk: Desk, reader: Reader, ids: Sequence[int], counted: set[int], *, now: datetime) -> int:
    if not ids:
        return 0
    try:
        return _process_together(desk, reader, ids, now=now)
    except Exception as error:  # whatever spoils the batch must not stop the other messages in it
        if passes(error):
            raise
        log.warning("A batch of %d is processed one by one: %s", len(ids), where(error))
    return sum(_process_alone(desk, reader, one, counted=one in counted, now=now) for one in ids)


def _try_again(desk: Desk, reader: Reader, message_id: int, tries: int, *, now: datetime) -> int:
    """Try a message that was tried before: alone, and not again once it has ended whoever tried it three times."""
    if not _begin(desk, [message_id], now=now):
        return 0
    if tries >= messages.TRIES:
        log.error("Message %d ended whoever processed it.", message_id, extra={"message_id": message_id})
        _count_failure(desk, message_id, WorkerEnded(), counted=True, now=now)
        return 0
    return _process_alone(desk, reader, message_id, counted=True, now=now)


def _process_together(desk: Desk, reader: Reader, ids: Sequence[int], *, now: datetime) -> int:
    assessments = _assess(desk, reader, ids, now=now)
    if not assessments:
        return 0
    with desk.book.transaction() as session:
        taken = messages.take(session, list(assessments))
        known = look_up(session, taken)
        for message in taken:
            _process_one(session, desk, message, known, assessments[message.id], now=now)
        return len(taken)


def _assess(desk: Desk, reader: Reader, ids: Sequence[int], *, now: datetime) -> dict[int, Assessment]:
    """Read the words before the transaction begins, so that nobody waits for the reader."""
    columns = (Message.id, Message.kind, Message.subject, Message.new_text, Message.text)
    waiting = select(*columns).where(Message.id.in_(ids), Message.state == "accepted")
    with desk.book.reading() as session:
        rows = session.execute(waiting).all()
    unread = any(row.kind == "unreadable" for row in rows)
    if unread:
        reread.read_again(desk.book, ids)
    if forwarded.turn(desk, ids, now=now) or unread:
        with desk.book.reading() as session:
            rows = session.execute(waiting).all()
    texts = {row.id: messages.words_of(row.subject, row.new_text or row.text) for row in rows}
    return dict(zip(texts, reader.assess_many(texts.values()), strict=True)) if texts else {}


def _process_alone(desk: Desk, reader: Reader, message_id: int, *, counted: bool, now: datetime) -> int:
    try:
        return _process_together(desk, reader, [message_id], now=now)
    except Exception as error:  # one poison message: its failure is counted, the rest goes on
        if passes(error):
            raise
        log.error("Message %d could not be processed: %s", message_id, where(error), extra={"message_id": message_id})
        _count_failure(desk, message_id, error, counted=counted, now=now)
        return 0


def _count_failure(desk: Desk, message_id: int, error: Exception, *, counted: bool, now: datetime) -> None:
    with desk.book.transaction() as session:
        for message in messages.take(session, [message_id]):
            messages.record_failure(session, message, error, now=now, counted=counted)
            if message.state == "quarantined":
                sentence = "A message could not be read by Earshot. Please look at it in the quarantine."
                round = f"quarantine:{message.id}"
                answer.alert_staff(session, desk, "quarantine", sentence, case=None, round=round, now=now)


def _process_one(
    session: Session, desk: Desk, message: Message, known: Known, assessment: Assessment, *, now: datetime
) -> None:
    message.assessment, message.model_version = assessment.as_json(), assessment.version
    if message.kind == "bounce":
        bounce.settle(session, message, now=now)
        return
    reading = _reading(assessment)
    case = match(message, known, reading)
    if message.kind == "auto_reply":
        messages.settle(message, "ignored", case=case, reason="an automatic reply: nobody wrote it", now=now)
        journal.write(session, "message_ignored", at=now, message=message, case=case, reason=message.reason)
        return
    if keyword.obey(session, desk, message, known, case, now=now):
        return
    writer = writer_of(message, known.contacts)
    person = people.know(
        session,
        writer,
        addresses_of(message),
        known.contacts,
        name=message.sender_name,
        home=message.details.get("home_address") or "",
        adjustments=message.details.get("adjustments") or "",
        now=now,
    )
    route = answer.route_of(message, known, writer)
    if case is None:
        _open(session, desk, message, known, reading, person, route, now=now)
    else:
        _join(session, desk, message, known, reading, person, route, case, now=now)


def _open(
    session: Session,
    desk: Desk,
    message: Message,
    known: Known,
    reading: Reading,
    person: Person | None,
    route: Route,
    *,
    now: datetime,
) -> None:
    case = cases.open_case(session, message, reading, person=person, rules=desk.rules, now=now)
    _mention(session, message, known, case, now=now)
    messages.settle(message, "opened", case=case, now=now)
    case.reply_channel, case.reply_address = answer.replies_go_to(message, route)
    known.remember(case, message)
    answer.post_receipt(session, desk, case, message, reading, route, joined=False, moved=False, now=now)
    answer.alert_hazard(session, desk, case, message, reading, now=now)
    forwarded.tell(session, desk, case, message, now=now)


def _join(
    session: Session,
    desk: Desk,
    message: Message,
    known: Known,
    reading: Reading,
    person: Person | None,
    route: Route,
    case: Case,
    *,
    now: datetime,
) -> None:
    was = case.state
    cases.join(session, case, message, reading, rules=desk.rules, now=now)
    messages.settle(message, "attached", case=case, now=now)
    case.person = case.person or person
    if route.channel == NOBODY:
        route = route_for(case)  # typed in without an address: the way that we know is still good
    elif case.person is person:  # somebody else may add to a case, but its answers stay with its own person (law 12)
        case.reply_channel, case.reply_address = answer.replies_go_to(message, route)
    known.remember(case, message)
    moved = case.state != was
    answer.post_receipt(session, desk, case, message, reading, route, joined=True, moved=moved, now=now)
    answer.alert_hazard(session, desk, case, message, reading, now=now)
    forwarded.tell(session, desk, case, message, now=now)


def _mention(session: Session, message: Message, known: Known, case: Case, *, now: datetime) -> None:
    """Keep that a message names a case which its sender does not belong to: a person must look (law 12)."""
    other = mentioned(message, known)
    if other is not None and other is not case:
        journal.write(session, "other_case_mentioned", at=now, case=case, message=message, mentioned=other.reference)


def _reading(assessment: Assessment) -> Reading:
    return Reading(
        kind=assessment.primary.value,
        labels=tuple(label.value for label in assessment.labels),
        review=assessment.review,
        urgent=assessment.urgent,
        hazards=tuple(hazard.value for hazard in assessment.hazards),
        wants=tuple(want.value for want in assessment.wants),
    )
