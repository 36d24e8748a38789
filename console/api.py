"""`/api/v1/…`: other systems post messages here, and ask what became of them.

Read and verify, commit, and only then answer (law 1). The same post is stored once and always gets the same answer
(law 2). Each client sees what it posted itself, and nothing else (law 12).
"""

import hashlib
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Flask, Response, current_app, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge

from casework.reference import spoken
from casework.storage import api_clients
from casework.storage.api_clients import ApiClient
from casework.storage.tables import Case, Message
from channels import registry
from channels.api import envelope, webform
from channels.api.envelope import Envelope
from channels.api.inbound import posted
from channels.api.payload import NewMessage, Unfit
from channels.channel import Pushed
from channels.errors import UnreadablePayload
from channels.message import InboundMessage
from console import problems, silent
from console.api_document import LARGEST, document
from console.errors import BOOK_IS_AWAY, RETRY_AFTER
from console.pace import Pace
from console.problems import Problem
from console.turnstile import Full
from console.webhooks import Arrival
from intake.desk import Desk

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

_PACE = Pace("api")
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


def prepare(app: Flask) -> None:
    """No cookie is taken here, so there is nothing for a stranger's page to misuse."""
    app.extensions["csrf"].exempt(blueprint)


@blueprint.get("/")
def show() -> str:
    return render_template("api/show.html", document=document(_desk().address), largest=LARGEST // 1024**2)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    return _said(document(_desk().address), 200)


@blueprint.post("/messages")
def post_message() -> Response:
    client, now = _client(), datetime.now(UTC)
    body = _body(_JSON)
    sent = request.headers.get("Idempotency-Key")
    name = (sent or "").strip(" \t")
    if sent is not None and not envelope.fit_to_be_a_name(name):
        raise Problem(400, "not-readable", "Idempotency-Key must be 1 to 255 printable ASCII characters, no blanks.")
    post = Envelope(client.name, name or str(uuid.uuid4()), "message", body)
    told = _told(client, post)
    if told.id and not name:
        post = replace(post, name=hashlib.sha256(told.id.encode()).hexdigest())
    return _keep(post, now)


@blueprint.post("/webform")
def post_webform() -> Response:
    """A Drupal Webform's remote post, as JSON or as a form."""
    client, now = _client(), datetime.now(UTC)
    body = _body(_JSON, _FORM)
    form: envelope.Form = "webform-form" if request.mimetype == _FORM else "webform-json"
    try:
        name = webform.name_of(webform.answers(form, body))
    except UnreadablePayload as error:
        raise Problem(400, "not-readable", f"{error} Nothing was kept.") from error
    post = Envelope(client.name, name or str(uuid.uuid4()), form, body, client.fields)
    _told(client, post)
    return _keep(post, now)


@blueprint.get("/messages/<int:number>")
def status(number: int) -> Response:
    client = _client()
    with _desk().book.reading() as session:
        message = session.get(Message, number) if number < 2**62 else None
        if message is None or (message.channel, message.our_address) != ("api", client.name):
            raise Problem(404, "not-found", f"You have posted no message with the id {number}.")
        return _said(_state(session, message), 200)


def _keep(post: Envelope, now: datetime) -> Response:
    """Store it unless it is here already, and say under which id it stands (law 2)."""
    raw = envelope.sealed(post)
    with _desk().book.reading() as session:
        _same_or_refused(session, post, raw)
    try:
        message = registry.get("api").read(raw, received_at=now)
    except Unfit as error:
        raise _unfit(error) from error
    _commit(message, now)
    with _desk().book.reading() as session:
        kept = _same_or_refused(session, post, raw)
        if kept is None:
            raise LookupError("A message that was committed stands nowhere in the book.")
        answer = _said(_accepted(kept), 202)
        answer.headers["Location"] = _link(kept)
        return answer


def _commit(message: InboundMessage, now: datetime) -> None:
    try:
        current_app.extensions["turnstile"].keep(Arrival(Pushed(messages=(message,)), now))
    except Full as error:
        detail = "We are full for the moment. Nothing was kept: please send it again."
        raise Problem(503, "not-now", detail, retry_after=RETRY_AFTER) from error


def _same_or_refused(session: Session, post: Envelope, raw: bytes) -> Message | None:
    """The message that stands under this name; refuses the post if that one said something else."""
    kept = session.scalar(
        select(Message).where(
            Message.channel == "api", Message.our_address == post.client, Message.external_id == post.name
        )
    )
    if kept is not None and kept.raw_sha256 != hashlib.sha256(raw).hexdigest():
        detail = f"Under this name you have posted other words before, as message {kept.id}. Give this one another."
        raise Problem(409, "said-before", detail)
    return kept


def _told(client: ApiClient, post: Envelope) -> NewMessage:
    """What the client says, if that can be a message and the client may say it."""
    try:
        told, _ = posted(post)
    except Unfit as error:
        raise _unfit(error) from error
    except UnreadablePayload as error:
        raise Problem(400, "not-readable", f"{error} Nothing was kept.") from error
    for part in api_clients.MAY:
        if getattr(told, part) and part not in client.may:
            detail = (
                f"This client may not set {part}. Leave it out, or ask us to allow it: earshot api-clients add --may"
            )
            raise Problem(403, "not-allowed", detail, errors=[{"pointer": f"#/{part}", "detail": "may not be set"}])
    return told


def _unfit(error: Unfit) -> Problem:
    detail = "This cannot be taken as a message. Nothing was kept: please mend what stands in errors and send it again."
    return Problem(422, "not-a-message", detail, errors=[fault.model_dump() for fault in error.faults[:50]])


def _client() -> ApiClient:
    """Whose key came with the request; raises Problem for a key that is none, and for one that comes too often."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    with _desk().book.reading() as session:
        client = api_clients.with_key(session, key.strip()) if scheme.lower() == "bearer" else None
    if client is None:
        detail = "Send your key with the request: Authorization: Bearer KEY. If you did, it is wrong or was revoked."
        raise Problem(401, "no-key", detail)
    wait = _PACE.too_fast(str(client.id), client.per_minute, now=datetime.now(UTC))
    if wait:
        detail = f"You may post {client.per_minute} times a minute. Nothing was kept: send it again in {wait} seconds."
        raise Problem(429, "too-often", detail, retry_after=wait)
    return client


def _body(*kinds: str) -> str:
    request.max_content_length = LARGEST
    if request.mimetype not in kinds:
        raise Problem(415, "not-readable", f"Send {' or '.join(kinds)}, and say so in Content-Type.")
    try:
        body = request.get_data(cache=False).decode("utf-8-sig")
    except ClientDisconnected as error:
        detail = f"Nothing more came for {silent.SILENT:.0f} seconds. Nothing was kept: please send it again."
        raise Problem(408, "too-slow", detail) from error
    except UnicodeDecodeError as error:
        raise Problem(400, "not-readable", "This is not UTF-8. Nothing was kept.") from error
    if not body.strip():
        raise Problem(400, "not-readable", "The body is empty. Nothing was kept.")
    return body


def _accepted(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "received_at": message.received_at.isoformat(),
        "client_id": message.details.get("client_id", ""),
        "problems": message.details.get("problems", []),
        "status_url": _link(message),
    }


def _state(session: Session, message: Message) -> dict[str, Any]:
    case = session.get(Case, message.case_id) if message.case_id else None
    state = {"opened": "in_a_case", "attached": "in_a_case", "quarantined": "with_a_person", "ignored": "no_case"}
    running = [c for c in case.clocks if c.stopped_at is None and c.kind.startswith("acknowledge")] if case else []
    by = min((min(clock.code_due, clock.policy_due) for clock in running), default=None)
    policy = _desk().rules.policy
    read = message.assessment or {}
    lines = [policy.emergency_line_for(hazard) for hazard in read.get("hazards", [])]
    if not lines and read.get("urgent"):
        lines = [policy.emergency["general"]]
    return _accepted(message) | {
        "state": state.get(message.outcome or "", "received"),
        "reference": case.reference if case else "",
        "spoken": spoken(case.reference) if case else "",
        "acknowledge_by": by.isoformat() if by else None,
        "emergency": list(dict.fromkeys(lines)),
    }


def _link(message: Message) -> str:
    return f"{_desk().address}/api/v1/messages/{message.id}"


def _said(value: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(value, ensure_ascii=False) + "\n", status, content_type=_JSON)


def _refused(error: HTTPException) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        detail = f"This is larger than {LARGEST // 1024**2} MB. Nothing was kept: send fewer or smaller files."
        return problems.answer(Problem(413, "too-large", detail))
    return problems.answer(problems.of_http(error))


def _away(error: Exception) -> Response:
    detail = "We cannot keep anything for the moment. Nothing was kept: please send it again."
    return problems.answer(Problem(503, "not-now", detail, retry_after=RETRY_AFTER))


def _desk() -> Desk:
    desk: Desk = current_app.extensions["desk"]
    return desk


blueprint.register_error_handler(Problem, problems.answer)
blueprint.register_error_handler(HTTPException, _refused)
for _kind in BOOK_IS_AWAY:
    blueprint.register_error_handler(_kind, _away)
