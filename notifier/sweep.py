"""Finds in the outbox whatever the bell did not say, and settles what was cut off (laws 3 and 4)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework import notices, said_in_chat
from casework.settings import settings
from casework.storage import bell, delivery, journal, outbox, receipts, waits
from casework.storage.outbox import ALERT, Route
from casework.storage.sessions import Book
from casework.storage.tables import Notice
from casework.storage.trouble import where
from channels import registry
from channels.errors import ChannelError
from channels.message import OutboundMessage, Receipt
from notifier import fallback
from notifier.deliver import note, outbound

log = logging.getLogger(__name__)

A_PERSON_AFTER = 3
"""Doubts that no provider can clear are put to staff after so many tries at asking."""

_MANY = 400
_IN_A_CHAT = frozenset(made.kind for made in said_in_chat.IN_A_CHAT)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A notice in doubt as it stood when its provider was asked, free of the database.

    `may_repeat` says that hearing it twice is better than not at all, so that nobody has to be asked.
    """

    notice_id: int
    message: OutboundMessage
    may_repeat: bool


def ring_for_due(book: Book, *, now: datetime) -> int:
    """Ring for notices that are due and for claims that need settling; returns how many it found."""
    with book.reading() as session:
        alerts = delivery.due(session, now=now, limit=_MANY, alerts=True)
        due = delivery.due(session, now=now, limit=_MANY, alerts=False)
        unsettled = session.scalar(select(Notice.id).where(waits.UNSETTLED, Notice.next_try_at <= now).limit(1))
        if unsettled is None:
            unsettled = session.scalar(select(Notice.id).where(waits.UNFOLLOWED).limit(1))
    bell.ring_now(bell.DELIVER_ALERTS, alerts)
    bell.ring_now(bell.DELIVER_NOTICES, due)
    if unsettled is not None:
        bell.ring_now(bell.SETTLE_DOUBTS, [unsettled])
    return len(alerts) + len(due) + (unsettled is not None)


def settle(book: Book, *, now: Callable[[], datetime]) -> int:
    """Turn cut-off claims into doubts, ask about doubts, and follow up failures; returns how many moved."""
    moved = _doubt_what_was_cut_off(book, now=now())
    moved += _ask_about_doubts(book, now=now)
    return moved + fallback.follow_up(book, now=now())


def _doubt_what_was_cut_off(book: Book, *, now: datetime) -> int:
    with book.transaction() as session:
        abandoned = delivery.cut_off(session, now=now)
        for notice in abandoned:
            delivery.note_doubt(session, notice, now=now, detail="The worker ended between sending and recording.")
            notice.next_try_at = now
        return len(abandoned)


def _ask_about_doubts(book: Book, *, now: Callable[[], datetime]) -> int:
    with book.reading() as session:
        doubts = [
            Doubt(notice.id, outbound(notice), notice.channel == ALERT or notice.kind in _IN_A_CHAT)
            for notice in delivery.doubtful(session, now=now())
        ]
    for doubt in doubts:
        try:
            receipt = None if doubt.may_repeat else _ask(doubt.message, now=now())
        except ChannelError as error:
            _wait_for_a_person(book, doubt, error.sentence, now=now())
        except Exception as error:  # what a channel did not foresee must not keep the other doubts waiting
            log.error("Notice %d could not be asked about: %s", doubt.notice_id, where(error))
            _wait_for_a_person(book, doubt, f"{type(error).__name__} while asking", now=now())
        else:
            _settle_one(book, doubt, receipt, now=now())
    return len(doubts)


def _ask(message: OutboundMessage, *, now: datetime) -> Receipt | None:
    ask = registry.get(message.channel).ask if message.channel in registry.names() else None
    if ask is None:
        raise ChannelError("This channel cannot be asked.", in_doubt=True)
    return ask(message, now=now)


def _settle_one(book: Book, doubt: Doubt, receipt: Receipt | None, *, now: datetime) -> None:
    with book.transaction() as session:
        notice = _still_in_doubt(session, doubt)
        if notice is None:
            return
        if receipt is None:
            delivery.release(session, notice, now=now)
        else:
            note(session, notice, receipt)
            receipts.match_waiting(session, [notice])


def _still_in_doubt(session: Session, doubt: Doubt) -> Notice | None:
    """The notice, if it is in doubt and about the same try: an answer about an earlier one says nothing of this."""
    notice = session.get(Notice, doubt.notice_id, with_for_update={"of": Notice})
    if notice is None or notice.state != "in_doubt" or notice.claimed_at != doubt.message.first_tried_at:
        return None
    return notice


def _wait_for_a_person(book: Book, doubt: Doubt, sentence: str, *, now: datetime) -> None:
    """Ask again later; after a few times a person must find out, since sending twice is not ours to risk."""
    with book.transaction() as session:
        notice = _still_in_doubt(session, doubt)
        if notice is None:
            return
        notice.attempts += 1
        notice.next_try_at = now + delivery.ASK_AGAIN_AFTER * notice.attempts
        notice.detail = sentence
        if notice.attempts < A_PERSON_AFTER:
            return
        reference = notice.case.reference if notice.case else ""
        alert = notices.StaffAlert(
            why="in_doubt",
            sentence=f"{reference}: it is not known whether the {notice.kind.replace('_', ' ')} went out. "
            "Please find out, then say so on the case page.",
            reference=reference,
            link=f"{settings().address}/staff/cases/{reference}",
        )
        round = f"in_doubt:{notice.id}:{notice.claimed_at:%Y-%m-%dT%H:%M:%S}"  # each try that nobody can tell of
        outbox.post(session, alert, case=notice.case, round=round, route=Route(ALERT, "staff"), now=now)


def decide(book: Book, notice_id: int, *, arrived: bool, now: datetime, actor: str = "staff") -> None:
    """A person has found out whether a doubtful notice went: record it and who said so, or send it again."""
    with book.transaction() as session:
        notice = session.get(Notice, notice_id, with_for_update={"of": Notice})
        if notice is None or notice.state != "in_doubt":
            raise ValueError("This notice is not in doubt any more: please look at the case again.")
        journal.write(
            session, "doubt_decided", at=now, actor=actor, case=notice.case, kind=notice.kind, key=notice.key,
            arrived="yes" if arrived else "no",
        )  # fmt: skip
        if arrived:
            delivery.note_accepted(session, notice, at=now, provider_id="", detail="a person has confirmed it")
        else:
            delivery.release(session, notice, now=now)
