"""The formal acknowledgement as staff confirm it: our understanding, the outcomes sought, what is ours, who deals."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from casework.lifecycle import CaseState, Move, moves_from
from casework.storage import cases, staff
from casework.storage.tables import Case, StaffMember
from console.access import CASEWORKERS, desk, guard, me, now
from console.cases import as_seen
from console.preview import LONGEST, Answer, Written, case_of, missing, preview_page, send, written_in
from console.thread import thread
from intake import acknowledge

blueprint = guard(Blueprint("acknowledgements", __name__, url_prefix="/staff/cases/<reference>"))

WANTED = {
    "understanding": "how we understand the complaint",
    "outcomes_sought": "what they would like to happen",
    "responsibility": "what is, and is not, ours to put right",
}

ALREADY = (
    "This case was acknowledged already, by somebody else or by the fail-safe. Nothing of yours was sent: what you"
    " wrote is below, and you can send it as an update."
)


@blueprint.get("/acknowledgement")
@CASEWORKERS
def show(reference: str) -> Answer:
    with desk().book.reading() as session:
        case = case_of(session, reference)
        if not may_acknowledge(case):
            flash("There is no complaint here that waits for an acknowledgement.")
            return redirect(url_for("cases.show", reference=reference))
        written = {
            "understanding": case.understanding or own_words(case),
            "outcomes_sought": case.outcomes_sought or acknowledge.outcome_told(case),
            "responsibility": case.responsibility or acknowledge.ALL_OURS,
            "handler": str(case.handler_id or me().id),
            "version": str(case.version),
        }
        return _form(session, case, written, {})


@blueprint.post("/acknowledgement")
@CASEWORKERS
def confirm(reference: str) -> Answer:
    written, step = written_in(*WANTED, "handler", "version"), request.form.get("step")
    with desk().book.reading() as session:
        case = case_of(session, reference)
        handler = _handler(session, written)
        problems = missing(written, WANTED)
        if handler is None:
            problems["handler"] = "Select who deals with it"
        if not may_acknowledge(case):
            if _is_what_stands(case, written):
                return redirect(url_for("cases.show", reference=reference))
            return _form(session, case, written, {"changed": ALREADY}), 409
        if problems or step == "change":
            return _form(session, case, written, problems), 400 if problems else 200
        if step != "send":
            return _preview(case, written, handler)
    return send(
        reference,
        lambda session: _confirm(session, reference, written),
        is_done=lambda case: _is_what_stands(case, written),
        form=lambda session, case, problems: _form(session, case, {**written, "version": str(case.version)}, problems),
    )


def may_acknowledge(case: Case) -> bool:
    """Whether the lifecycle lets this case be acknowledged now."""
    return Move.ACKNOWLEDGE in moves_from(CaseState(case.state))


def own_words(case: Case) -> str:
    """What the resident has written so far, as they wrote it."""
    said = [(message.new_text or message.text).strip() for message in case.messages if message.kind == "message"]
    return "\n\n".join(words for words in said if words)[:LONGEST]


def _confirm(session: Session, reference: str, written: Written) -> str:
    case = as_seen(session, reference)
    acknowledge.confirm(
        session,
        desk(),
        case,
        understanding=written["understanding"],
        outcomes_sought=written["outcomes_sought"],
        responsibility=written["responsibility"],
        handler=_handler(session, written),
        now=now(),
        actor=me().actor,
    )
    return "The acknowledgement is on its way, and the clock of the answer runs."


def _preview(case: Case, written: Written, handler: StaffMember | None) -> str:
    clock = acknowledge.answer_clock(desk(), case, now=now())
    facts = acknowledge.acknowledgement_facts(
        desk(),
        case,
        stage=cases.stage_of(case),
        understanding=written["understanding"],
        outcomes_sought=written["outcomes_sought"],
        responsibility=written["responsibility"],
        handler=handler,
        respond_by=clock.due,
    )
    return preview_page(case, facts, written, send_to="acknowledgements.confirm", starts=clock)


def _form(session: Session, case: Case, written: Written, problems: Mapping[str, str]) -> str:
    return render_template(
        "acknowledgements/show.html",
        case=case,
        stage=cases.stage_of(case),
        written=written,
        problems=problems,
        staff=staff.active(session),
        thread=thread(case),
    )


def _handler(session: Session, written: Written) -> StaffMember | None:
    number = written["handler"]
    member = session.get(StaffMember, int(number)) if number.isdecimal() and len(number) < 16 else None
    return member if member is not None and member.active else None


def _is_what_stands(case: Case, written: Written) -> bool:
    return not may_acknowledge(case) and all(getattr(case, name) == written[name] for name in WANTED)
