"""Read this first: how a notice leaves.

    claim    by conditional UPDATE, and render; both committed before anything is sent
    send     with no database session open, so that a slow provider holds up nothing
    record   accepted, put off, failed, or in doubt

A crash before recording leaves a claim that nobody holds; `notifier.sweep` turns it into a doubt and asks.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.links import reply_token_for
from casework.notices import NOT_KEPT, from_json
from casework.settings import settings
from casework.storage import delivery, receipts
from casework.storage.outbox import ALERT, NOBODY
from casework.storage.sessions import Book
from casework.storage.tables import Contact, Notice
from casework.storage.trouble import where
from channels import registry
from channels.errors import ChannelError, NeedsPerson
from channels.message import OutboundMessage, Receipt
from notifier import alerts, fallback, reach
from notifier.choices import choices_of
from notifier.hold import Hold
from notifier.render import render

log = logging.getLogger(__name__)

Now = Callable[[], datetime]

TOGETHER = 25
"""How many notices are claimed and recorded at once where the provider can be asked; else one by one."""


@dataclass(frozen=True, slots=True)
class Ready:
    """One claimed and rendered notice, free of the database."""

    notice: Notice
    message: OutboundMessage


@dataclass(frozen=True, slots=True)
class Sent:
    """How one sending ended: with a receipt or with an error."""

    notice: Notice
    receipt: Receipt | None = None
    error: ChannelError | None = None


def deliver(book: Book, ids: Sequence[int], *, now: Now) -> int:
    """Send those of `ids` that are due; returns how many this call handed to a provider."""
    handed = 0
    for batch in _batches(book, ids):
        ready = _claim_and_render(book, batch, now=now())
        with Hold(book, [one.notice for one in ready], now=now) as hold:
            outcomes = [_send(one, now=now) if hold.is_sure(now()) else _too_late(one) for one in ready]
        _record(book, outcomes, now=now())
        handed += sum(outcome.receipt is not None for outcome in outcomes)
    return handed


def _batches(book: Book, ids: Sequence[int]) -> list[list[int]]:
    with book.reading() as session:
        rows = session.execute(select(Notice.id, Notice.channel).where(Notice.id.in_(ids), Notice.state == "due")).all()
    together = [row.id for row in rows if _can_be_asked(row.channel)]
    alone = [[row.id] for row in rows if not _can_be_asked(row.channel)]
    return [together[start : start + TOGETHER] for start in range(0, len(together), TOGETHER)] + alone


def _can_be_asked(channel: str) -> bool:
    return channel in registry.names() and registry.get(channel).ask is not None


def _claim_and_render(book: Book, ids: list[int], *, now: datetime) -> list[Ready]:
    ready = []
    with book.transaction() as session:
        claimed = delivery.claim(session, ids, now=now)
        stopped = _stopped(session, claimed)
        for notice in claimed:
            if notice.channel == NOBODY:
                delivery.note_failed(session, notice, at=now, detail="There is no address to write to.")
            elif notice.address in stopped:
                delivery.note_failed(session, notice, at=now, detail="The resident has said STOP here.")
            else:
                ready += _ready(session, notice, now=now)
    return ready


def _ready(session: Session, notice: Notice, *, now: datetime) -> list[Ready]:
    try:
        return [Ready(notice, _rendered(notice))]
    except Exception as error:  # one that cannot be written must not keep the others from leaving
        log.error("Notice %d could not be written: %s", notice.id, where(error), extra={"notice_id": notice.id})
        delivery.note_failed(session, notice, at=now, detail=f"It could not be written ({type(error).__name__}).")
        return []


def _stopped(session: Session, claimed: list[Notice]) -> set[str]:
    addresses = {notice.address for notice in claimed if notice.channel not in (ALERT, NOBODY)}
    if not addresses:
        return set()
    return set(
        session.scalars(select(Contact.address).where(Contact.address.in_(addresses), Contact.stopped_at.is_not(None)))
    )


def _rendered(notice: Notice) -> OutboundMessage:
    if not notice.text:
        words = render(from_json(notice.kind, notice.facts), _form_of(notice))
        if notice.kind in NOT_KEPT:
            notice.template_version = words.version
            return replace(outbound(notice), subject=words.subject, text=words.text, html=words.html)
        notice.subject, notice.text, notice.html = words.subject, words.text, words.html
        notice.template_version = words.version
    return outbound(notice)


def _form_of(notice: Notice) -> str:
    if notice.channel == ALERT:
        return "alert"
    told = registry.get(notice.channel).description
    return "chat" if told.buttons else told.form


def outbound(notice: Notice) -> OutboundMessage:
    """The notice as its channel sends it, in the words that were rendered for it."""
    return OutboundMessage(
        key=notice.key,
        channel=notice.channel,
        to=notice.address,
        to_name=notice.to_name,
        subject=notice.subject,
        text=notice.text,
        html=notice.html,
        in_reply_to=notice.in_reply_to,
        references=tuple(notice.references),
        reply_to=_reply_address(notice),
        first_tried_at=notice.claimed_at,
        choices=choices_of(notice.kind, notice.facts) if _form_of(notice) == "chat" else (),
        way=notice.way or {},
    )


def _reply_address(notice: Notice) -> str:
    """Where an answer about a case comes back with the case's own token; '' where our address alone does."""
    give = registry.get(notice.channel).reply_address if notice.channel in registry.names() else None
    reference = notice.facts.get("reference")
    return give(reply_token_for(reference, settings().secret)) if give and reference else ""


def _send(ready: Ready, *, now: Now) -> Sent:
    try:
        if ready.notice.channel == ALERT:
            return Sent(ready.notice, alerts.send(ready.message, now=now()))
        send = registry.get(ready.notice.channel).send
        if send is None:
            raise ChannelError(f"Nothing can be sent by {ready.notice.channel}.", permanent=True)
        return Sent(ready.notice, send(ready.message, now=now()))
    except ChannelError as error:
        return Sent(ready.notice, error=error)
    except Exception as error:  # what a channel did not foresee: it may have gone, so it must be asked about
        number = ready.notice.id
        log.error("Sending notice %d failed unforeseen: %s", number, where(error), extra={"notice_id": number})
        return Sent(ready.notice, error=ChannelError(f"{type(error).__name__} while sending", in_doubt=True))


def _too_late(ready: Ready) -> Sent:
    return Sent(ready.notice, error=ChannelError("Not sent: its claim could not be renewed in time."))


def _record(book: Book, outcomes: list[Sent], *, now: datetime) -> None:
    if not outcomes:
        return
    with book.transaction() as session:
        held, moved_on = delivery.held(session, [outcome.notice for outcome in outcomes]), []
        for outcome in outcomes:
            notice = held.get(outcome.notice.id)
            if notice is None:
                moved_on += _note_provider_id(session, outcome)
            elif outcome.receipt is not None:
                note(session, notice, outcome.receipt)
            elif outcome.error is not None:
                note_error(session, notice, outcome.error, now=now)
        receipts.match_waiting(session, [*held.values(), *moved_on])


def _note_provider_id(session: Session, outcome: Sent) -> list[Notice]:
    """A receipt came before we could record: the row has moved on, and only lacks the provider's id."""
    notice = session.get(Notice, outcome.notice.id, with_for_update={"of": Notice}, populate_existing=True)
    if notice is None or outcome.receipt is None:
        return []
    delivery.note_accepted(
        session, notice, at=outcome.receipt.at, provider_id=outcome.receipt.provider_id, detail=notice.detail
    )
    return [notice]


def note(session: Session, notice: Notice, receipt: Receipt) -> None:
    """Record what the provider said at once of a notice that this process holds."""
    if receipt.status == "delivered":
        delivery.note_delivered(session, notice, at=receipt.at, provider_id=receipt.provider_id, detail=receipt.detail)
    elif receipt.status == "failed":
        if receipt.stopped:
            reach.lose(session, notice, now=receipt.at)
        delivery.note_failed(session, notice, at=receipt.at, detail=receipt.detail)
    else:
        delivery.note_accepted(session, notice, at=receipt.at, provider_id=receipt.provider_id, detail=receipt.detail)
    if receipt.moved_to:
        reach.follow(session, notice.channel, notice.address, receipt.moved_to, at=receipt.at)


def note_error(session: Session, notice: Notice, error: ChannelError, *, now: datetime) -> None:
    """Record a failure by its class: never again, not known, or later."""
    if error.in_doubt:
        delivery.note_doubt(session, notice, now=now, detail=error.sentence)
    elif error.permanent:
        delivery.note_failed(session, notice, at=now, detail=error.sentence)
        if error.stopped:
            reach.lose(session, notice, now=now)
    else:
        delivery.put_off(session, notice, now=now, detail=error.sentence, wait=error.wait)
        fallback.say_if_it_is_late(session, notice, now=now)
        if isinstance(error, NeedsPerson):
            fallback.say_that_a_person_is_needed(session, notice, error.sentence, now=now)
