"""`/case/<token>`: the resident's own page of one case. Whoever holds the link holds the key, and sees this case only.

What it shows is what was said and sent, the dates and why. Labels, alerts and staff's own notes are not the
resident's page.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps

from flask import Blueprint, Flask, current_app, make_response, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from casework.lifecycle import CaseState
from casework.links import BadLink, reference_in
from casework.reference import spoken
from casework.settings import settings
from casework.storage import cases
from casework.storage.joining import are_two, head_of, joined_under
from casework.storage.tables import Case, Message
from channels import uploads
from channels.webform.fields import payload, problems_with
from channels.webform.inbound import read
from console import own_words
from console.errors import say
from console.form import files_sent
from intake.accept import accept
from intake.desk import Desk
from intake.keyword import choose_complaint

log = logging.getLogger(__name__)

blueprint = Blueprint("case", __name__, url_prefix="/case")

CAN_CHOOSE = (CaseState.OPEN, CaseState.CHOICE_OFFERED)

DONE = {
    "added": "We have what you added. It stands below as soon as it has been put to your case.",
    "without_a_file": (
        "We have what you added, but not every file: one seems to hold a virus, most likely without your knowing. Your"
        " words and all other files are kept."
    ),
    "complaint": "We are treating this as a complaint.",
}

View = Callable[..., Response]


def prepare(app: Flask) -> None:
    """The link itself is the key, and no cookie stands behind it that a stranger's page could misuse."""
    app.extensions["csrf"].exempt(blueprint)


def with_the_key(view: View) -> View:
    """Give the view the reference that the link opens; to all others, the same sentence."""

    @wraps(view)
    def guarded(token: str) -> Response:
        try:
            reference = reference_in(token, _desk().secret)
        except BadLink as error:
            answer: Response = say(404, "This link does not open anything", str(error))
        else:
            answer = view(token, reference)
        answer.headers["Referrer-Policy"] = "no-referrer"  # the link is a key: no other site may learn it
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return guarded


@blueprint.get("/<token>")
@with_the_key
def show(token: str, reference: str) -> Response:
    return _page(token, reference, words="", problems={}, status=200)


@blueprint.post("/<token>/add")
@with_the_key
def add(token: str, reference: str) -> Response:
    """Take what the resident adds, as a message in the thread of this case."""
    now, words, files = datetime.now(UTC), request.form.get("message", ""), files_sent()
    form = _form_id(request.form.get("form", ""), reference)
    problems = problems_with({"message": words}, files)
    if form is None:
        problems["message"] = problems.get("message") or "This page was incomplete. Please send it once more"
    if form is None or problems:
        return _page(token, reference, words=words, problems=problems, status=400)
    scan = uploads.scanned(files, settings().clamav)
    with _desk().book.reading() as session:
        case = _case(session, reference)
        if case is None:
            return say(404)
        digest = hashlib.sha256(payload("", {"message": words}, files)).hexdigest()
        raw = payload(f"{form}-{digest[:16]}", {"message": words, "reference": reference}, files, scan=scan)
        message = own_words.in_thread_of(case, read(raw, received_at=now))
    accept(_desk().book, message, now=now)
    done = "without_a_file" if scan.kept_out else "added"
    return redirect(url_for("case.show", token=token, done=done), 303)


@blueprint.post("/<token>/complaint")
@with_the_key
def complain(token: str, reference: str) -> Response:
    """The resident chooses (Code 1.3): from the first contact on, this is a complaint."""
    now, desk = datetime.now(UTC), _desk()
    try:
        with desk.book.transaction() as session:
            found = cases.find(session, reference)
            if found is None:
                return say(404)
            case = head_of(found)
            if are_two(found, case):
                return say(409, "Please tell us in your own words", "Go back, and write under “Add something” why.")
            if CaseState(case.state) in CAN_CHOOSE:  # a second press finds it done
                choose_complaint(session, desk, case, None, now=now)
    except StaleDataError:
        log.info("A case changed while its resident chose; they are asked to press again.")
        return say(503, "Your case changed just now", "Please go back and press the button once more.")
    return redirect(url_for("case.show", token=token, done="complaint"), 303)


def _page(token: str, reference: str, *, words: str, problems: dict[str, str], status: int) -> Response:
    with _desk().book.reading() as session:
        case = _case(session, reference)
        if case is None:
            return say(404)
        head = head_of(case)  # of a joined case its own words are shown, with the state and the dates that hold
        stage, meaning = own_words.STAGES[CaseState(head.state)]
        page = render_template(
            "case/case.html",
            token=token,
            case=case,
            spoken=spoken(reference),
            stage=stage,
            meaning=meaning,
            handler=head.handler,
            dates=own_words.dates_of(head),
            said=own_words.said_in(case),
            under=[
                (one.case.reference, one.case.received_at)
                for one in joined_under(session, case)
                if one.case.person_id == case.person_id  # of what somebody else said nothing is told (law 12)
            ],
            can_choose=CaseState(head.state) in CAN_CHOOSE and not are_two(case, head),
            done=DONE.get(request.args.get("done", "")),
            words=words,
            problems=problems,
            summary=[{"text": sentence, "href": f"#{name}"} for name, sentence in problems.items()],
            form=_signer(reference).dumps(own_words.new_name()),
        )
    return make_response(page, status)


def _case(session: Session, reference: str) -> Case | None:
    """The case with everything that its page shows, in a handful of queries however long it is."""
    found: Case | None = session.scalar(
        select(Case)
        .where(Case.reference == reference)
        .options(
            joinedload(Case.person),
            joinedload(Case.handler),
            joinedload(Case.joined_to).options(joinedload(Case.handler), selectinload(Case.clocks)),
            selectinload(Case.clocks),
            selectinload(Case.notices),
            selectinload(Case.messages).selectinload(Message.attachments),
        )
    )
    return found


def _form_id(signed: str, reference: str) -> str | None:
    try:
        return str(_signer(reference).loads(signed))
    except BadSignature:
        return None


def _signer(reference: str) -> URLSafeSerializer:
    return URLSafeSerializer(_desk().secret, salt=f"case page {reference}")


def _desk() -> Desk:
    desk: Desk = current_app.extensions["desk"]
    return desk
