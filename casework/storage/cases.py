"""Cases in the book: opening, joining, and every change of state with its clocks and its journal line.

Each function changes what stands in the session and commits nothing; `now` is when it happens. Legal
moves are `casework.lifecycle`'s and dates are `casework.clocks`': here they only meet the rows.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from casework.clocks import Clock, ClockKind
from casework.lifecycle import CaseState, Move, move, moves_from
from casework.notices import MissingFact
from casework.reading import COMPLAINT, Reading
from casework.reference import new_reference
from casework.rules import Rules
from casework.storage import clocks, journal
from casework.storage.tables import Case, ClockRow, Message, Person, StaffMember
from casework.watching import first_look_at

SUMMARY_LENGTH = 80
_FREE = "earshot.free_references"


def find(session: Session, reference: str) -> Case | None:
    """The case with this reference in its canonical form."""
    return session.scalar(select(Case).where(Case.reference == reference).options(joinedload(Case.person)))


def open_case(
    session: Session, message: Message, reading: Reading, *, person: Person | None, rules: Rules, now: datetime
) -> Case:
    """Open a case for a message, with the clock that its reading calls for.

    Where dissatisfaction is read, or may be and the reader is unsure, the acknowledgement clock runs from the
    message's own receipt (Code 1.3, 6.2; law 6: the safer clock runs while the resident or a person decides).
    """
    state = _first_state(reading)
    case = Case(
        reference=_free_reference(session),
        kind=reading.kind,
        labels=list(reading.labels),
        state=state.value,
        review=reading.review,
        urgent=reading.urgent,
        hazards=list(reading.hazards),
        summary=_summary(message),
        person=person,
        received_at=message.received_at,
        opened_at=now,
        compare_at=now,
        last_heard_at=message.received_at,
        policy=rules.policy.name,
        policy_version=rules.policy.version,
        code_version=rules.policy.code_version,
        calendar_version=rules.calendar.version,
        understanding="",
        outcomes_sought="",
        responsibility="",
        clocks=[],
    )
    session.add(case)
    journal.write(
        session,
        "case_opened",
        at=now,
        case=case,
        message=message,
        reference=case.reference,
        kind=case.kind,
        state=case.state,
        review=case.review,
        hazards=case.hazards,
        raw_sha256=message.raw_sha256,
        model=message.model_version,
        policy=f"{case.policy} {case.policy_version}",
    )
    if state is not CaseState.OPEN:
        received = message.received_at
        _start(session, case, ClockKind.ACKNOWLEDGE_1, event="complaint received", at=received, rules=rules, now=now)
    return case


def join(session: Session, case: Case, message: Message, reading: Reading, *, rules: Rules, now: datetime) -> None:
    """Add a message to an open case, and let it do what its words call for.

    Dissatisfaction in a case that was none yet makes it a complaint from this message's receipt (Code 1.5);
    asking to go on after the stage 1 answer opens stage 2, and no reason is needed (Code 6.12).
    """
    case.last_heard_at = max(case.last_heard_at, message.received_at)
    case.urgent = case.urgent or reading.urgent
    case.hazards = sorted({*case.hazards, *reading.hazards})
    journal.write(session, "message_joined", at=now, case=case, message=message, raw_sha256=message.raw_sha256)
    state = CaseState(case.state)
    if Move.ESCALATE in moves_from(state) and (reading.is_complaint or reading.wants_stage_2):
        escalate(session, case, requested_at=message.received_at, rules=rules, now=now, actor="resident")
    elif reading.is_complaint and not reading.review and state in (CaseState.OPEN, CaseState.CHOICE_OFFERED):
        become_complaint(session, case, since=message.received_at, rules=rules, now=now, actor="earshot")
    elif reading.review and state is CaseState.OPEN:
        offer_choice(session, case, since=message.received_at, rules=rules, now=now)


def offer_choice(session: Session, case: Case, *, since: datetime, rules: Rules, now: datetime) -> None:
    """There may be dissatisfaction: the resident or a person decides, and the safer clock runs (Code 1.3, law 6)."""
    _move(session, case, Move.OFFER_CHOICE, now=now, actor="earshot")
    case.review = True
    _start(session, case, ClockKind.ACKNOWLEDGE_1, event="choice offered", at=since, rules=rules, now=now)


def become_complaint(session: Session, case: Case, *, since: datetime, rules: Rules, now: datetime, actor: str) -> None:
    """Treat the case as a complaint; a clock that runs already (the safer one) keeps its earlier start."""
    _move(session, case, Move.BECOME_COMPLAINT, now=now, actor=actor)
    case.closed_at = None
    _is_complaint(case)
    if not _runs(case, ClockKind.ACKNOWLEDGE_1):
        _start(session, case, ClockKind.ACKNOWLEDGE_1, event="complaint received", at=since, rules=rules, now=now)


def relabel(
    session: Session,
    case: Case,
    kind: str,
    *,
    rules: Rules,
    now: datetime,
    actor: str,
    why: str,
    labels: Sequence[str] = (),
) -> None:
    """Correct what the machine read, at a person's word; the reason is kept with the correction.

    `kind` governs; `labels` are all that hold, where the person said more. A complaint counts from the first
    contact. Taking a complaint for something else is only possible before it is acknowledged; afterwards it needs a
    refusal with its reasons (Code 2.4).
    """
    if not why.strip():
        raise ValueError("Say why the label was wrong: the record and the classifier learn from it.")
    was = case.kind
    journal.write(session, "label_corrected", at=now, actor=actor, case=case, was=was, now=kind, why=why)
    if kind == COMPLAINT:
        if Move.BECOME_COMPLAINT in moves_from(CaseState(case.state)):
            become_complaint(session, case, since=case.received_at, rules=rules, now=now, actor=actor)
            case.labels = list(labels) or case.labels
        return
    if CaseState(case.state) is not CaseState.OPEN:
        _move(session, case, Move.RELABEL, now=now, actor=actor)
        clocks.stop_all(session, case, f"not a complaint: {kind}", now=now)
    case.kind, case.labels, case.review = kind, list(labels) or [kind], False


def acknowledge(
    session: Session,
    case: Case,
    *,
    understanding: str,
    outcomes_sought: str,
    responsibility: str,
    handler: StaffMember | None,
    rules: Rules,
    now: datetime,
    actor: str,
) -> None:
    """Acknowledge, define and log the complaint at its stage, and start the clock of the answer.

    The definition is our understanding and the outcomes sought (Code 5.6), with what is and is not ours
    (5.7); an empty one raises MissingFact. The answer is due from this moment (6.3, 6.14).
    """
    defined = {"understanding": understanding, "outcomes_sought": outcomes_sought, "responsibility": responsibility}
    for name, words in defined.items():
        if not words.strip():
            raise MissingFact("acknowledgement", name)
    stage = stage_of(case)
    _move(session, case, Move.ACKNOWLEDGE, now=now, actor=actor)
    case.understanding, case.outcomes_sought, case.responsibility = understanding, outcomes_sought, responsibility
    case.handler = handler or case.handler
    _is_complaint(case)  # a choice that nobody made in time was made for the resident
    acknowledged, answered = (
        (ClockKind.ACKNOWLEDGE_1, ClockKind.RESPOND_1) if stage == 1 else (ClockKind.ACKNOWLEDGE_2, ClockKind.RESPOND_2)
    )
    clocks.stop(session, case, acknowledged, "acknowledged", now=now)
    _start(session, case, answered, event=f"stage {stage} acknowledged", at=now, rules=rules, now=now)
    start_progress(session, case, rules=rules, now=now)


def start_progress(session: Session, case: Case, *, rules: Rules, now: datetime) -> ClockRow | None:
    """Start the time to the next update (Code 5.9), unless the answer is due before it would end."""
    clock = next_progress(case, rules=rules, now=now)
    return None if clock is None else _begin(session, case, clock, rules=rules, now=now)


def next_progress(case: Case, *, rules: Rules, now: datetime) -> Clock | None:
    """The time to the next update if the resident is told something at `now`; None when the answer comes before."""
    answer = next((c for c in case.clocks if c.kind.startswith("respond") and c.stopped_at is None), None)
    clock = rules.start(ClockKind.PROGRESS_UPDATE, event="last told", at=now)
    return None if answer is None or clock.due_at >= answer.due_at else clock


def escalate(session: Session, case: Case, *, requested_at: datetime, rules: Rules, now: datetime, actor: str) -> None:
    """Take the complaint to stage 2 from when it was asked for (Code 6.10, 6.11)."""
    _move(session, case, Move.ESCALATE, now=now, actor=actor)
    case.closed_at = None
    clocks.stop_all(session, case, "escalated", now=now)
    _start(session, case, ClockKind.ACKNOWLEDGE_2, event="stage 2 requested", at=requested_at, rules=rules, now=now)


def acknowledge_since(session: Session, case: Case, *, since: datetime, rules: Rules, now: datetime) -> None:
    """Let the acknowledgement be due from an earlier receipt than it was (Code 6.2)."""
    clocks.stop(session, case, ClockKind.ACKNOWLEDGE_1, "an earlier receipt governs", now=now)
    _start(session, case, ClockKind.ACKNOWLEDGE_1, event="first received", at=since, rules=rules, now=now)


def stage_of(case: Case) -> int:
    """The stage that the case stands at: 2 from the request to escalate on, else 1."""
    return 2 if case.state.startswith("stage_2") else 1


def _move(session: Session, case: Case, name: Move, *, now: datetime, actor: str) -> None:
    was = case.state
    case.state = move(CaseState(was), name).value
    journal.write(session, "case_moved", at=now, actor=actor, case=case, move=name.value, was=was, now=case.state)


def _start(
    session: Session, case: Case, kind: ClockKind, *, event: str, at: datetime, rules: Rules, now: datetime
) -> None:
    clock = rules.start(kind, event=event, at=at, facts=clocks.events_of(case))
    _begin(session, case, clock, rules=rules, now=now)


def _begin(session: Session, case: Case, clock: Clock, *, rules: Rules, now: datetime) -> ClockRow:
    rounds = sum(1 for standing in case.clocks if standing.kind == clock.kind.value)
    watch_at = first_look_at(clock, rules.policy, rules.calendar)
    return clocks.begin(session, case, clock, now=now, watch_at=max(watch_at, now), round=rounds + 1)


def _is_complaint(case: Case) -> None:
    case.kind, case.review = COMPLAINT, False
    case.labels = [COMPLAINT, *(label for label in case.labels if label != COMPLAINT)]


def _first_state(reading: Reading) -> CaseState:
    if reading.review:
        return CaseState.CHOICE_OFFERED
    return CaseState.STAGE_1_RECEIVED if reading.is_complaint else CaseState.OPEN


def _free_reference(session: Session) -> str:
    """A reference that no case has; drawn several at a time, so that a batch asks seldom."""
    free: list[str] = session.info.setdefault(_FREE, [])
    while not free:
        drawn = {new_reference() for _ in range(10)}
        with session.no_autoflush:
            free += drawn.difference(session.scalars(select(Case.reference).where(Case.reference.in_(drawn))))
    return free.pop()


def _runs(case: Case, kind: ClockKind) -> bool:
    return any(clock.kind == kind.value and clock.stopped_at is None for clock in case.clocks)


def _summary(message: Message) -> str:
    words = " ".join((message.subject or message.new_text or message.text).split())
    return words if len(words) <= SUMMARY_LENGTH else words[: SUMMARY_LENGTH - 1].rstrip() + "…"
