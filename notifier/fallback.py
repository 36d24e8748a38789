"""No silence (law 10): what could not go one way goes another, and at last to a person.

The next way is another address of the same person that they have not stopped; when there is none, staff are
told what to say and to whom, by letter or by phone.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework import notices
from casework.settings import settings
from casework.storage import delivery, journal, outbox
from casework.storage.outbox import ALERT, Route
from casework.storage.sessions import Book
from casework.storage.tables import Case, Contact, Notice
from channels import registry

LATE_AFTER = 5
"""After so many tries, most of an hour, staff hear of a notice that does not get out; Earshot goes on trying."""


def follow_up(book: Book, *, now: datetime) -> int:
    """Take on every failed notice that nobody has taken on; returns how many."""
    with book.transaction() as session:
        failed = delivery.unfollowed(session)
        for notice in failed:
            _follow(session, notice, now=now)
            notice.followed_at = now
        return len(failed)


def say_if_it_is_late(session: Session, notice: Notice, *, now: datetime) -> None:
    """Tell staff once of a notice that a provider keeps putting off: there may be a date behind it."""
    if notice.state == "due" and notice.attempts == LATE_AFTER and notice.channel != ALERT and notice.case is not None:
        sentence = (
            f"the {_what(notice)} has not got out yet. Earshot goes on trying; if it cannot wait, please call."
            f" Reason: {notice.detail}"
        )
        _alert(session, notice.case, "delayed", sentence, round=f"delayed:{notice.id}", now=now)


def say_that_a_person_is_needed(session: Session, notice: Notice, sentence: str, *, now: datetime) -> None:
    """Tell staff at once, and once a day, that nothing can leave by this channel until somebody mends it."""
    facts = notices.StaffAlert(
        why="mailbox" if notice.channel == "email" else notice.channel,
        sentence=f"Nothing can be sent by {_label(notice.channel)}. {sentence} What is owed waits and is tried again.",
        reference="",
        link=f"{settings().address}/staff/",
    )
    round = f"cannot_send:{notice.channel}:{now:%Y-%m-%d}"
    outbox.post(session, facts, case=None, round=round, route=Route(ALERT, "staff"), now=now)


def _label(channel: str) -> str:
    return registry.get(channel).description.label if channel in registry.names() else channel


def _follow(session: Session, notice: Notice, *, now: datetime) -> None:
    case = notice.case
    if notice.channel == ALERT or case is None:
        return  # it stands in the console's inbox, and the row shows that it did not go out
    route, facts = _next_way(session, case, notice), _facts(notice)
    if route is None or facts is None:
        sentence = f"the {_what(notice)} could not be delivered. Please send it by letter or call."
        sentence += f" Reason: {notice.detail or 'not known'}"
        _alert(session, case, "undelivered", sentence, round=f"undelivered:{notice.id}", now=now)
        return
    again = f"{_origin(notice)}@{route.channel}:{_place(session, case, route)}"
    outbox.post(session, facts, case=case, round=again, route=route, now=now)
    journal.write(session, "notice_rerouted", at=now, case=case, kind=notice.kind, to_channel=route.channel)


def _next_way(session: Session, case: Case, notice: Notice) -> Route | None:
    """Another address that this very notice has not been tried at: an earlier one may have failed there for a day.

    A number that could not be reached by WhatsApp can still have a text: what was tried by a way of its own leaves the
    plain way open.
    """
    tried = {
        (row.channel, row.address)
        for row in session.scalars(select(Notice).where(Notice.case_id == case.id, Notice.kind == notice.kind))
        if _origin(row) == _origin(notice) and not row.way
    }
    for contact in _contacts(session, case):
        carrier = registry.answering(contact.kind)
        if carrier is not None and contact.stopped_at is None and (carrier.name, contact.address) not in tried:
            return Route(carrier.name, contact.address, notice.to_name)
    return None


def _facts(notice: Notice) -> notices.Kind | None:
    try:
        return notices.from_json(notice.kind, notice.facts)
    except (KeyError, ValueError):
        return None  # it could not be written, and could not be on another way: a person must


def _origin(notice: Notice) -> str:
    return notice.round.split("@")[0]


def _what(notice: Notice) -> str:
    return notice.kind.replace("_", " ")


def _place(session: Session, case: Case, route: Route) -> int:
    return [contact.address for contact in _contacts(session, case)].index(route.address)


def _contacts(session: Session, case: Case) -> list[Contact]:
    return list(session.scalars(select(Contact).where(Contact.person_id == case.person_id).order_by(Contact.id)))


def _alert(session: Session, case: Case, why: str, sentence: str, *, round: str, now: datetime) -> None:
    alert = notices.StaffAlert(
        why=why,
        sentence=f"{case.reference}: {sentence}",
        reference=case.reference,
        link=f"{settings().address}/staff/cases/{case.reference}",
    )
    outbox.post(session, alert, case=case, round=round, route=Route(ALERT, "staff"), now=now)
