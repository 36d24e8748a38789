"""`/case/<token>/reach` and `/everything`: a resident proves an address by a code, and then sees all that is theirs.

The link of one case opens that case. Whatever else belongs to the same person is shown only to whoever has proved, in
this browser and within the half-hour, an address at which it is answered. Works without scripts; what was proved
stands in one signed cookie, which no page of another site can send.
"""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Flask, make_response, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from casework.codes import LASTS
from casework.lifecycle import CaseState
from casework.links import token_for
from casework.storage import joining, proving, suggestions
from casework.storage.people_tables import Suggestion
from casework.storage.tables import Case
from console import own_words
from console.access import desk
from console.case import with_the_key
from console.errors import say
from intake import together, verify

blueprint = Blueprint("reach", __name__, url_prefix="/case/<token>")

COOKIE = "earshot_proved"
PROVED_FOR = timedelta(minutes=30)
_MOST = 5

BUSY = "Your case changed just now"
PRESS_AGAIN = "Please go back and press the button once more."
WRONG = "This code is not right, or does not work any more. Check it, or ask for a new one"


def prepare(app: Flask) -> None:
    """The address of each page is a secret, and the cookie is sent to no other site's form."""
    app.extensions["csrf"].exempt(blueprint)


@blueprint.get("/reach")
@with_the_key
def show(token: str, reference: str) -> Response:
    return _ask(token, reference, "", {}, 200)


@blueprint.post("/reach")
@with_the_key
def send(token: str, reference: str) -> Response:
    """Send a code, and say the same whether we know the address, and whether one was sent."""
    typed = request.form.get("address", "")[:300]
    found = verify.address_in(typed)
    if found is None:
        problem = "Enter an email address or a phone number, like name@example.com or 07700 900 982"
        return _ask(token, reference, typed, {"address": problem}, 400)
    verify.send_code(desk(), reference, *found, now=datetime.now(UTC))
    return _code(token, found, {}, 200, sealed=_signer(reference).dumps(found))


@blueprint.post("/reach/code")
@with_the_key
def prove(token: str, reference: str) -> Response:
    now, sealed = datetime.now(UTC), request.form.get("to", "")
    try:
        kind, address = _signer(reference).loads(sealed, max_age=int(LASTS.total_seconds()))
    except BadSignature:
        return _ask(token, reference, "", {"address": "This took too long. Ask for a new code"}, 400)
    proved = _proved(now)
    try:
        typed = request.form.get("code", "")[:40]
        contact = verify.prove(desk(), reference, kind, address, typed, proved=proved, now=now)
    except StaleDataError:
        return say(503, BUSY, PRESS_AGAIN)
    if contact is None:
        return _code(token, (kind, address), {"code": WRONG}, 400, sealed=sealed)
    answer = redirect(url_for("reach.everything", token=token, done="proved"), 303)
    return _remember(answer, {**proved, contact: now.timestamp()})


@blueprint.get("/everything")
@with_the_key
def everything(token: str, reference: str) -> Response:
    """All of the resident's cases for who has proved an address of theirs; for all others where this one stands."""
    now = datetime.now(UTC)
    proved = _proved(now)
    with desk().book.reading() as session:
        case = _case(session, reference)
        if case is None:
            return say(404)
        shown = proving.cases_shown_to(session, proved)
        numbers = {one.id for one in shown}
        pairs = [pair for pair in suggestions.pairs_of(session, numbers) if _theirs(pair, numbers)] if numbers else []
        page = render_template(
            "reach/everything.html",
            token=token,
            case=case,
            stage=own_words.STAGES[CaseState(joining.head_of(case).state)][0],
            dates=own_words.dates_of(joining.head_of(case)),
            proved=bool(proved),
            cases=[(one, own_words.STAGES[CaseState(joining.head_of(one).state)][0], _key(one)) for one in shown],
            holds_this=case.id in numbers,
            pairs=pairs,
            done=DONE.get(request.args.get("done", "")),
        )
    return make_response(page)


@blueprint.post("/together")
@with_the_key
def decide(token: str, reference: str) -> Response:
    """The resident says whether two of their own cases are one matter: both are answered at what they proved."""
    now, number, choice = datetime.now(UTC), request.form.get("pair", ""), request.form.get("choice", "")
    if not (number.isdecimal() and len(number) < 16 and choice in ("join", "own")):
        return say(404)
    try:
        with desk().book.transaction() as session:
            pair = session.get(Suggestion, int(number))
            numbers = {one.id for one in proving.cases_shown_to(session, _proved(now))}
            if pair is None or not _theirs(pair, numbers):
                return say(404)
            if choice == "own":
                suggestions.decide(session, pair, "declined", now=now, actor="resident")
            else:
                why = f"suggestion {pair.id}"
                together.join(session, desk(), pair.case_id, pair.other_id, why=why, now=now, actor="resident")
    except (joining.CannotJoin, suggestions.Decided) as error:
        return say(409, "This cannot be done", f"{error} Tell us on your page what you would like, and we see to it.")
    except StaleDataError:
        return say(503, BUSY, PRESS_AGAIN)
    return redirect(url_for("reach.everything", token=token, done=choice), 303)


DONE = {
    "proved": "Thank you. This address is proved to be yours.",
    "join": "We deal with these two as one from now on.",
    "own": "We keep these as two matters.",
}


def _theirs(pair: Suggestion, numbers: set[int]) -> bool:
    """Whether both cases are the resident's own; one that merely names another's is for staff to decide."""
    return {pair.case_id, pair.other_id} <= numbers and pair.case.person_id == pair.other.person_id


def _ask(token: str, reference: str, typed: str, problems: dict[str, str], status: int) -> Response:
    with desk().book.reading() as session:
        case = _case(session, reference)
        if case is None:
            return say(404)
        page = render_template(
            "reach/show.html",
            token=token,
            case=case,
            typed=typed,
            problems=problems,
            proved=bool(_proved(datetime.now(UTC))),
            unreachable=case.person is None or not case.person.contacts,
        )
    return make_response(page, status)


def _code(token: str, to: tuple[str, str], problems: dict[str, str], status: int, *, sealed: str) -> Response:
    return make_response(
        render_template("reach/code.html", token=token, kind=to[0], address=to[1], to=sealed, problems=problems), status
    )


def _proved(now: datetime) -> dict[int, float]:
    """The contacts that were proved in this browser lately, with when."""
    try:
        kept = _signer("proved").loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return {}
    oldest = (now - PROVED_FOR).timestamp()
    return {int(number): float(at) for number, at in kept if at > oldest}


def _remember(answer: Response, proved: dict[int, float]) -> Response:
    newest = sorted(proved.items(), key=lambda one: one[1])[-_MOST:]
    answer.set_cookie(
        COOKIE,
        str(_signer("proved").dumps(newest)),
        max_age=PROVED_FOR,
        path="/case",
        secure=desk().address.startswith("https://"),
        httponly=True,
        samesite="Strict",
    )
    return answer


def _key(case: Case) -> str:
    return token_for(case.reference, desk().secret)


def _case(session: Session, reference: str) -> Case | None:
    return session.scalar(
        select(Case)
        .where(Case.reference == reference)
        .options(
            joinedload(Case.joined_to).selectinload(Case.clocks), selectinload(Case.clocks), selectinload(Case.person)
        )
    )


def _signer(what: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(desk().secret, salt=f"reach {what}")
