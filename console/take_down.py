"""What reached us by phone, by letter or in person, taken down by staff as if the resident had written it.

Each form has a name of its own, made and signed here: sent twice, it is stored once.
"""

import hashlib
import re
from collections.abc import Mapping
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from flask import Blueprint, abort, redirect, render_template, request, url_for
from itsdangerous import BadSignature, Signer
from werkzeug.wrappers import Response

from casework.reference import spoken
from casework.storage.tables import Message
from channels import registry
from channels.errors import UnreadablePayload
from channels.staff.fields import FIELDS, HOW, payload, problems_with
from channels.staff.receipt_time import comes_twice, never_comes, second_time
from console.access import CASEWORKERS, desk, guard, me, now
from console.form import files_sent
from console.wording import LONDON
from intake.accept import accept

blueprint = guard(Blueprint("take_down", __name__, url_prefix="/staff/take-down"))

PREFERS = {"": "No preference", "email": "Email", "phone": "Phone or text", "post": "Letter"}

WAIT = 2.0
LOOK_EVERY = 0.1
"""Seconds: how long the page waits for the reference, and how often it looks."""

WHEN = ("day", "month", "year", "time")
WHICH = {"first": "The first time, before the clocks went back", "second": "The second time, after they went back"}

_NUMBER = re.compile(r"[0-9]{1,4}")
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)

_OTHER_WORDS = (
    "This form was stored already, with other words. If you want to store what stands here as a further message, press"
    " the button again."
)
_NOT_OURS = (
    "This form had lost its number. It has a new one: look through what stands here, and press the button again."
)


@blueprint.get("")
@CASEWORKERS
def show() -> str:
    local = now().astimezone(LONDON)
    when = {"day": str(local.day), "month": str(local.month), "year": str(local.year), "time": f"{local:%H:%M}"}
    return _page({**when, "taken_by": me().name, "how": "phone"}, new_entry(), {})


@blueprint.post("")
@CASEWORKERS
def store() -> Response | tuple[str, int]:
    at = now()
    fields = {name: request.form.get(name, "").replace("\r\n", "\n").strip() for name in (*FIELDS, *WHEN, "which")}
    fields["received_at"] = moment_in(fields)
    entry = request.form.get("entry", "")
    try:
        entry_id = _signer().unsign(entry).decode("ascii")
    except BadSignature:
        return _page(fields, new_entry(), {"changed": _NOT_OURS}), 400
    files = files_sent()
    doubt = _doubt(fields)
    if fields["which"] == "second" and comes_twice(fields["received_at"]):
        fields["received_at"] = second_time(fields["received_at"])
    problems = problems_with(fields, files, now=at) | doubt
    if problems:
        return _page(fields, entry, problems), 400
    raw = payload(entry_id, fields, files)
    try:
        message = registry.get("staff").read(raw, received_at=at)
    except UnreadablePayload as error:
        return _page(fields, entry, {"changed": str(error)}), 400
    accepted = accept(desk().book, message, now=at)
    if not accepted.new and not _is_the_same(accepted.id, raw):
        return _page(fields, new_entry(), {"changed": _OTHER_WORDS}), 409
    return redirect(url_for("take_down.taken", number=accepted.id))


@blueprint.get("/<int:number>")
@CASEWORKERS
def taken(number: int) -> str:
    """What became of it: waits a moment for the reference, since somebody may be on the phone to hear it."""
    deadline = monotonic() + WAIT
    while True:
        with desk().book.reading() as session:
            message = session.get(Message, number)
            if message is None or message.channel != "staff":
                abort(404)
            if message.state != "accepted" or monotonic() > deadline:
                return render_template("take_down/taken.html", message=message, **_to_say(message))
        sleep(LOOK_EVERY)


def _to_say(message: Message) -> dict[str, Any]:
    """What the officer can tell the resident while they are still on the phone."""
    case, policy, read = message.case, desk().rules.policy, message.assessment or {}
    lines = [policy.emergency_line_for(hazard) for hazard in read.get("hazards", [])]
    if not lines and read.get("urgent"):
        lines = [policy.emergency["general"]]
    running = [clock for clock in case.clocks if clock.stopped_at is None] if case else []
    by = [min(clock.code_due, clock.policy_due) for clock in running if clock.kind.startswith("acknowledge")]
    return {
        "reference": case.reference if case else "",
        "spoken": spoken(case.reference) if case else "",
        "kind": case.kind if case else "",
        "emergency_lines": list(dict.fromkeys(lines)),
        "acknowledge_by": min(by, default=None),
        "is_late": bool(by) and min(by) < now().astimezone(LONDON).date(),
        "can_be_answered": bool(case and case.reply_address),
    }


def _doubt(fields: Mapping[str, str]) -> dict[str, str]:
    """What must be asked about a time on the nights on which the clocks change: it is never guessed."""
    if comes_twice(fields["received_at"]) and fields["which"] not in WHICH:
        return {"which": "Select which of the two it was: the clocks went back, and this time came twice"}
    if never_comes(fields["received_at"]):
        return {"received_at": "Check the time: the clocks went forward that night and jumped over it"}
    return {}


def new_entry() -> str:
    """The signed name of a form that is being shown."""
    return _signer().sign(str(uuid4())).decode("ascii")


def moment_in(fields: Mapping[str, str]) -> str:
    """The day and the time that were typed, as the channel reads them; as they were typed where they cannot be.

    A time may be written 16:40, 4.40pm or 4pm.
    """
    written = " ".join(fields[name] for name in WHEN if fields[name])
    time = _TIME.fullmatch(fields["time"])
    if time is None or not all(_NUMBER.fullmatch(fields[name]) for name in ("day", "month", "year")):
        return written
    hour, minute, half = int(time[1]), int(time[2] or 0), (time[3] or "").lower()
    if half and not 1 <= hour <= 12:
        return written
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    day, month, year = (int(fields[name]) for name in ("day", "month", "year"))
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}"


def _is_the_same(number: int, raw: bytes) -> bool:
    with desk().book.reading() as session:
        stored = session.get(Message, number)
        return stored is not None and stored.raw_sha256 == hashlib.sha256(raw).hexdigest()


def _signer() -> Signer:
    return Signer(desk().secret, salt="take-down")


def _page(fields: Mapping[str, str], entry: str, problems: Mapping[str, str]) -> str:
    return render_template(
        "take_down/show.html", fields=fields, entry=entry, problems=problems, how=HOW, prefers=PREFERS, which=WHICH
    )
