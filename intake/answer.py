"""What the desk owes the sender and the staff at once: posted to the outbox, sent by the notifier."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework import notices
from casework.links import token_for
from casework.policy.policy import Policy
from casework.reading import COMPLAINT, Reading, hazard_words
from casework.reference import spoken
from casework.storage import outbox
from casework.storage.outbox import ALERT, NOBODY, Route
from casework.storage.tables import Case, Contact, Message
from channels import registry
from intake.desk import Desk
from intake.identify import Address, addresses_of
from intake.match import Known

QUIET_AFTER_RECEIPT = timedelta(minutes=10)
"""One receipt covers what is added to the same case from the same address within this time: the loop brake."""

RECEIPTS_A_DAY = 8
CASES_A_DAY = 30
"""So many receipts in one case, or new cases of one person, within a day look like two machines talking: staff are
told, and the rest of the day's messages are kept without a receipt each."""

OWN_WORDS = 2000
"""How much of a message a receipt quotes back; the rest is in the book."""

_DAY = timedelta(days=1)


def route_of(message: Message, known: Known, writer: Contact | None) -> Route:
    """By which way the answer to this message leaves: the way it came, else by an address that was left, else by
    another address of theirs that they have not stopped. `writer` is None for somebody of whom we had not heard.
    """
    for address in addresses_of(message):
        contact = known.contacts.get(address)
        if contact is not None and contact.stopped_at is not None:
            continue
        route = _route_to(message, address, contact, _reply_to(message, known, writer))
        if route is not None:
            return route
    for contact in writer.person.contacts if writer is not None else ():
        carrier = registry.answering(contact.kind)
        if contact.stopped_at is None and carrier is not None:
            return Route(carrier.name, contact.address, contact.person.name)
    return Route(NOBODY, "")


def replies_go_to(message: Message, route: Route) -> tuple[str, str]:
    """Channel and address that the resident writes from, although an answer may for now have to go another way."""
    by_itself = registry.get(message.channel).description.answers and not message.details.get("cannot_be_answered")
    if by_itself and route.channel != message.channel:
        return message.channel, message.sender
    return route.channel, route.address


def _route_to(message: Message, address: Address, contact: Contact | None, reply_to: str) -> Route | None:
    kind, where = address
    came_by = registry.get(message.channel)
    same_way = came_by.description.answers and came_by.description.address_kind == kind and where == message.sender
    if same_way and message.details.get("cannot_be_answered"):
        return None
    carrier = came_by if same_way else registry.answering(kind)
    if carrier is None:
        return None
    name = contact.person.name if contact is not None else message.sender_name
    if not (same_way and kind == "email"):
        return Route(carrier.name, where, name)
    written_as = message.details.get("original_id", message.external_id)  # the resident never saw the forward's own
    references = (*message.references, written_as) if "@" in written_as else ()
    return Route(carrier.name, reply_to or where, name, references[-1] if references else "", tuple(references[-20:]))


def _reply_to(message: Message, known: Known, writer: Contact | None) -> str:
    """Where a mail asks to be answered. Of somebody we know only their own addresses count: anybody can write a known
    address into From and their own into Reply-To (law 12).
    """
    asked: str = next(iter(message.details.get("reply_to") or ()), "")
    theirs = known.contacts.get(("email", asked))
    if writer is None:
        return asked if theirs is None else ""
    return asked if theirs is not None and theirs.person is writer.person else ""


def post_receipt(
    session: Session,
    desk: Desk,
    case: Case,
    message: Message,
    reading: Reading,
    route: Route,
    *,
    joined: bool,
    moved: bool,
    now: datetime,
) -> None:
    """Owe the receipt: within a minute, on the same channel, whatever the label (law 8).

    `moved` says that the message made the case something else, a complaint or one at stage 2: that is always told.
    """
    if not moved and _is_enough(session, desk, case, route, joined=joined, now=now):
        return
    receipt = receipt_facts(
        desk,
        case,
        name=route.to_name,
        received_at=message.received_at,
        heard_by=registry.get(message.channel).description.label,
        own_words=message.new_text or message.text,
        about=COMPLAINT if case.kind == COMPLAINT else reading.kind,
        joined=joined,
        emergency=_emergency_line(desk.rules.policy, reading),
    )
    outbox.post(session, receipt, case=case, round=str(message.id), route=route, now=now)


def receipt_facts(
    desk: Desk,
    case: Case,
    *,
    name: str,
    received_at: datetime,
    heard_by: str,
    own_words: str,
    about: str,
    joined: bool,
    emergency: str,
) -> notices.Receipt:
    """What a receipt says of the case as it stands."""
    acknowledge_by = next(
        (min(c.code_due, c.policy_due) for c in case.clocks if c.kind.startswith("acknowledge") and not c.stopped_at),
        None,
    )
    return notices.Receipt(
        landlord=desk.landlord,
        reference=case.reference,
        spoken=spoken(case.reference),
        name=name,
        received_at=received_at,
        heard_by=heard_by,
        own_words=own_words.strip()[:OWN_WORDS],
        about=about,
        joined=joined,
        choice=case.kind != COMPLAINT or case.review,
        acknowledge_by=acknowledge_by,
        emergency=emergency,
        follow_link=f"{desk.address}/case/{token_for(case.reference, desk.secret)}",
        ombudsman=ombudsman(desk.rules.policy),
    )


def _is_enough(session: Session, desk: Desk, case: Case, route: Route, *, joined: bool, now: datetime) -> bool:
    if joined:
        told = [notice for notice in case.notices if notice.kind == "receipt"]
        there = [notice for notice in told if (notice.channel, notice.address) == (route.channel, route.address)]
        if any(now - notice.created_at < QUIET_AFTER_RECEIPT for notice in there):
            return True
        enough = sum(now - notice.created_at < _DAY for notice in told) >= RECEIPTS_A_DAY
    else:
        enough = _opened_today(session, case, now=now) >= CASES_A_DAY
    if enough:
        sentence = f"{case.reference}: so many messages came today that no more receipts go out. Is a machine writing?"
        told_once = f"too_many:{case.id if joined else f'person {case.person.id if case.person else 0}'}:{now:%Y-%m-%d}"
        alert_staff(session, desk, "too_many", sentence, case=case if joined else None, round=told_once, now=now)
    return enough


def _opened_today(session: Session, case: Case, *, now: datetime) -> int:
    """How many cases the same person had opened already; nobody new can have had any."""
    if case.person is None or case.person.id is None:
        return 0
    with session.no_autoflush:
        theirs = select(func.count()).where(Case.person_id == case.person.id, Case.opened_at > now - _DAY)
        return session.scalar(theirs) or 0


def alert_hazard(
    session: Session, desk: Desk, case: Case, message: Message, reading: Reading, *, now: datetime
) -> None:
    """Tell staff of a hazard at once, at any hour, whatever the label says (law 7)."""
    if not (reading.hazards or reading.urgent):
        return
    what = hazard_words(reading.hazards) or "a person may be in danger"
    heard = message.received_at.astimezone(ZoneInfo(desk.rules.policy.timezone))
    sentence = f"{case.reference}: {what}. Received {heard:%d %b %Y} at {heard:%H:%M}. Please act now."
    alert_staff(session, desk, "hazard", sentence, case=case, round=f"hazard:{message.id}", now=now)


def alert_staff(
    session: Session, desk: Desk, why: str, sentence: str, *, case: Case | None, round: str, now: datetime
) -> None:
    """Owe staff an alert; the same (case, round) is told once."""
    reference = case.reference if case else ""
    page = f"/staff/cases/{reference}" if case else "/staff/quarantine" if why == "quarantine" else "/staff/"
    facts = notices.StaffAlert(why=why, sentence=sentence, reference=reference, link=f"{desk.address}{page}")
    outbox.post(session, facts, case=case, round=round, route=Route(ALERT, "staff"), now=now)


def ombudsman(policy: Policy) -> notices.Ombudsman:
    """The Ombudsman's details as notices carry them."""
    contact = policy.ombudsman
    return notices.Ombudsman(web=contact.web, phone=contact.phone, post=contact.post)


def _emergency_line(policy: Policy, reading: Reading) -> str:
    if not (reading.hazards or reading.urgent):
        return ""
    return policy.emergency_line_for(reading.hazards[0]) if reading.hazards else policy.emergency["general"]
