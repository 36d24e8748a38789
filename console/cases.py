"""The page of a case: the thread, the clocks and why, the person, the journal; its label, its doubtful notices."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from casework.lifecycle import CaseState, IllegalMove, Move, moves_from
from casework.reference import find_reference, spoken
from casework.settings import settings
from casework.storage import cases, examples, joining, journal, rereading, suggestions
from casework.storage.tables import Case, Message, Notice, StoredAttachment
from channels import uploads
from channels.message import Attachment
from channels.uploads import file_name
from console import correction
from console.access import CASEWORKERS, READERS, desk, guard, me, now
from console.errors import say
from console.thread import journal_of, related, stopped, thread, whole
from console.wording import KINDS, LONDON
from notifier import sweep

blueprint = guard(Blueprint("cases", __name__, url_prefix="/staff/cases"))

CHANGED = (
    "Somebody else, or a new message, changed this case while you had it open. Nothing of yours was saved or sent."
    " Look at what is new, then do it again."
)


class Changed(Exception):
    """Raised when a case is not any more what the officer saw when they began."""


@blueprint.get("/<reference>")
@READERS
def show(reference: str) -> str | Response:
    canonical = find_reference(reference)
    if canonical is not None and canonical != reference:
        return redirect(url_for("cases.show", reference=canonical))
    return page(reference)


@blueprint.post("/<reference>/label")
@CASEWORKERS
def relabel(reference: str) -> Response | tuple[str, int]:
    said, at = correction.typed(), now()
    if problems := correction.problems_of(said):
        return page(reference, problems=problems, said=said), 400
    try:
        with desk().book.transaction() as session:
            case = as_seen(session, reference)
            if not may_relabel(case):
                raise IllegalMove(CaseState(case.state), Move.RELABEL, moves_from(CaseState(case.state)))
            correction.keep(session, case, said, now=at, actor=me().actor)
            cases.relabel(
                session, case, said.kind, rules=desk().rules, now=at, actor=me().actor, why=said.why, labels=said.labels
            )
    except (Changed, StaleDataError):
        return page(reference, problems={"changed": CHANGED}, said=said), 409
    except IllegalMove as error:
        return page(reference, problems={"kind": str(error)}, said=said), 409
    except examples.Objected as error:
        return page(reference, problems={"may_teach": str(error)}, said=said), 409
    flash("The label is corrected.")
    return redirect(url_for("cases.show", reference=reference))


@blueprint.post("/<reference>/reading")
@CASEWORKERS
def confirm(reference: str) -> Response | tuple[str, int]:
    """A person says that one message was read rightly."""
    said, at = correction.typed(), now()
    try:
        with desk().book.transaction() as session:
            case = as_seen(session, reference)
            message = correction.about(case, said.number)
            if message is None or not correction.is_sure(message):
                raise Changed
            journal.write(session, "reading_confirmed", at=at, actor=me().actor, case=case, message=message)
            correction.confirm(session, case, message, teach=said.teach, now=at, actor=me().actor)
    except Changed:
        return page(reference, problems={"changed": CHANGED}), 409
    except examples.Objected as error:
        return page(reference, problems={"changed": str(error)}), 409
    flash("Recorded: it was read rightly.")
    return redirect(url_for("cases.show", reference=reference))


@blueprint.post("/<reference>/notices/<int:number>/doubt")
@CASEWORKERS
def settle_doubt(reference: str, number: int) -> Response | tuple[str, int]:
    """A person has found out whether a notice went."""
    arrived = request.form.get("arrived", "")
    with desk().book.reading() as session:
        notice = session.get(Notice, number)
        if notice is None or notice.case is None or notice.case.reference != reference:
            abort(404)
    if arrived not in ("yes", "no"):
        return page(reference, problems={f"arrived-{number}": "Select whether it arrived"}), 400
    try:
        sweep.decide(desk().book, number, arrived=arrived == "yes", now=now(), actor=me().actor)
    except ValueError as error:
        return page(reference, problems={"changed": str(error)}), 409
    flash("Recorded: it arrived." if arrived == "yes" else "It will be sent again.")
    return redirect(url_for("cases.show", reference=reference))


@blueprint.get("/<reference>/attachments/<int:number>")
@READERS
def attachment(reference: str, number: int) -> Response:
    """A file as the resident sent it: always saved, never shown, whatever it says that it is.

    It is scanned now, by whichever channel it came: ClamAV knows more viruses today than when it came.
    """
    with desk().book.reading() as session:
        row = session.execute(
            select(StoredAttachment.filename, StoredAttachment.content)
            .join(StoredAttachment.message)
            .join(Message.case)
            .where(StoredAttachment.id == number, Case.reference == reference)
        ).first()
    if row is None:
        abort(404)
    for name, virus in uploads.scanned([Attachment(row.filename, "", row.content)], settings().clamav).kept_out:
        return say(403, "This file is kept from you", f"ClamAV found {virus} in ‘{name}’. Ask for it another way.")
    response = Response(row.content, content_type="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=file_name(row.filename))
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def as_seen(session: Session, reference: str) -> Case:
    """The case, to be changed; raises Changed when it is not the version that the form was made from."""
    case = session.scalar(select(Case).where(Case.reference == reference).with_for_update(of=Case, key_share=True))
    if case is None:
        abort(404)
    if str(case.version) != request.form.get("version") or case.joined_to_id is not None:
        raise Changed
    return case


def may_relabel(case: Case) -> bool:
    """Whether a person may still say that the case is something else (afterwards it needs a refusal, Code 2.4)."""
    if case.joined_to_id is not None:
        return False
    state = CaseState(case.state)
    return state in (CaseState.OPEN, CaseState.CLOSED) or Move.RELABEL in moves_from(state)


def may_update(case: Case) -> bool:
    """Whether there is something under way to tell the resident about."""
    if case.joined_to_id is not None:
        return False
    return CaseState(case.state) is CaseState.OPEN or Move.RESPOND in moves_from(CaseState(case.state))


def page(reference: str, *, problems: dict[str, str] | None = None, said: correction.Correction | None = None) -> str:
    """The page of the case, with what is wrong with what was typed in."""
    at = now()
    asked = said.number if said else correction.number_of(request.args.get("message", ""))
    with desk().book.reading() as session:
        case = whole(session, reference)
        if case is None:
            abort(404)
        about = correction.about(case, asked)
        under = joining.joined_under(session, case)
        return render_template(
            "cases/show.html",
            case=case,
            about=about,
            said=said or correction.begun(case, about),
            readable={message.id for message in correction.readable(case)},
            objects=about is not None and examples.objects(session, about),
            may_confirm=correction.is_sure(about),
            reread=bool(rereading.unsettled(session, [case.id])),
            spoken=spoken(case.reference),
            thread=thread(case, [one.case for one in under]),
            under=under,
            joined=joining.joining_of(session, case) if case.joined_to_id is not None else None,
            pairs=suggestions.pairs_of(session, [case.id]),
            needs_one_person=joining.needs_one_person,
            running=[clock for clock in case.clocks if clock.stopped_at is None],
            ended=[clock for clock in case.clocks if clock.stopped_at is not None],
            journal=journal_of(session, case),
            related=related(session, case),
            stopped=stopped(case),
            alerts=[notice for notice in case.notices if notice.kind == "staff_alert"],
            may_acknowledge=case.joined_to_id is None and Move.ACKNOWLEDGE in moves_from(CaseState(case.state)),
            may_relabel=may_relabel(case),
            may_update=may_update(case),
            kinds=KINDS,
            also=correction.ALSO,
            hazards=correction.HAZARDS,
            problems=problems or {},
            at=at,
            today=at.astimezone(LONDON).date(),
        )
