"""`/`: the form. One page that works without scripts, without a name and without cookies.

The thank-you page is shown only when the message stands in the book (law 1). The form's own id, made and
signed when it is shown, is the message's id together with what was written: sent twice it is stored once, and
changed and sent again it is a message of its own.
"""

import hashlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Blueprint, Flask, current_app, make_response, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from casework.links import token_for
from casework.reference import spoken
from casework.storage.tables import Case, Message
from channels.message import Attachment
from channels.uploads import TYPES
from channels.webform.fields import FIELDS, payload, problems_with
from channels.webform.inbound import OUR_ADDRESS, read
from console.errors import say
from intake.accept import accept
from intake.desk import Desk

blueprint = Blueprint("form", __name__)

WAIT = 2.0
LOOK_EVERY = 0.1
"""Seconds: how long the thank-you page waits for the case, and how often it looks."""

PREFERS = (
    ("email", "Email"),
    ("text", "Text message"),
    ("phone", "Phone call"),
    ("post", "Letter"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the thank-you page may say of the message; `link` is empty where only its owner may get it (law 12)."""

    reference: str
    spoken: str
    joined: bool
    acknowledge_by: date | None
    emergency: tuple[str, ...]
    link: str


def prepare(app: Flask) -> None:
    """No session stands behind this form, so no stranger's page can misuse one; the phone may refuse cookies."""
    app.extensions["csrf"].exempt(blueprint)


@blueprint.get("/")
def show() -> Response:
    fields = {"reference": request.args.get("reference", "")[:100]}
    return _page(_new_form(), fields, {}, 200)


@blueprint.post("/")
def send() -> Response:
    now = datetime.now(UTC)
    fields = {name: request.form.get(name, "") for name in FIELDS}
    files = files_sent()
    form = _form_id(request.form.get("form", ""))
    problems = problems_with(fields, files)
    if form is None:
        problems["message"] = problems.get("message") or "This page was incomplete. Please send it once more"
    if form is None or problems:
        return _page(request.form.get("form", "") if form else _new_form(), fields, problems, 400)
    raw = payload(_message_id(form, fields, files), fields, files)
    message = read(raw, received_at=now)
    accept(_desk().book, message, now=now)
    return redirect(url_for("form.thank", token=_signer().dumps(message.external_id)), 303)


@blueprint.get("/received/<token>")
def thank(token: str) -> Response:
    """What became of the form: waits a moment for the case, so that most people see their reference at once."""
    try:
        name = str(_signer().loads(token))
    except BadSignature:
        return say(404)
    deadline = time.monotonic() + WAIT
    while True:
        with _desk().book.reading() as session:
            message = _message(session, name)
            if message is None:
                return say(404)
            if message.state != "accepted" or time.monotonic() > deadline:
                return _thanks(message)
        time.sleep(LOOK_EVERY)


def files_sent() -> list[Attachment]:
    """The files that came with this request's form; an empty file field is none."""
    return [
        Attachment(file.filename or "", file.mimetype or "application/octet-stream", file.read())
        for file in request.files.getlist("files")
        if file.filename
    ]


def _thanks(message: Message) -> Response:
    outcome = _outcome(message, message.case) if message.case is not None else None
    waiting = message.state == "accepted"
    return _private(render_template("form/thanks.html", outcome=outcome, waiting=waiting, message=message))


def _outcome(message: Message, case: Case) -> Outcome:
    desk = _desk()
    joined = message.outcome != "opened"
    first_heard_of = case.person is None or case.person.created_at >= message.accepted_at
    running = [clock for clock in case.clocks if clock.stopped_at is None and clock.kind.startswith("acknowledge")]
    found = (message.assessment or {}).get("hazards", [])
    lines = [desk.rules.policy.emergency_line_for(hazard) for hazard in found]
    if not lines and (message.assessment or {}).get("urgent"):
        lines = [desk.rules.policy.emergency["general"]]
    return Outcome(
        reference=case.reference,
        spoken=spoken(case.reference),
        joined=joined,
        acknowledge_by=min((min(clock.code_due, clock.policy_due) for clock in running), default=None),
        emergency=tuple(dict.fromkeys(lines)),
        link=f"/case/{token_for(case.reference, desk.secret)}" if first_heard_of and not joined else "",
    )


def _message(session: Session, name: str) -> Message | None:
    named = select(Message).where(
        Message.channel == "webform", Message.our_address == OUR_ADDRESS, Message.external_id == name
    )
    return session.scalar(named.options(joinedload(Message.case).joinedload(Case.person)))


def _page(form: str, fields: Mapping[str, str], problems: Mapping[str, str], status: int) -> Response:
    accepts = ",".join(f".{ending}" for ending in sorted(TYPES))
    page = render_template(
        "form/form.html",
        form=form,
        fields=fields,
        problems=problems,
        summary=[{"text": sentence, "href": f"#{name}"} for name, sentence in problems.items()],
        choices=[{"value": value, "text": words} for value, words in PREFERS],
        accepts=accepts,
        had_files=any(file.filename for file in request.files.getlist("files")),
    )
    return _private(page, status)


def _private(page: str, status: int = 200) -> Response:
    response = make_response(page, status)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _message_id(form: str, fields: Mapping[str, str], files: list[Attachment]) -> str:
    digest = hashlib.sha256(payload("", fields, files)).hexdigest()
    return f"{form}-{digest[:16]}"


def _new_form() -> str:
    return str(_signer().dumps(str(uuid.uuid4())))


def _form_id(signed: str) -> str | None:
    try:
        return str(_signer().loads(signed))
    except BadSignature:
        return None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(_desk().secret, salt="web form")


def _desk() -> Desk:
    desk: Desk = current_app.extensions["desk"]
    return desk
