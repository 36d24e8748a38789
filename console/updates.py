"""A progress update to the resident: what has happened, and what is next (Code 5.9)."""

import re
import secrets
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from casework.lifecycle import CaseState, IllegalMove, moves_from
from casework.storage import cases
from casework.storage.tables import Case
from console.access import CASEWORKERS, desk, guard, me, now
from console.cases import as_seen, may_update
from console.preview import Answer, Written, case_of, missing, preview_page, send, written_in
from console.thread import thread
from intake import acknowledge

blueprint = guard(Blueprint("updates", __name__, url_prefix="/staff/cases/<reference>"))

WANTED = {"happened": "what has happened", "next_step": "what is next"}

_ENTRY = re.compile(r"[0-9a-f]{16}")


@blueprint.get("/update")
@CASEWORKERS
def show(reference: str) -> Answer:
    with desk().book.reading() as session:
        case = case_of(session, reference)
        if not may_update(case):
            flash("There is nothing under way in this case to tell about.")
            return redirect(url_for("cases.show", reference=reference))
        return _form(case, {"happened": "", "next_step": "", "version": str(case.version), "entry": new_entry()}, {})


@blueprint.post("/update")
@CASEWORKERS
def tell(reference: str) -> Answer:
    written, step = written_in(*WANTED, "version", "entry"), request.form.get("step")
    if not _ENTRY.fullmatch(written["entry"]):
        written["entry"] = new_entry()
    with desk().book.reading() as session:
        case = case_of(session, reference)
        if _is_owed(case, written):
            return redirect(url_for("cases.show", reference=reference))
        problems = missing(written, WANTED)
        if problems or step == "change":
            return _form(case, written, problems), 400 if problems else 200
        if step != "send":
            return _preview(case, written)
    return send(
        reference,
        lambda session: _tell(session, reference, written),
        is_done=lambda case: _is_owed(case, written),
        form=lambda _session, case, problems: _form(case, {**written, "version": str(case.version)}, problems),
    )


def new_entry() -> str:
    """The name of one update, made with its form: the same form sent twice is one update."""
    return secrets.token_hex(8)


def _tell(session: Session, reference: str, written: Written) -> str:
    case = as_seen(session, reference)
    if not may_update(case):
        state = CaseState(case.state)
        raise IllegalMove(state, "be told about", moves_from(state))
    acknowledge.update(
        session,
        desk(),
        case,
        happened=written["happened"],
        next_step=written["next_step"],
        round=_round(written),
        now=now(),
        actor=me().actor,
    )
    return "The update is on its way."


def _preview(case: Case, written: Written) -> str:
    again = cases.next_progress(case, rules=desk().rules, now=now())
    facts = acknowledge.update_facts(
        desk(),
        case,
        happened=written["happened"],
        next_step=written["next_step"],
        next_update=again.due if again else None,
    )
    return preview_page(case, facts, written, send_to="updates.tell", starts=again)


def _form(case: Case, written: Written, problems: Mapping[str, str]) -> str:
    return render_template("updates/show.html", case=case, written=written, problems=problems, thread=thread(case))


def _is_owed(case: Case, written: Written) -> bool:
    return any(notice.round == _round(written) for notice in case.notices)


def _round(written: Written) -> str:
    return f"staff-{written['entry']}"
