"""The ledger of a day: what came in by each channel, where it ended, and whether the sources agree (law 9)."""

from datetime import date, datetime, time, timedelta

from flask import Blueprint, render_template, request

from casework.storage import ledger
from console.access import READERS, desk, guard, now
from console.wording import LONDON

blueprint = guard(Blueprint("ledger", __name__, url_prefix="/staff/ledger"))

FIRST_DAY = date(2020, 1, 1)
"""Before any book of ours was begun."""

ENDED = {
    "opened": "Opened a case",
    "attached": "Added to a case",
    "duplicate": "Further copies",
    "ignored": "Needed no answer",
    "quarantined": "In quarantine",
    "waiting": "Being read",
}


@blueprint.get("")
@READERS
def show() -> str:
    today = now().astimezone(LONDON).date()
    day = _day(request.args.get("day", ""), today)
    since, until = _midnight(day), _midnight(day + timedelta(days=1))
    with desk().book.reading() as session:
        return render_template(
            "ledger/show.html",
            day_shown=day,
            ledger=ledger.of_day(session, since=since, until=until, now=now()),
            ended=ENDED,
            earlier=day - timedelta(days=1),
            later=day + timedelta(days=1) if day < today else None,
        )


def _day(written: str, today: date) -> date:
    try:
        return max(FIRST_DAY, min(date.fromisoformat(written), today))
    except ValueError:
        return today


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON)
