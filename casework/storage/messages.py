"""Messages in the book: what waits, and where each one ended (law 9)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from casework.storage import bell, journal, waits
from casework.storage.tables import Case, Message
from casework.storage.trouble import where

Outcome = Literal["opened", "attached", "ignored"]

TRIES = 3
"""A message that fails this often goes to quarantine, where staff see it and can run it again (law 9)."""

RETRY_AFTER = (timedelta(seconds=2), timedelta(seconds=10))


LATE = timedelta(seconds=10)
"""What has waited so long although workers run may have killed whoever took it: its tries are counted beforehand."""

TRY_LASTS = timedelta(seconds=30)
"""A try that was counted beforehand and has not ended by then has ended its worker."""


def words_of(subject: str, body: str) -> str:
    """What is read of a message: its body, under the subject where that says something more."""
    return f"{subject}\n{body}" if subject and subject not in body else body


def waiting(session: Session, *, now: datetime, limit: int, ids: list[int] | None = None) -> list[int]:
    """Messages that are accepted and due to be processed: `ids` first, then the oldest, at most `limit`."""
    due = select(Message.id).where(waits.ACCEPTED, Message.next_try_at <= now)
    asked = list(session.scalars(due.where(Message.id.in_(ids)).order_by(Message.id))) if ids else []
    if len(asked) < limit:
        more = session.scalars(due.order_by(Message.next_try_at, Message.id).limit(limit))
        asked += [found for found in more if found not in set(asked)]
    return asked[:limit]


def take(session: Session, ids: list[int]) -> list[Message]:
    """Lock those of `ids` that are still waiting; a worker that comes second gets none of them."""
    return list(
        session.scalars(
            select(Message)
            .where(Message.id.in_(ids), Message.state == "accepted")
            .options(joinedload(Message.case))
            .order_by(Message.id)
            .with_for_update(of=Message, skip_locked=True, key_share=True)
        )
    )


def suspects(session: Session, ids: Sequence[int], *, now: datetime) -> dict[int, int]:
    """Those of `ids` that are late or were tried before, with how often they were tried."""
    late_or_tried = (Message.attempts > 0) | (Message.next_try_at <= now - LATE)
    rows = session.execute(
        select(Message.id, Message.attempts).where(Message.id.in_(ids), Message.state == "accepted", late_or_tried)
    )
    return {row.id: row.attempts for row in rows}


def begin_try(session: Session, ids: Sequence[int], *, now: datetime) -> set[int]:
    """Count a try before it is made, so that it counts even if nobody survives it; gives those that are ours to try.

    Nobody else begins one of them meanwhile.
    """
    rows = session.execute(
        update(Message)
        .where(Message.id.in_(ids), Message.state == "accepted", Message.next_try_at <= now)
        .values(attempts=Message.attempts + 1, next_try_at=now + TRY_LASTS)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return set(rows.scalars())


def settle(message: Message, outcome: Outcome, *, now: datetime, case: Case | None = None, reason: str = "") -> None:
    """Say where the message ended."""
    message.state = "processed"
    message.outcome = outcome
    message.case = case
    message.reason = reason
    message.processed_at = now


def record_failure(
    session: Session, message: Message, error: Exception, *, now: datetime, counted: bool = False
) -> None:
    """Count one failed try, unless it was counted before it was made; the third puts the message in quarantine."""
    message.attempts += not counted
    message.reason = where(error)
    if message.attempts >= TRIES:
        quarantine(session, message, message.reason, now=now)
    else:
        message.next_try_at = now + RETRY_AFTER[min(message.attempts, len(RETRY_AFTER)) - 1]


def quarantine(session: Session, message: Message, reason: str, *, now: datetime) -> None:
    """Set a message aside for a person; its bytes stay as they came."""
    message.state = message.outcome = "quarantined"
    message.reason = reason
    message.processed_at = now
    journal.write(session, "message_quarantined", at=now, message=message, channel=message.channel)


def run_again(session: Session, message: Message, *, now: datetime, actor: str) -> None:
    """Take a message out of quarantine and put it back in the line, at a person's word."""
    if message.state != "quarantined":
        raise ValueError(f"Message {message.id} is not in quarantine: it is {message.state}.")
    message.state, message.outcome, message.reason = "accepted", None, ""
    message.attempts, message.next_try_at, message.processed_at = 0, now, None
    journal.write(session, "message_run_again", at=now, actor=actor, message=message)
    bell.ring(session, bell.PROCESS_MESSAGES, message)


def set_aside(session: Session, message: Message, *, now: datetime, actor: str, reason: str) -> None:
    """Leave a quarantined message alone, at a person's word and with the reason that they gave."""
    if message.state != "quarantined":
        raise ValueError(f"Message {message.id} is not in quarantine: it is {message.state}.")
    if not reason.strip():
        raise ValueError("Say why this message needs no answer: the record must show it.")
    settle(message, "ignored", now=now, reason=reason)
    journal.write(session, "message_set_aside", at=now, actor=actor, message=message)


def ledger(session: Session, *, since: datetime, until: datetime) -> dict[str, int]:
    """What became of everything that came in: the parts always add up to `seen` (law 9)."""
    accepted_then = (Message.accepted_at >= since, Message.accepted_at < until)
    rows = session.execute(
        select(func.coalesce(Message.outcome, "waiting"), func.count(), func.coalesce(func.sum(Message.copies), 0))
        .where(*accepted_then)
        .group_by(Message.outcome)
    ).all()
    counted = dict.fromkeys(("opened", "attached", "ignored", "quarantined", "waiting", "duplicate"), 0)
    for outcome, messages, copies in rows:
        counted[outcome] += messages
        counted["duplicate"] += int(copies)
    return {"seen": sum(counted.values()), **counted}
