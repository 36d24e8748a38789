"""The formal acknowledgement: when staff confirm it, or by the fail-safe when nobody has (law 8).

Also the progress updates that follow it (Code 5.9). Each posts its notice in the transaction that moves the case.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from casework import notices
from casework.clocks import Clock, ClockKind
from casework.links import token_for
from casework.reference import spoken
from casework.storage import cases, clocks, journal, outbox
from casework.storage.outbox import NOBODY, Route
from casework.storage.tables import Case, Message, StaffMember
from channels import registry
from intake.answer import ombudsman
from intake.conversation import language_for
from intake.desk import Desk
from intake.route import way_back

TEAM = "Our complaints team"

OUTCOME_NOT_SAID = "You have not told us yet what you would like to happen. If you tell us, we will look into that too."
ALL_OURS = (
    "We are looking into everything that you have told us. If any part of it is not for us to put right, we will"
    " say so, and tell you who can."
)


def confirm(
    session: Session,
    desk: Desk,
    case: Case,
    *,
    understanding: str,
    outcomes_sought: str,
    responsibility: str,
    handler: StaffMember | None,
    now: datetime,
    actor: str,
    in_own_words: bool = False,
) -> None:
    """Acknowledge the complaint as staff have defined it, start the answer's clock, and owe the notice.

    Raises MissingFact for an empty part of the definition, IllegalMove when it is acknowledged already.
    """
    stage = cases.stage_of(case)
    cases.acknowledge(
        session,
        case,
        understanding=understanding,
        outcomes_sought=outcomes_sought,
        responsibility=responsibility,
        handler=handler,
        rules=desk.rules,
        now=now,
        actor=actor,
    )
    answered = ClockKind.RESPOND_1 if stage == 1 else ClockKind.RESPOND_2
    clock = next(row for row in reversed(case.clocks) if row.kind == answered.value)
    facts = acknowledgement_facts(
        desk,
        case,
        stage=stage,
        understanding=understanding,
        outcomes_sought=outcomes_sought,
        responsibility=responsibility,
        handler=case.handler,
        respond_by=min(clock.code_due, clock.policy_due),
        in_own_words=in_own_words,
    )
    # A complaint that was withdrawn and taken up again is acknowledged again.
    round = f"stage-{stage}" if clock.round == 1 else f"stage-{stage}.{clock.round}"
    outbox.post(session, facts, case=case, round=round, route=route_for(case), now=now)


def answer_clock(desk: Desk, case: Case, *, now: datetime) -> Clock:
    """The clock that acknowledging the case at `now` would start: the answer's."""
    stage = cases.stage_of(case)
    kind = ClockKind.RESPOND_1 if stage == 1 else ClockKind.RESPOND_2
    return desk.rules.start(kind, event=f"stage {stage} acknowledged", at=now, facts=clocks.events_of(case))


def acknowledgement_facts(
    desk: Desk,
    case: Case,
    *,
    stage: int,
    understanding: str,
    outcomes_sought: str,
    responsibility: str,
    handler: StaffMember | None,
    respond_by: date,
    in_own_words: bool = False,
) -> notices.Acknowledgement:
    """What the acknowledgement says, before or after it is owed; raises MissingFact for an empty part."""
    name, contact = contact_of(handler)
    return notices.Acknowledgement(
        landlord=desk.landlord,
        reference=case.reference,
        spoken=spoken(case.reference),
        name=case.person.name if case.person else "",
        stage=stage,
        received_at=_received_at(case, stage),
        understanding=understanding,
        in_own_words=in_own_words,
        outcomes_sought=outcomes_sought,
        responsibility=responsibility,
        handler_name=name,
        handler_contact=contact,
        respond_by=respond_by,
        follow_link=follow_link(desk, case),
        ombudsman=ombudsman(desk.rules.policy),
        language=language_for(case),
    )


def acknowledge_in_own_words(session: Session, desk: Desk, case: Case, *, now: datetime) -> None:
    """The fail-safe: acknowledge with what the resident wrote, since nobody has confirmed it in time."""
    since = _received_at(case, cases.stage_of(case))
    written = _written_by_the_resident(case)
    said = [(m.new_text or m.text).strip() for m in written if m.received_at >= since]
    said += [(m.new_text or m.text).strip() for m in written]
    words = next(filter(None, said), case.summary)
    confirm(
        session,
        desk,
        case,
        understanding=words or "Your message reached us without any words in it.",
        outcomes_sought=case.outcomes_sought or outcome_told(case),
        responsibility=case.responsibility or ALL_OURS,
        handler=case.handler,
        now=now,
        actor="fail-safe",
        in_own_words=True,
    )


def _written_by_the_resident(case: Case) -> list[Message]:
    """What they wrote themselves or staff took down; what others wrote only where there is nothing else."""
    written = [m for m in case.messages if m.kind in ("message", "empty")]
    theirs = {contact.address for contact in case.person.contacts} if case.person else set()
    own = [m for m in written if m.channel == "staff" or not m.sender or m.sender in theirs]
    return own or written


def outcome_told(case: Case) -> str:
    """The outcome sought in the resident's own words, as the newest form that names one has it (Code 5.6)."""
    told = [str(message.details.get("outcome_sought", "")).strip() for message in reversed(case.messages)]
    return next(filter(None, told), OUTCOME_NOT_SAID)


def _received_at(case: Case, stage: int) -> datetime:
    """When the complaint reached us, or the request for stage 2: not always with the case's first message."""
    kind = ClockKind.ACKNOWLEDGE_1 if stage == 1 else ClockKind.ACKNOWLEDGE_2
    return next((clock.started_at for clock in reversed(case.clocks) if clock.kind == kind), case.received_at)


def update(
    session: Session, desk: Desk, case: Case, *, happened: str, next_step: str, round: str, now: datetime, actor: str
) -> None:
    """Owe a progress update, and start the time to the next one."""
    clocks.stop(session, case, ClockKind.PROGRESS_UPDATE, "updated", now=now)
    again = cases.start_progress(session, case, rules=desk.rules, now=now)
    next_update = min(again.code_due, again.policy_due) if again else None
    facts = update_facts(desk, case, happened=happened, next_step=next_step, next_update=next_update)
    outbox.post(session, facts, case=case, round=round, route=route_for(case), now=now)
    journal.write(session, "progress_update_owed", at=now, actor=actor, case=case, round=round)


def update_facts(
    desk: Desk, case: Case, *, happened: str, next_step: str, next_update: date | None
) -> notices.ProgressUpdate:
    """What a progress update says, before or after it is owed; raises MissingFact for an empty part."""
    answer = next((c for c in case.clocks if c.kind.startswith("respond") and c.stopped_at is None), None)
    name, contact = handler_of(case)
    return notices.ProgressUpdate(
        landlord=desk.landlord,
        reference=case.reference,
        spoken=spoken(case.reference),
        name=case.person.name if case.person else "",
        happened=happened,
        next_step=next_step,
        next_update=next_update,
        respond_by=min(answer.code_due, answer.policy_due) if answer else None,
        handler_name=name,
        handler_contact=contact,
        follow_link=follow_link(desk, case),
        ombudsman=ombudsman(desk.rules.policy),
        language=language_for(case),
    )


def update_at_the_agreed_time(session: Session, desk: Desk, case: Case, *, now: datetime) -> None:
    """Say truthfully where the case stands when an update is owed and nobody has written one (Code 5.9)."""
    today = now.astimezone(ZoneInfo(desk.rules.policy.timezone)).date()
    update(
        session,
        desk,
        case,
        happened="We are still looking into your complaint.",
        next_step="We will send you our answer by the date below, or tell you before then if we need more time.",
        round=f"agreed-{today.isoformat()}",
        now=now,
        actor="earshot",
    )


def handler_of(case: Case) -> tuple[str, str]:
    """Who deals with the case and how to reach them; the team, by replying, while nobody is named."""
    return contact_of(case.handler)


def contact_of(handler: StaffMember | None) -> tuple[str, str]:
    """The name of a handler and how to reach them; the team's, by replying, for nobody."""
    if handler is None:
        return TEAM, "reply to this message"
    return handler.name, ", ".join(part for part in (handler.phone, handler.email) if part)


def follow_link(desk: Desk, case: Case) -> str:
    """The address of the resident's page about this case."""
    return f"{desk.address}/case/{token_for(case.reference, desk.secret)}"


def route_for(case: Case) -> Route:
    """The way by which the resident last wrote, in the thread of their last message."""
    if not case.reply_channel or case.reply_channel == NOBODY:
        return Route(NOBODY, "")
    name = case.person.name if case.person else ""
    if registry.get(case.reply_channel).description.form != "email":
        there = (case.reply_channel, case.reply_address)
        last_there = next((m for m in reversed(case.messages) if (m.channel, m.sender) == there), None)
        return Route(*there, name, way=way_back(last_there) if last_there else {})
    mails = [m for m in _written_by_the_resident(case) if m.channel == case.reply_channel and "@" in m.external_id]
    last = mails[-1] if mails else None
    if last is None:
        return Route(case.reply_channel, case.reply_address, name)
    thread = (*last.references, last.external_id)[-20:]
    return Route(case.reply_channel, case.reply_address, name, last.external_id, tuple(thread))
