"""What the desk owes the sender and the staff at once: posted to the outbox, sent by the notifier."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from casework import notices
from casework.links import token_for
from casework.policy.policy import Policy
from casework.reading import COMPLAINT, Reading
from casework.reference import spoken
from casework.storage import outbox
from casework.storage.outbox import ALERT, NOBODY, Route
from casework.storage.tables import Case, Contact, Message
from channels import registry
from intake.desk import Desk
from intake.identify import Address, addresses_of
from intake.match import Known

QUIET_AFTER_RECEIPT = timedelta(minutes=10)
"""One receipt covers what the same person adds to the same case within this time: the loop brake."""

OWN_WORDS = 2000
"""How much of a message a receipt quotes back; the rest is in the book."""


def route_of(message: Message, known: Known) -> Route:
    """By which way the answer to this message leaves: the way it came, else by an address that was left."""
    for address in addresses_of(message):
        contact = known.contacts.get(address)
        if contact is not None and contact.stopped_at is not None:
            continue
        route = _route_to(message, address, contact)
        if route is not None:
            return route
    return Route(NOBODY, "")


def _route_to(message: Message, address: Address, contact: Contact | None) -> Route | None:
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
    answer_to = (message.details.get("reply_to") or [where])[0]
    references = (*message.references, message.external_id) if "@" in message.external_id else ()
    return Route(carrier.name, answer_to, name, references[-1] if references else "", tuple(references[-20:]))


def post_receipt(
    session: Session,
    desk: Desk,
    case: Case,
    message: Message,
    reading: Reading,
    route: Route,
    *,
    joined: bool,
    now: datetime,
) -> None:
    """Owe the receipt: within a minute, on the same channel, whatever the label (law 8)."""
    if joined and any(
        notice.kind == "receipt" and now - notice.created_at < QUIET_AFTER_RECEIPT for notice in case.notices
    ):
        return
    acknowledge_by = next(
        (c.code_due for c in case.clocks if c.kind.startswith("acknowledge") and not c.stopped_at), None
    )
    receipt = notices.Receipt(
        landlord=desk.landlord,
        reference=case.reference,
        spoken=spoken(case.reference),
        name=route.to_name,
        received_at=message.received_at,
        heard_by=registry.get(message.channel).description.label,
        own_words=(message.new_text or message.text).strip()[:OWN_WORDS],
        about=COMPLAINT if case.kind == COMPLAINT else reading.kind,
        joined=joined,
        choice=case.kind != COMPLAINT or case.review,
        acknowledge_by=acknowledge_by,
        emergency=_emergency_line(desk.rules.policy, reading),
        follow_link=f"{desk.address}/case/{token_for(case.reference, desk.secret)}",
        ombudsman=ombudsman(desk.rules.policy),
    )
    outbox.post(session, receipt, case=case, round=str(message.id), route=route, now=now)
    if route.channel == NOBODY:
        alert_staff(
            session, desk, "no_address", f"Nobody can be written to about {case.reference}: no address was left, or it"
            " may not be used. Please find a way to reach them.", case=case, round=f"no_address:{message.id}", now=now,
        )  # fmt: skip


def alert_hazard(
    session: Session, desk: Desk, case: Case, message: Message, reading: Reading, *, now: datetime
) -> None:
    """Tell staff of a hazard at once, at any hour, whatever the label says (law 7)."""
    if not (reading.hazards or reading.urgent):
        return
    what = ", ".join(hazard.replace("_", " ") for hazard in reading.hazards) or "a person may be in danger"
    sentence = f"{case.reference}: {what}. Received {message.received_at:%d %b %Y %H:%M} UTC. Please act now."
    alert_staff(session, desk, "hazard", sentence, case=case, round=f"hazard:{message.id}", now=now)


def alert_staff(
    session: Session, desk: Desk, why: str, sentence: str, *, case: Case | None, round: str, now: datetime
) -> None:
    """Owe staff an alert; the same (case, round) is told once."""
    reference = case.reference if case else ""
    page = f"/staff/cases/{reference}" if case else "/staff/quarantine"
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
