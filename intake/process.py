"""Read this first: what happens to a message that is in the book.

    accept    (before this: raw and parsed, committed)           intake/accept.py
    turn      what a colleague forwarded is the resident's       intake/forwarded.py
    wait      whether more of the same is on its way             intake/burst.py
    identify  who wrote, and how they can be reached             intake/identify.py
    match     which open case it belongs to, if any              intake/match.py
    assess    what it is about, and how sure the reader is       intake/assess.py, classifier/
              (a pressed button asks or announces something)     intake/button.py, intake/conversation.py
    open      a new case, or join the one that was matched       casework/storage/cases.py
    answer    the receipt, and the alert for a hazard            intake/answer.py

Case, clocks, journal line and notices commit together. A batch is one transaction; when one message
spoils it, each is done alone, and the one that fails three times goes to quarantine. So does the one that
ends its worker each time: what is late has its tries counted before they are made.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from casework.storage import cases, journal, messages, people, suggestions
from casework.storage.outbox import NOBODY, Route
from casework.storage.tables import Case, Message, Person
from casework.storage.trouble import passes, where
from intake import answer, bounce, burst, button, conversation, forwarded, group, keyword
from intake.acknowledge import route_for
from intake.assess import Read, assess
from intake.burst import Reader
from intake.desk import Desk
from intake.identify import addresses_of, heard_from, writer_of
from intake.match import Known, look_up, match, mentioned
from intake.route import replies_go_to, route_of

log = logging.getLogger(__name__)

NAMES_IT = "the message names that case, and it is not known whether its sender may"
"""Why two cases are put to people when a message names a case that its sender does not belong to."""


class WorkerEnded(Exception):
    """What a message is quarantined for whose tries nobody survived to tell of."""


def process(desk: Desk, reader: Reader, ids: Sequence[int], *, now: datetime) -> int:
    """Process the messages in `ids` that still wait; returns how many this call has settled.

    What belongs together is done together, and what more of may come is left waiting. Raises nothing for a message
    that cannot be processed: its failure is on its row. A database that is locked or gone is raised, and the messages
    wait for the next bell or sweep.
    """
    bundles = burst.ripe(desk.book, reader, ids, now=now) if ids else []
    if not bundles:
        return 0
    with desk.book.reading() as session:
        tried = messages.suspects(session, [one for bundle in bundles for one in bundle], now=now)
    late = _begin(desk, [one for one, tries in tried.items() if tries == 0], now=now)
    fresh = [[one for one in bundle if one in late or one not in tried] for bundle in bundles]
    done = _process_batch(desk, reader, [bundle for bundle in fresh if bundle], late, now=now)
    return done + sum(_try_again(desk, reader, one, tries, now=now) for one, tries in tried.items() if tries)


def _begin(desk: Desk, ids: Sequence[int], *, now: datetime) -> set[int]:
    if not ids:
        return set()
    with desk.book.transaction() as session:
        return messages.begin_try(session, ids, now=now)


def _process_batch(
    desk: Desk, reader: Reader, bundles: Sequence[Sequence[int]], counted: set[int], *, now: datetime
) -> int:
    if not bundles:
        return 0
    try:
        return _process_together(desk, reader, bundles, now=now)
    except Exception as error:  # whatever spoils the batch must not stop the other messages in it
        if passes(error):
            raise
        log.warning("A batch of %d is processed one by one: %s", len(bundles), where(error))
    ids = [one for bundle in bundles for one in bundle]
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


def _process_together(desk: Desk, reader: Reader, bundles: Sequence[Sequence[int]], *, now: datetime) -> int:
    reads = assess(desk, reader, sorted(bundles, key=min), now=now)
    if not reads:
        return 0
    with desk.book.transaction() as session:
        taken = {message.id: message for message in messages.take(session, [one for read in reads for one in read.ids])}
        conversation.recall(session, [taken[one] for one in sorted(taken)])
        whole = [read for read in reads if all(one in taken for one in read.ids)]  # of the others somebody has a part
        heard = [[taken[one] for one in read.ids] for read in whole]
        known = look_up(session, [message for told in heard for message in told])
        for read, told in zip(whole, heard, strict=True):
            _process_one(session, desk, told, known, read, now=now)
        return sum(map(len, heard))


def _process_alone(desk: Desk, reader: Reader, message_id: int, *, counted: bool, now: datetime) -> int:
    try:
        return _process_together(desk, reader, [[message_id]], now=now)
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
    session: Session, desk: Desk, told: Sequence[Message], known: Known, read: Read, *, now: datetime
) -> None:
    """Process one message, or several that are one: `told` in the order in which they were sent."""
    for message, kept in zip(told, read.kept, strict=True):
        if not message.details.get("button"):  # whose label is our own words: they say nothing of how we read residents
            message.assessment, message.model_version = kept, read.version
    message = told[0]
    if message.kind == "bounce":
        bounce.settle(session, message, now=now)
        return
    read = replace(
        read, reading=conversation.as_said(message, read.reading), own=conversation.as_said(message, read.own)
    )
    if all(group.decline(session, desk, one, read.reading, now=now) for one in told):
        return
    if button.obey(session, desk, message, known, now=now):
        return
    case = next(filter(None, (match(one, known, read.reading) for one in told)), None)
    if message.kind == "auto_reply":
        messages.settle(message, "ignored", case=case, reason="an automatic reply: nobody wrote it", now=now)
        journal.write(session, "message_ignored", at=now, message=message, case=case, reason=message.reason)
        return
    if len(told) == 1 and keyword.obey(session, desk, message, known, case, read.own, now=now):
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
        heard_from=heard_from(message),
        now=now,
    )
    route = route_of(message, known, writer)
    if case is None:
        _open(session, desk, told, known, read, person, route, now=now)
    else:
        _join(session, desk, told, known, read, person, route, case, now=now)


def _open(
    session: Session,
    desk: Desk,
    told: Sequence[Message],
    known: Known,
    read: Read,
    person: Person | None,
    route: Route,
    *,
    now: datetime,
) -> None:
    message = told[0]
    case = cases.open_case(session, message, read.reading, person=person, rules=desk.rules, now=now)
    _mention(session, message, known, case, now=now)
    messages.settle(message, "opened", case=case, now=now)
    for more in told[1:]:
        cases.join(session, case, more, read.reading, rules=desk.rules, now=now)
        messages.settle(more, "attached", case=case, now=now)
    case.reply_channel, case.reply_address = replies_go_to(message, route)
    for one in told:
        known.remember(case, one)
    answer.post_receipt(session, desk, case, told, read.reading, route, joined=False, moved=False, now=now)
    button.grant(session, desk, case, message, known, read.own.wants, now=now)
    answer.alert_staff_of(session, desk, case, told, read.own, read.reading, now=now)
    forwarded.tell(session, desk, case, message, now=now)


def _join(
    session: Session,
    desk: Desk,
    told: Sequence[Message],
    known: Known,
    read: Read,
    person: Person | None,
    route: Route,
    case: Case,
    *,
    now: datetime,
) -> None:
    was, message = case.state, told[0]
    news = answer.news_in(read.own, read.reading, case)
    for one in told:
        cases.join(session, case, one, read.reading, rules=desk.rules, now=now)
        messages.settle(one, "attached", case=case, now=now)
    case.person = case.person or person
    # Somebody else may add to a case, but its answers stay with its own person (law 12); whom staff name, they know.
    by_another = case.person is not person and message.channel != "staff"
    if route.channel == NOBODY or by_another:
        route = route_for(case)  # typed in without an address: the way that we know is still good
    elif case.person is person:
        case.reply_channel, case.reply_address = replies_go_to(message, route)
    for one in told:
        known.remember(case, one)
    moved = case.state != was
    if message.details.get("edited"):
        journal.write(session, "message_edited", at=now, case=case, message=message)
    answer.post_receipt(
        session, desk, case, told, read.reading, route, joined=True, moved=moved, now=now, by_another=by_another
    )
    if by_another:
        answer.tell_of_another_writer(session, desk, case, message, now=now)
    button.grant(session, desk, case, message, known, read.own.wants, now=now)
    answer.alert_staff_of(session, desk, case, told, read.own, news, now=now)
    forwarded.tell(session, desk, case, message, now=now)


def _mention(session: Session, message: Message, known: Known, case: Case, *, now: datetime) -> None:
    """Keep that a message names a case which its sender does not belong to: a person must look (law 12)."""
    other = mentioned(message, known)
    if other is not None and other is not case:
        journal.write(session, "other_case_mentioned", at=now, case=case, message=message, mentioned=other.reference)
        suggestions.suggest(session, case, other, sort="mentioned", reasons=[NAMES_IT], now=now)
