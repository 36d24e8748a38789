"""What the desk owes the sender and the staff at once: posted to the outbox, sent by the notifier."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework import notices
from casework.links import token_for
from casework.policy.policy import Policy
from casework.reading import COMPLAINT, Reading, hazard_words
from casework.reference import spoken
from casework.storage import journal, outbox
from casework.storage.outbox import ALERT, Route
from casework.storage.tables import Case, Message
from channels import registry
from intake.conversation import language_of
from intake.desk import Desk

QUIET_AFTER_RECEIPT = timedelta(minutes=10)
"""One receipt covers what is added to the same case from the same address within this time: the loop brake."""

RECEIPTS_A_DAY = 8
CASES_A_DAY = 30
"""So many receipts in one case, or new cases of one person, within a day look like two machines talking: staff are
told, and the rest of the day's messages are kept without a receipt each."""

PAGES = {"quarantine": "/staff/quarantine", "ledger": "/staff/ledger"}
"""Where staff see to what an alert about no case tells them."""

OWN_WORDS = 2000
"""How much of a message a receipt quotes back; the rest is in the book."""

STOP_MESSAGES = "stop_messages"
"""What the reader calls it when somebody seems to want no more messages."""

_DAY = timedelta(days=1)


def post_receipt(
    session: Session,
    desk: Desk,
    case: Case,
    told: Sequence[Message],
    reading: Reading,
    route: Route,
    *,
    joined: bool,
    moved: bool,
    now: datetime,
    by_another: bool = False,
) -> None:
    """Owe the receipt: within a minute, on the same channel, whatever the label (law 8).

    Several messages that are one have one. `moved` says that they made the case something else, a complaint or one at
    stage 2: that is always told. `by_another` says that `route` leads to the person of the case, who may not be the
    one who wrote: they are told of the message, but not what stands in it.
    """
    message = told[0]
    if message.details.get("bulk"):  # it went to many at once, and whoever sent it waits for no answer from each
        _say_that_no_receipt_went(session, desk, case, now=now)
        return
    corrects = joined and message.details.get("edited")
    if not moved and (corrects or _is_enough(session, desk, case, message, route, joined, now)):
        return
    receipt = receipt_facts(
        desk,
        case,
        name=route.to_name,
        received_at=message.received_at,
        heard_by=registry.get(message.channel).description.label,
        own_words="" if by_another else "\n".join(one.new_text or one.text for one in told),
        about=COMPLAINT if case.kind == COMPLAINT else reading.kind,
        joined=joined,
        emergency=_emergency_line(desk.rules.policy, reading),
        by_another=by_another,
        language=language_of(message),
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
    by_another: bool = False,
    language: str = "",
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
        by_another=by_another,
        language=language,
    )


def _say_that_no_receipt_went(session: Session, desk: Desk, case: Case, *, now: datetime) -> None:
    """A complaint may come by the list of a residents' group: then a person decides how it is answered."""
    if case.kind == COMPLAINT:
        sentence = (
            f"{case.reference}: this complaint came by a mailing list, so no receipt went out. Please see who wrote it."
        )
        alert_staff(session, desk, "no_receipt", sentence, case=case, round="by_a_list", now=now)


def tell_of_another_writer(session: Session, desk: Desk, case: Case, message: Message, *, now: datetime) -> None:
    """Somebody who is not the person of the case wrote in its thread and hears nothing of it: staff decide (law 12)."""
    journal.write(session, "joined_by_another", at=now, case=case, message=message)
    sentence = (
        f"{case.reference}: a message came from an address that is not the resident's. It is in the case, and its "
        "sender has had no answer. Please look at who it is."
    )
    round = f"another_writer:{now:%Y-%m-%d}"
    alert_staff(session, desk, "another_writer", sentence, case=case, round=round, now=now)


def _is_enough(
    session: Session, desk: Desk, case: Case, message: Message, route: Route, joined: bool, now: datetime
) -> bool:
    if joined:
        told = [notice for notice in case.notices if notice.kind == "receipt"]
        there = [notice for notice in told if (notice.channel, notice.address) == (route.channel, route.address)]
        by_hand = any(
            message.details.get(pressed) for pressed in ("announced", "added")
        )  # a person waits for the answer
        if not by_hand and any(now - notice.created_at < QUIET_AFTER_RECEIPT for notice in there):
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


def news_in(own: Reading, reading: Reading, case: Case) -> Reading:
    """What staff have not heard yet of a case: all of these very words, and what shows only beside earlier ones."""
    fresh = [hazard for hazard in reading.hazards if hazard not in case.hazards and hazard not in own.hazards]
    return replace(own, hazards=(*own.hazards, *fresh), urgent=own.urgent or (reading.urgent and not case.urgent))


def alert_staff_of(
    session: Session, desk: Desk, case: Case, told: Sequence[Message], own: Reading, news: Reading, *, now: datetime
) -> None:
    """Tell staff what cannot wait until somebody opens the case."""
    message = told[0]
    for one in told:
        alert_unheard(session, desk, case, one, now=now)
    alert_hazard(session, desk, case, message, news, now=now)
    if STOP_MESSAGES in own.wants and registry.get(message.channel).description.answers:
        sentence = (
            f"{case.reference}: the resident may want no more messages here. Please read what they wrote: STOP, as the"
            " whole message, would stop them; what is owed then goes by another way."
        )
        alert_staff(session, desk, "stop_asked", sentence, case=case, round=f"stop_asked:{message.id}", now=now)
    if message.details.get("recovered") == "list":
        sentence = (
            "A message was not brought to our door and was found in the provider's own list, some minutes late."
            " Please have the address in its console and EARSHOT_PUBLIC_URL checked, if this goes on."
        )
        round = f"recovered:{message.channel}:{now:%Y-%m-%d}"
        alert_staff(session, desk, "recovered", sentence, case=None, round=round, now=now)


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


def alert_unheard(session: Session, desk: Desk, case: Case, message: Message, *, now: datetime) -> None:
    """Tell staff of spoken words, which no machine here understands: there may be a complaint or a danger in them."""
    if message.details.get("spoken"):
        sentence = f"{case.reference}: a voice or video message has come. Please listen to it: nobody has yet."
        alert_staff(session, desk, "listen", sentence, case=case, round=f"listen:{message.id}", now=now)


def alert_staff(
    session: Session, desk: Desk, why: str, sentence: str, *, case: Case | None, round: str, now: datetime
) -> None:
    """Owe staff an alert; the same (case, round) is told once."""
    reference = case.reference if case else ""
    page = f"/staff/cases/{reference}" if case else PAGES.get(why, "/staff/")
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
