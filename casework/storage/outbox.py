"""The outbox: whatever we owe is a row here, committed with the event that made it owed (law 4)."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.notices import Kind, as_json
from casework.settings import settings
from casework.storage import bell
from casework.storage.tables import Case, Notice

ALERT = "alert"
"""The channel of staff alerts: they go to EARSHOT_STAFF_ALERTS and stand in the console's inbox."""

NOBODY = "nobody"
"""The channel of a notice for whom we have no address: a person must deliver it (law 10)."""


@dataclass(frozen=True, slots=True)
class Route:
    """By which channel, to which address, in which thread an answer leaves; `way` is what only the channel knows."""

    channel: str
    address: str
    to_name: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    way: Mapping[str, Any] = field(default_factory=dict)


def key_of(case: Case | None, kind: str, round: str) -> str:
    """The notice's own name for ever: nobody outside can guess it, and a second making gives the same."""
    said = f"{case.reference if case else '-'}|{kind}|{round}".encode()
    return hmac.new(settings().secret.encode(), said, hashlib.sha256).hexdigest()[:32]


def post(
    session: Session,
    facts: Kind,
    *,
    case: Case | None,
    round: str,
    route: Route,
    now: datetime,
    not_before: datetime | None = None,
) -> Notice:
    """Owe one notice; owing the same (case, kind, round) again gives back the row that stands there."""
    key = key_of(case, facts.kind, round)
    standing = _pending(session, key)
    if standing is None and (case is None or case.id is not None):
        with session.no_autoflush:
            standing = session.scalar(select(Notice).where(Notice.key == key))
    if standing is not None:
        return standing
    notice = Notice(
        key=key,
        case=case,
        kind=facts.kind,
        round=round,
        channel=route.channel,
        address=route.address,
        to_name=route.to_name,
        in_reply_to=route.in_reply_to,
        references=list(route.references),
        **({"way": dict(route.way)} if route.way else {}),
        facts=as_json(facts),
        created_at=now,
        next_try_at=not_before or now,
        state="due",
    )
    session.add(notice)
    if not_before is None or not_before <= now:
        bell.ring(session, bell.DELIVER_ALERTS if route.channel == ALERT else bell.DELIVER_NOTICES, notice)
    return notice


def _pending(session: Session, key: str) -> Notice | None:
    return next((row for row in session.new if isinstance(row, Notice) and row.key == key), None)
