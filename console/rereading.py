"""The weekly blind sample: the text of one message alone, read again by somebody who is not told how it was read."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from casework.reading import COMPLAINT
from casework.settings import settings
from casework.storage import examples, rereading
from casework.storage.learning_tables import Rereading
from casework.storage.tables import StaffMember
from console.access import CASEWORKERS, desk, guard, me, now
from console.wording import KINDS, plain
from intake.answer import alert_staff

blueprint = guard(Blueprint("rereading", __name__, url_prefix="/staff/rereading"))

ANSWERS = {"yes": "Yes", "no": "No", "cant_tell": "I can't tell"}


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody answered about a message."""

    answer: str = ""
    labels: tuple[str, ...] = ()


@blueprint.get("")
@CASEWORKERS
def show() -> str:
    return _page(Said())


@blueprint.post("/<int:number>")
@CASEWORKERS
def answer(number: int) -> Response | tuple[str, int]:
    labels = tuple(label for label in request.form.getlist("labels") if label in KINDS)
    said, at = Said(request.form.get("answer", ""), labels), now()
    if problems := _problems(said):
        return _page(said, problems), 400
    try:
        with desk().book.transaction() as session:
            member = session.get_one(StaffMember, me().id)
            reread = rereading.answer(session, number, member, said.answer, labels=said.labels, now=at)
            _keep_example(session, reread, said, now=at)
            reference = _tell_staff(session, reread, now=at)
    except rereading.AnsweredAlready as error:
        return _page(Said(), {"changed": str(error)}), 409
    if reference:
        flash("Recorded. This is its case: please decide what it is, or leave it to whoever finds it in the inbox.")
        return redirect(url_for("cases.show", reference=reference) + "#relabel")
    flash("Recorded. Thank you.")
    return redirect(url_for("rereading.show"))


def _problems(said: Said) -> dict[str, str]:
    if said.answer not in ANSWERS:
        return {"answer": "Select yes, no, or that you can't tell"}
    if said.answer == "no" and COMPLAINT in said.labels:
        return {"labels": "If nobody is unhappy with us, it is not a complaint: change one of the two"}
    return {}


def _keep_example(session: Session, reread: Rereading, said: Said, *, now: datetime) -> None:
    """A yes is an example by itself; a no only with its labels, since nobody said that the rest was read rightly."""
    read = reread.message.assessment or {}
    labels = said.labels
    if said.answer == "yes":
        also = said.labels or tuple(label for label in read.get("labels", []) if label == "service_request")
        labels = (COMPLAINT, *(label for label in also if label != COMPLAINT))
    if said.answer == "cant_tell" or not labels:
        return
    teach = settings().examples_teach and not examples.objects(session, reread.message)
    examples.keep(
        session, reread.message, how="reread", labels=labels, hazards=read.get("hazards", []), may_teach=teach,
        now=now, actor=me().actor,
    )  # fmt: skip


def _tell_staff(session: Session, reread: Rereading, *, now: datetime) -> str:
    """Put the case of a yes to staff; its reference, "" where it is a complaint already or there is none."""
    case = reread.message.case
    if case is None or reread.settled_at is not None:
        return ""
    sentence = (
        f"{case.reference}: a message that was not read as a complaint was read again, and somebody is unhappy with us."
        " Please decide what it is."
    )
    alert_staff(
        session, desk(), "missed_complaint", sentence, case=case, round=f"missed_complaint:{reread.id}", now=now
    )
    return case.reference


def _page(said: Said, problems: dict[str, str] | None = None) -> str:
    with desk().book.reading() as session:
        found = rereading.next_for(session, session.get_one(StaffMember, me().id))
        return render_template(
            "rereading/show.html",
            reread=found,
            answers=ANSWERS,
            labels=[{"value": kind, "text": plain(kind), "checked": kind in said.labels} for kind in KINDS],
            said=said,
            problems=problems or {},
        )
