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


def follow_up(book: Book, *, now: datetime) -> int:
    """Take on every failed notice that nobody has taken on; returns how many."""
    with book.transaction() as session:
        failed = delivery.unfollowed(session)
        for notice in failed:
            _follow(session, notice, now=now)
            notice.followed_at = now
        return len(failed)


def _follow(session: Session, notice: Notice, *, now: datetime) -> None:
    case = notice.case
    if notice.channel == ALERT or case is None:
        return  # it stands in the console's inbox, and the row shows that it did not go out
    route = _next_way(session, case, notice)
    if route is not None:
        again = f"{notice.round.split('@')[0]}@{route.channel}:{_place(session, case, route)}"
        facts = notices.from_json(notice.kind, notice.facts)
        outbox.post(session, facts, case=case, round=again, route=route, now=now)
        journal.write(session, "notice_rerouted", at=now, case=case, kind=notice.kind, to_channel=route.channel)
        return
    _ask_a_person(session, case, notice, now=now)


def _next_way(session: Session, case: Case, notice: Notice) -> Route | None:
    tried = set(
        session.execute(
            select(Notice.channel, Notice.address).where(Notice.case_id == case.id, Notice.kind == notice.kind,
                                                         Notice.state == "failed")
        ).tuples()
    )  # fmt: skip
    for contact in _contacts(session, case):
        carrier = registry.answering(contact.kind)
        if carrier is not None and contact.stopped_at is None and (carrier.name, contact.address) not in tried:
            return Route(carrier.name, contact.address, notice.to_name)
    return None


def _place(session: Session, case: Case, route: Route) -> int:
    return [contact.address for contact in _contacts(session, case)].index(route.address)


def _contacts(session: Session, case: Case) -> list[Contact]:
    return list(session.scalars(select(Contact).where(Contact.person_id == case.person_id).order_by(Contact.id)))


def _ask_a_person(session: Session, case: Case, notice: Notice, *, now: datetime) -> None:
    what = notice.kind.replace("_", " ")
    alert = notices.StaffAlert(
        why="undelivered",
        sentence=f"{case.reference}: the {what} could not be delivered. Please send it by letter or call. "
        f"Reason: {notice.detail or 'not known'}",
        reference=case.reference,
        link=f"{settings().address}/staff/cases/{case.reference}",
    )
    outbox.post(session, alert, case=case, round=f"undelivered:{notice.id}", route=Route(ALERT, "staff"), now=now)
