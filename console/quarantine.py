"""What Earshot could not read: shown as it came, to be run again or set aside; and the day's ledger (law 9)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer
from werkzeug.wrappers import Response

from casework.storage import messages, waits
from casework.storage.tables import Message
from console.access import CASEWORKERS, READERS, desk, guard, me, now
from console.wording import LONDON

blueprint = guard(Blueprint("quarantine", __name__, url_prefix="/staff/quarantine"))

PAGE = 50
RAW_SHOWN = 100_000
FIRST_DAY = date(2020, 1, 1)
"""Before any book of ours was begun."""

ENDED = {
    "opened": "Opened a case",
    "attached": "Added to a case",
    "duplicate": "Further copies of one that we have",
    "ignored": "Needed no answer, with the reason",
    "quarantined": "In quarantine",
    "waiting": "Being read",
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """What came in on one day in London, and where it ended; `balances` is true when nothing is missing."""

    day: date
    seen: int
    ended: dict[str, int]

    @property
    def balances(self) -> bool:
        return self.seen == sum(self.ended.values())


@blueprint.get("")
@READERS
def show() -> str:
    today = now().astimezone(LONDON).date()
    day = _day(request.args.get("day", ""), today)
    after = request.args.get("after", "")
    query = select(Message).where(waits.QUARANTINED).order_by(Message.id).limit(PAGE + 1)
    if after.isdecimal() and len(after) < 16:
        query = query.where(Message.id > int(after))
    with desk().book.reading() as session:
        found = list(session.scalars(query))
        since, until = _midnight(day), _midnight(day + timedelta(days=1))
        counted = messages.ledger(session, since=since, until=until)
        return render_template(
            "quarantine/show.html",
            messages=found[:PAGE],
            following=url_for("quarantine.show", after=found[PAGE - 1].id) if len(found) > PAGE else "",
            ledger=Ledger(day, counted.pop("seen"), counted),
            ended=ENDED,
            earlier=day - timedelta(days=1),
            later=day + timedelta(days=1) if day < today else None,
        )


@blueprint.get("/<int:number>")
@READERS
def look(number: int) -> str:
    return _page(number)


@blueprint.post("/<int:number>/run-again")
@CASEWORKERS
def run_again(number: int) -> Response | tuple[str, int]:
    try:
        with desk().book.transaction() as session:
            messages.run_again(session, _locked(session, number), now=now(), actor=me().actor)
    except ValueError as error:
        return _page(number, {"changed": str(error)}), 409
    flash("It is being read again. If it fails again, it comes back here.")
    return redirect(url_for("quarantine.show"))


@blueprint.post("/<int:number>/set-aside")
@CASEWORKERS
def set_aside(number: int) -> Response | tuple[str, int]:
    why = request.form.get("why", "").strip()[:2000]
    if not why:
        return _page(number, {"why": "Enter why it needs no answer: the record must show it"}), 400
    with desk().book.transaction() as session:
        message = _locked(session, number)
        waits = message.state == "quarantined"
        if waits:
            messages.set_aside(session, message, now=now(), actor=me().actor, reason=why)
    if not waits:
        return _page(number, {"changed": "It is not in quarantine any more: somebody else has dealt with it."}), 409
    flash("It is set aside, with your reason.")
    return redirect(url_for("quarantine.show"))


def as_text(raw: bytes) -> str:
    """The bytes as text that a browser can show: what is not UTF-8 is shown as its code."""
    words = raw[:RAW_SHOWN].decode("utf-8", "backslashreplace")
    return "".join(letter if letter.isprintable() or letter in "\n\t" else repr(letter)[1:-1] for letter in words)


def _page(number: int, problems: dict[str, str] | None = None) -> str:
    with desk().book.reading() as session:
        query = select(Message).where(Message.id == number).options(undefer(Message.raw))
        message = session.scalar(query)
        if message is None:
            abort(404)
        return render_template(
            "quarantine/look.html",
            message=message,
            raw=as_text(message.raw),
            cut=len(message.raw) > RAW_SHOWN,
            waits=message.state == "quarantined",
            reference=message.case.reference if message.case else "",
            problems=problems or {},
            why=request.form.get("why", ""),
        )


def _locked(session: Session, number: int) -> Message:
    message = session.scalar(select(Message).where(Message.id == number).with_for_update(of=Message, key_share=True))
    if message is None:
        abort(404)
    return message


def _day(written: str, today: date) -> date:
    try:
        return max(FIRST_DAY, min(date.fromisoformat(written), today))
    except ValueError:
        return today


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON)
