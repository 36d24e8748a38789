"""`/demo`: be a resident. A handset that texts and chats, and a mailbox; the answers come where they would."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from casework.settings import settings
from channels.email.settings import settings as email_settings
from console.demo import mailbag, neighbourhood, telegram, twilio
from console.demo.neighbourhood import RESIDENTS, Resident
from console.demo.post_office import FILE, PostOffice
from console.demo.postman import PRESS, Postman

blueprint = Blueprint("demo", __name__, url_prefix="/demo")

WAYS = {"text": "Text", "chat": "Telegram", "mail": "E-mail"}

SUGGESTIONS = (
    "The boiler has broken down for the third time and nobody came when you said. My baby is cold.",
    "Hello, the light on the stairs of Larch Court is out. Can you send somebody?",
    "There is black mould in the bedroom again. I reported it in March and I am fed up.",
    "Just to say thank you to Dave, who fixed our tap today. Lovely man.",
)

LONDON = ZoneInfo("Europe/London")
ANSWERED_WITHIN = timedelta(minutes=1)
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Said:
    """One bubble of a conversation."""

    from_resident: bool
    body: str
    at: datetime
    status: str = ""
    subject: str = ""
    number: int = 0
    buttons: tuple[str, ...] = ()
    pressed: bool = False


def prepare(app: Flask) -> None:
    """Set up the providers' shelves, and send the postman for what still lies there."""
    office = PostOffice(settings().var / FILE)
    postman = Postman(office, here=neighbourhood.reachable(settings().bind), public=settings().address)
    app.extensions["post_office"], app.extensions["postman"] = office, postman
    app.jinja_env.filters |= {"linked": linked, "hour": hour}
    if office.pushes():
        postman.wake()


@blueprint.get("")
def start() -> Response:
    return redirect(url_for("demo.handset", who=RESIDENTS[0].key, way="text"))


@blueprint.get("/<who>/<way>")
def handset(who: str, way: str) -> str:
    resident = _resident(who, way)
    said = _conversation(resident, way)
    email, password = neighbourhood.sign_in(settings().var)
    return render_template(
        "demo/handset.html",
        resident=resident,
        residents=[(one, _first_way(one)) for one in RESIDENTS],
        way=way,
        ways=[(key, label) for key, label in WAYS.items() if _has(resident, key)],
        said=said,
        waiting=_is_waiting(said),
        answerable=_answerable(resident) if way == "mail" else None,
        suggestions=SUGGESTIONS,
        staff_email=email,
        staff_password=password,
        smtp_port=email_settings().smtp.port if email_settings().smtp else "",
    )


@blueprint.get("/<who>/<way>/conversation")
def conversation(who: str, way: str) -> str:
    resident = _resident(who, way)
    said = _conversation(resident, way)
    return render_template("demo/conversation.html", said=said, resident=resident, way=way, waiting=_is_waiting(said))


@blueprint.post("/<who>/<way>")
def write(who: str, way: str) -> Response:
    resident = _resident(who, way)
    body = request.form.get("body", "").strip()[:_LONGEST]
    office, postman, now = _office(), current_app.extensions["postman"], datetime.now(UTC)
    if not body:
        flash("Write something first.")
    elif way == "mail":
        try:
            _write_mail(office, resident, body, now)
        except mailbag.DoorClosed as error:
            flash(str(error))
    elif way == "text":
        twilio.text_from(office, resident.phone, body[: twilio.MOST_LETTERS], now=now)
    else:
        telegram.chat_from(office, resident.telegram, body[: telegram.MOST_LETTERS], now=now)
    postman.wake()
    return redirect(url_for("demo.handset", who=who, way=way) + "#end")


@blueprint.post("/<who>/chat/press")
def press(who: str) -> Response:
    """A button in the chat; `start` is the one that Telegram shows before the first word."""
    resident, pressed, now = _resident(who, "chat"), request.form.get("press", ""), datetime.now(UTC)
    if pressed == "start":
        telegram.chat_from(_office(), resident.telegram, "/start", now=now)
    elif not telegram.press_from(_office(), resident.telegram, pressed, now=now):
        flash("This button is not there any more.")
    current_app.extensions["postman"].wake()
    return redirect(url_for("demo.handset", who=who, way="chat") + "#end")


@blueprint.post("/reset")
def reset() -> Response:
    _office().clear()
    mailbag.clear(_folder())
    flash("Every handset and mailbox is empty again. The cases are still in the book.")
    return redirect(url_for("demo.start"))


def hour(moment: datetime) -> str:
    """The time of day in London, as a phone shows it."""
    return f"{moment.astimezone(LONDON):%H:%M}"


def linked(words: str) -> Markup:
    """The words with their addresses made into links."""
    parts, last = [], 0
    for found in _LINK.finditer(words):
        parts += [escape(words[last : found.start()]), Markup('<a href="{0}">{0}</a>').format(found[0])]
        last = found.end()
    return Markup("").join([*parts, escape(words[last:])])


def _resident(who: str, way: str) -> Resident:
    resident = neighbourhood.resident(who)
    if resident is None or way not in WAYS or not _has(resident, way):
        abort(404)
    return resident


def _has(resident: Resident, way: str) -> bool:
    return bool({"text": resident.phone, "chat": resident.telegram, "mail": resident.email}[way])


def _first_way(resident: Resident) -> str:
    return next(way for way in ("chat", "text", "mail") if _has(resident, way))


def _conversation(resident: Resident, way: str) -> list[Said]:
    if way == "mail":
        found: list[Any] = mailbag.letters(_office(), _folder(), resident)
        return [Said(one.from_resident, one.body, one.at, subject=one.subject) for one in found]
    address = resident.phone if way == "text" else str(resident.telegram)
    return [
        Said(
            item.from_resident,
            item.body,
            item.at,
            status=item.status,
            number=item.id,
            buttons=tuple(label for label, _ in telegram.buttons_under(item)) if way == "chat" else (),
            pressed=item.name.startswith(PRESS),
        )
        for item in _office().conversation(way, address)
    ]


def _is_waiting(said: list[Said]) -> bool:
    """Whether the resident's last words are fresh and still without an answer."""
    return (
        bool(said)
        and said[-1].from_resident
        and not said[-1].pressed
        and datetime.now(UTC) - said[-1].at < ANSWERED_WITHIN
    )


def _write_mail(office: PostOffice, resident: Resident, body: str, now: datetime) -> None:
    answers = _answerable(resident) if request.form.get("answers") else None
    subject = f"Re: {answers.subject.removeprefix('Re: ')}" if answers else request.form.get("subject", "").strip()
    mailbag.write(office, resident, " ".join(subject.split())[:200], body, answers=answers, now=now)


def _answerable(resident: Resident) -> mailbag.Letter | None:
    """The last mail that the resident got, which a reply answers."""
    got = [one for one in mailbag.letters(_office(), _folder(), resident) if not one.from_resident]
    return got[-1] if got else None


def _office() -> PostOffice:
    office: PostOffice = current_app.extensions["post_office"]
    return office


def _folder() -> Path:
    return neighbourhood.mail_folder(settings().var)
