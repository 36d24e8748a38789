"""The states of a notice on its way out (law 4): due → claimed → accepted → delivered, or failed, in_doubt.

A notice is claimed by a conditional UPDATE, so two workers never hold the same one. A claim that is not
settled in time was cut off somewhere between claiming and recording: whether it went is not known, so it
becomes in_doubt, and the provider is asked before it is ever sent again.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casework import codes
from casework.notices import NOT_KEPT
from casework.storage import bell, journal, waits
from casework.storage.tables import Notice

CLAIM_LASTS = timedelta(seconds=60)
"""A claim that its worker has not renewed for so long has nobody working on it (`renew`)."""

ASK_AGAIN_AFTER = timedelta(seconds=60)

LONGEST_WAIT = timedelta(hours=1)
"""However long a provider asks us to wait, we ask again within this time: there may be a date behind the notice."""

HORIZON = timedelta(hours=72)
"""A notice that could not be handed over for so long has failed and goes another way."""

_BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800))

OPEN_STATES = ("due", "claimed", "in_doubt", "accepted")


def due(session: Session, *, now: datetime, limit: int, alerts: bool) -> list[int]:
    """The notices (or the staff alerts) that wait to be sent, the oldest first."""
    waiting = select(Notice.id).where(waits.DUE, Notice.next_try_at <= now)
    waiting = waiting.where(Notice.channel == "alert" if alerts else Notice.channel != "alert")
    return list(session.scalars(waiting.order_by(Notice.next_try_at, Notice.id).limit(limit)))


def claim(session: Session, ids: list[int], *, now: datetime) -> list[Notice]:
    """Claim those of `ids` that are still due; what another worker has claimed is not among them.

    `next_try_at` of a claimed notice is when its claim ends unless it is renewed.
    """
    token = secrets.token_hex(8)
    session.execute(
        update(Notice)
        .where(Notice.id.in_(ids), Notice.state == "due", Notice.next_try_at <= now)
        .values(
            state="claimed", claim=token, claimed_at=now, next_try_at=now + CLAIM_LASTS, attempts=Notice.attempts + 1
        )
        .execution_options(synchronize_session=False)
    )
    return list(session.scalars(select(Notice).where(Notice.claim == token).order_by(Notice.id)))


def renew(session: Session, claimed: list[Notice], *, now: datetime) -> None:
    """Let the claims last from now on anew, since whoever holds them is alive and still sending."""
    session.execute(
        update(Notice)
        .where(Notice.claim.in_({notice.claim for notice in claimed}), Notice.state == "claimed")
        .values(next_try_at=now + CLAIM_LASTS)
        .execution_options(synchronize_session=False)
    )


def held(session: Session, claimed: list[Notice]) -> dict[int, Notice]:
    """Those of the claimed notices that nobody has settled meanwhile, locked, by id."""
    tokens = {notice.id: notice.claim for notice in claimed}
    rows = session.scalars(select(Notice).where(Notice.id.in_(tokens)).with_for_update(of=Notice))
    return {row.id: row for row in rows if row.claim == tokens[row.id] and row.state == "claimed"}


def note_accepted(session: Session, notice: Notice, *, at: datetime, provider_id: str, detail: str = "") -> None:
    """The provider has taken it over; that is not yet proof that it arrived."""
    if notice.state in ("due", "claimed", "in_doubt"):
        notice.state = "accepted"
        notice.accepted_at = notice.accepted_at or at
        notice.claim = None
        notice.detail = detail
        _line(session, notice, "notice_accepted", at)
    notice.provider_id = notice.provider_id or provider_id


def note_delivered(session: Session, notice: Notice, *, at: datetime, provider_id: str = "", detail: str = "") -> None:
    """The provider says that it arrived: proof."""
    if notice.state in ("delivered", "cancelled"):
        return
    notice.state, notice.claim = "delivered", None
    notice.accepted_at = notice.accepted_at or at
    notice.delivered_at = at
    notice.detail = detail
    notice.provider_id = notice.provider_id or provider_id
    _line(session, notice, "notice_delivered", at)


def note_failed(session: Session, notice: Notice, *, at: datetime, detail: str) -> None:
    """It will never go this way; what it left undone is taken on by the notifier's fallback."""
    if notice.state in ("delivered", "failed", "cancelled"):
        return
    notice.state, notice.claim = "failed", None
    notice.failed_at = at
    notice.detail = detail
    _line(session, notice, "notice_failed", at)
    bell.ring(session, bell.SETTLE_DOUBTS, notice)


def put_off(session: Session, notice: Notice, *, now: datetime, detail: str, wait: timedelta | None = None) -> None:
    """Try again later, further apart each time, and not before the provider allows; after the horizon it has failed."""
    horizon = codes.LASTS if notice.kind in NOT_KEPT else HORIZON
    if now - notice.created_at >= horizon:
        note_failed(session, notice, at=now, detail=f"Not handed over in {horizon}: {detail}")
        return
    notice.state, notice.claim = "due", None
    pause = _BACK_OFF[min(notice.attempts, len(_BACK_OFF)) - 1]
    notice.next_try_at = now + max(pause, min(wait or pause, LONGEST_WAIT))
    notice.detail = detail


def note_doubt(session: Session, notice: Notice, *, now: datetime, detail: str) -> None:
    """It may have gone: ask before sending again. Of a code another can be had sooner than this is found out."""
    if notice.kind in NOT_KEPT:
        note_failed(session, notice, at=now, detail=detail)
        return
    notice.state, notice.claim = "in_doubt", None
    notice.next_try_at = now + ASK_AGAIN_AFTER
    notice.detail = detail
    _line(session, notice, "notice_in_doubt", now)


def release(session: Session, notice: Notice, *, now: datetime) -> None:
    """The provider does not have it: it is due again."""
    notice.state, notice.claim, notice.next_try_at = "due", None, now
    _line(session, notice, "notice_not_sent", now)
    bell.ring(session, bell.DELIVER_ALERTS if notice.channel == "alert" else bell.DELIVER_NOTICES, notice)


def cut_off(session: Session, *, now: datetime, limit: int = 500) -> list[Notice]:
    """The claims that nobody is working on any more, locked."""
    return list(
        session.scalars(
            select(Notice)
            .where(waits.UNSETTLED, Notice.state == "claimed", Notice.next_try_at <= now)
            .limit(limit)
            .with_for_update(of=Notice, skip_locked=True)
        )
    )


def doubtful(session: Session, *, now: datetime, limit: int = 100) -> list[Notice]:
    """The notices in doubt whose provider is to be asked now."""
    return list(
        session.scalars(
            select(Notice)
            .where(waits.UNSETTLED, Notice.state == "in_doubt", Notice.next_try_at <= now)
            .order_by(Notice.next_try_at)
            .limit(limit)
        )
    )


def unfollowed(session: Session, *, limit: int = 100) -> list[Notice]:
    """The failed notices that nobody has taken on yet, locked."""
    return list(
        session.scalars(
            select(Notice)
            .where(waits.UNFOLLOWED)
            .order_by(Notice.id)
            .limit(limit)
            .with_for_update(of=Notice, skip_locked=True)
        )
    )


def _line(session: Session, notice: Notice, event: str, at: datetime) -> None:
    journal.write(
        session,
        event,
        at=at,
        case_id=notice.case_id,
        kind=notice.kind,
        round=notice.round,
        channel=notice.channel,
        key=notice.key,
    )
