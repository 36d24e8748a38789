"""`/`: the form. One page that works without scripts, without a name and without cookies.

The thank-you page is shown only when the message stands in the book (law 1). The form's own id, made and
signed when it is shown, is the message's id together with what was written: sent twice it is stored once, and
changed and sent again it is a message of its own.
"""

import hashlib
import logging
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from flask import Blueprint, Flask, current_app, make_response, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from casework.settings import settings
from casework.storage.tables import Message
from channels import uploads
from channels.message import Attachment
from channels.sentences import Sentence
from channels.webform.fields import FIELDS, payload, problems_with
from channels.webform.inbound import read
from console import form_sent, languages, rush, thanks
from console.errors import BOOK_IS_AWAY, RETRY_AFTER, say
from intake.accept import accept
from intake.desk import Desk
from intake.suspicion import keep_suspect

log = logging.getLogger(__name__)

blueprint = Blueprint("form", __name__)

WAIT = 2.0
LOOK_EVERY = 0.1
"""Seconds: how long the thank-you page waits for the case, and how often it looks."""

LEAVE_EMPTY = "more"
"""The field that no person sees: what fills it in is a machine."""

_INCOMPLETE = Sentence("This page was incomplete. Please send it once more")
_WRONG_ANSWER = Sentence("That is not the answer. Please try this one")
_NOT_KEPT = Sentence("What you sent has not been kept yet. Wait a few seconds and press Send again: nothing is lost")
_KEPT = Sentence("It is safely kept. This page cannot be shown right now. Please open it again in a minute.")
_CROWDED = Sentence("Answer the question, so that we know that a person is sending this")
_MACHINE = "it filled in a field of the form that no person sees."


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
    sent, files = form_sent.read()
    fields = {name: sent.get(name, "") for name in FIELDS}
    form = _form_id(sent.get("form", ""))
    problems = problems_with(fields, files)
    if form is None or _comes_from_a_stranger():
        problems["message"] = problems.get("message") or _INCOMPLETE
    if form is None or problems:
        return _page(sent.get("form", "") if form else _new_form(), fields, problems, 400, files=files)
    if not _answered(sent, now) and rush.is_crowded(_desk().secret, now=now):
        problems["answer"] = _WRONG_ANSWER if sent.get("answer") else _CROWDED
        return _page(sent["form"], fields, problems, 429, files=files, question=_question())
    name = _name(form, fields, files)
    try:
        _keep(thanks.id_of(thanks.code_of(name, _desk().secret), _desk().secret), fields, files, sent, now)
    except BOOK_IS_AWAY as error:
        log.warning("A form could not be kept (%s): its writer is asked to send it again.", type(error).__name__)
        return _page(sent["form"], fields, {"message": _NOT_KEPT}, 503, files=files)
    return redirect(languages.in_language(url_for("form.thank", token=_signer().dumps(name))), 303)


@blueprint.get("/received/<token>")
def thank(token: str) -> Response:
    """What became of the form: waits a moment for the case, so that most people see their reference at once."""
    try:
        code = thanks.code_of(str(_signer().loads(token)), _desk().secret)
        return _wait_for(code)
    except BadSignature:
        return say(404)
    except BOOK_IS_AWAY:
        return say(503, "We have your message", _KEPT)  # only what is committed is given such an address


def _wait_for(code: str) -> Response:
    deadline = time.monotonic() + WAIT
    while True:
        with _desk().book.reading() as session:
            message = thanks.message_named(session, thanks.id_of(code, _desk().secret))
            if message is None:
                return say(404)
            if message.state != "accepted" or time.monotonic() > deadline:
                return _thanks(message, code)
        time.sleep(LOOK_EVERY)


def files_sent() -> list[Attachment]:
    """The files that came with this request's form, cleaned; an empty file field is none."""
    sent = [
        Attachment(file.filename or "", file.mimetype or "application/octet-stream", file.read())
        for file in request.files.getlist("files")
        if file.filename
    ]
    return [uploads.cleaned(file) if file.size <= uploads.LARGEST else file for file in sent]


def _keep(
    message_id: str, fields: Mapping[str, str], files: Sequence[Attachment], sent: Mapping[str, str], now: datetime
) -> None:
    """Scan the files and store the message; when this returns, it is committed."""
    scan = uploads.scanned(files, settings().clamav)
    raw = payload(message_id, fields, files, scan=scan, language=languages.language().code)
    message = read(raw, received_at=now)
    if sent.get(LEAVE_EMPTY):
        keep_suspect(_desk(), message, reason=_MACHINE, now=now)
    else:
        accept(_desk().book, message, now=now)


def _thanks(message: Message, code: str) -> Response:
    desk = _desk()
    page = render_template(
        "form/thanks.html",
        outcome=thanks.outcome_of(desk, message, message.case) if message.case is not None else None,
        waiting=message.state == "accepted",
        message=message,
        code=thanks.written(code) if thanks.may_show_code(message, now=datetime.now(UTC)) else "",
        kept_out=message.details.get("kept_out", []),
    )
    return _private(page)


def _page(
    form: str,
    fields: Mapping[str, str],
    problems: Mapping[str, str],
    status: int,
    *,
    files: Sequence[Attachment] = (),
    question: tuple[str, int, int] | None = None,
) -> Response:
    page = render_template(
        "form/form.html",
        form=form,
        fields=fields,
        problems={name: languages.said(sentence) for name, sentence in problems.items()},
        question=question,
        accepts=",".join(f".{ending}" for ending in sorted(uploads.TYPES)),
        had_files=bool(files),
        leave_empty=LEAVE_EMPTY,
        landlord_phone=settings().landlord_phone,
    )
    return _private(page, status)


def _private(page: str, status: int = 200) -> Response:
    response = make_response(page, status)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Vary"] = "Accept-Language"
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _comes_from_a_stranger() -> bool:
    """Whether another site's page has made this browser send: its owner looks at it first and sends it themselves."""
    return request.headers.get("Sec-Fetch-Site") == "cross-site"


def _question() -> tuple[str, int, int]:
    """A sum that a person can do and a simple machine does not look for, and its signed numbers."""
    one, two = secrets.randbelow(8) + 2, secrets.randbelow(8) + 2
    return str(_signer("question").dumps([one, two, uuid.uuid4().hex[:12], int(time.time())])), one, two


def _answered(sent: Mapping[str, str], now: datetime) -> bool:
    try:
        one, two, name, asked_at = _signer("question").loads(sent.get("question", ""))
        right = int(sent.get("answer", "").strip()[:4]) == one + two
    except (BadSignature, ValueError):
        return False
    fresh = now.timestamp() - asked_at < 6 * rush.WINDOW
    return right and fresh and not rush.is_worn_out(_desk().secret, name, now=now)


def _name(form: str, fields: Mapping[str, str], files: Sequence[Attachment]) -> str:
    digest = hashlib.sha256(payload("", fields, files)).hexdigest()
    return f"{form}-{digest[:16]}"


def _new_form() -> str:
    return str(_signer().dumps(str(uuid.uuid4())))


def _form_id(signed: str) -> str | None:
    try:
        return str(_signer().loads(signed))
    except BadSignature:
        return None


def _signer(what: str = "web form") -> URLSafeSerializer:
    return URLSafeSerializer(_desk().secret, salt=what)


def _desk() -> Desk:
    desk: Desk = current_app.extensions["desk"]
    return desk
