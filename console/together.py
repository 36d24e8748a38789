"""What may be one matter, for a person to decide: two cases as one or as two, and two people as one or as two."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from casework.reference import find_reference
from casework.storage import joining, linking, proving, suggestions
from casework.storage.people_tables import Joining, Link, Suggestion
from casework.storage.tables import Case, Person
from console.access import CASEWORKERS, READERS, desk, guard, me, now
from intake import together

blueprint = guard(Blueprint("together", __name__, url_prefix="/staff/together"))

PAGE = 25
LONGEST_REASON = 2_000

Answer = str | Response | tuple[str, int]

CHANGED = "Somebody else, or a new message, changed one of these cases just now. Nothing was saved. Please look again."


@blueprint.get("")
@READERS
def show() -> str:
    return _list({})


@blueprint.post("/<int:number>")
@CASEWORKERS
def decide(number: int) -> Answer:
    """One press: one matter, or two."""
    choice, same = request.form.get("choice", ""), request.form.get("one_person") == "yes"
    why, at = request.form.get("why", "").strip()[:LONGEST_REASON], now()
    if choice not in ("join", "own"):
        return _list({"changed": "Choose whether they are one matter or two."}), 400
    if same and not why:
        return _list({f"why-{number}": "Say how you know that they are one person"}), 400
    try:
        with desk().book.transaction() as session:
            pair = session.get(Suggestion, number, options=[joinedload(Suggestion.case)])
            if pair is None:
                abort(404)
            reference = pair.case.reference
            if choice == "own":
                suggestions.decide(session, pair, "declined", now=at, actor=me().actor)
            else:
                together.join(
                    session,
                    desk(),
                    pair.case_id,
                    pair.other_id,
                    why=why or f"suggestion {pair.id}",
                    now=at,
                    actor=me().actor,
                    one_person=same,
                )
    except joining.TwoPeople as error:
        return _list({f"why-{number}": str(error)}), 409
    except (joining.CannotJoin, suggestions.Decided, ValueError) as error:
        return _list({"changed": str(error)}), 409
    except StaleDataError:
        return _list({"changed": CHANGED}), 409
    flash("They stay two cases." if choice == "own" else "They are dealt with as one case now.")
    return _back(reference)


@blueprint.post("/cases/<int:number>/part")
@CASEWORKERS
def part(number: int) -> Answer:
    """Two cases again, with the dates that each had."""
    try:
        with desk().book.transaction() as session:
            made = session.get(Joining, number)
            if made is None:
                abort(404)
            together.part(session, desk(), made, now=now(), actor=me().actor)
            reference = made.case.reference
    except (joining.CannotJoin, StaleDataError) as error:
        return _list({"changed": CHANGED if isinstance(error, StaleDataError) else str(error)}), 409
    flash("They are two cases again, each with its own dates.")
    return redirect(url_for("cases.show", reference=reference))


@blueprint.get("/people/<reference>")
@READERS
def people(reference: str) -> str:
    return _people(reference, {})


@blueprint.post("/people/<reference>")
@CASEWORKERS
def link(reference: str) -> Answer:
    """Staff have made sure that the people of two cases are one."""
    other = find_reference(request.form.get("other", ""))
    why = request.form.get("why", "").strip()[:LONGEST_REASON]
    problems = {} if other else {"other": "Enter the reference of a case of theirs, like 4817-2736-K"}
    if not why:
        problems["why"] = "Say how you know that they are one person"
    if other is None or problems:
        return _people(reference, problems), 400
    try:
        with desk().book.transaction() as session:
            into, moved = _person_of(session, reference), _person_of(session, other)
            if into is None or moved is None:
                return _people(reference, {"other": "There is no such case, or nobody is known of it"}), 400
            linking.link_people(session, moved, into, why=why, actor=me().actor, now=now())
    except (ValueError, StaleDataError) as error:
        sentence = CHANGED if isinstance(error, StaleDataError) else str(error)
        return _people(reference, {"changed": sentence}), 409
    flash("They are one person now, with all contacts and cases.")
    return redirect(url_for("together.people", reference=reference))


@blueprint.post("/people/<reference>/address")
@CASEWORKERS
def vouch(reference: str) -> Answer:
    """Staff have made sure, by another way than a code, that an address is this person's."""
    chosen, how = request.form.get("contact", ""), request.form.get("how", "").strip()[:LONGEST_REASON]
    problems = {} if chosen.isdecimal() and len(chosen) < 16 else {"contact": "Select an address"}
    if not how:
        problems["how"] = "Say how you made sure"
    if problems:
        return _people(reference, problems), 400
    with desk().book.transaction() as session:
        case = _case(session, reference)
        theirs = {contact.id: contact for contact in case.person.contacts} if case and case.person else {}
        if case is None or int(chosen) not in theirs:
            abort(404)
        proving.vouch(session, case, theirs[int(chosen)], why=how, actor=me().actor, now=now())
    flash("Recorded: this address is theirs.")
    return redirect(url_for("together.people", reference=reference))


@blueprint.post("/links/<int:number>/undo")
@CASEWORKERS
def undo(number: int) -> Answer:
    """Two people again, each with the contacts and cases that they had."""
    shown = find_reference(request.form.get("reference", "")) or ""
    try:
        with desk().book.transaction() as session:
            made = session.get(Link, number)
            if made is None:
                abort(404)
            linking.undo(session, made, actor=me().actor, now=now())
    except (linking.CannotUndo, StaleDataError) as error:
        sentence = CHANGED if isinstance(error, StaleDataError) else str(error)
        return _people(shown, {"changed": sentence}), 409
    flash("They are two people again, each with the contacts and cases that they had.")
    return redirect(url_for("together.people", reference=shown) if shown else url_for("together.show"))


def _list(problems: dict[str, str]) -> str:
    before = request.args.get("before", "")
    place = int(before) if before.isdecimal() and len(before) < 16 else None
    with desk().book.reading() as session:
        found = suggestions.open_pairs(session, before=place, limit=PAGE + 1)
        return render_template(
            "together/show.html",
            pairs=found[:PAGE],
            needs_one_person=joining.needs_one_person,
            problems=problems,
            first=place is None,
            here_again=url_for("together.show"),
            following=url_for("together.show", before=found[PAGE - 1].id) if len(found) > PAGE else "",
        )


def _people(reference: str, problems: dict[str, str]) -> str:
    with desk().book.reading() as session:
        case = session.scalar(
            select(Case)
            .where(Case.reference == reference)
            .options(selectinload(Case.person).selectinload(Person.contacts))
        )
        if case is None:
            abort(404)
        return render_template(
            "together/people.html",
            case=case,
            links=linking.links_of(session, case.person),
            problems=problems,
            typed={name: request.form.get(name, "") for name in ("other", "why", "how", "contact")},
        )


def _person_of(session: Session, reference: str) -> Person | None:
    case = _case(session, reference)
    return case.person if case is not None else None


def _case(session: Session, reference: str) -> Case | None:
    return session.scalar(
        select(Case)
        .where(Case.reference == reference)
        .options(selectinload(Case.person).selectinload(Person.contacts))
        .with_for_update(of=Case, key_share=True)
    )


def _back(reference: str) -> Response:
    """To the list for whoever works through it, else to the case."""
    if request.form.get("from") == "list":
        return redirect(url_for("together.show"))
    return redirect(url_for("cases.show", reference=reference))
