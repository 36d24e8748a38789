"""`/claim`: where somebody who left no name sees how far we are, with the code that the thank-you page showed them.

A code proves that they sent something, not who they are: they see the state and the dates, and no word of it (law 12).
"""

from datetime import UTC, datetime

from flask import Blueprint, Flask, current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from casework.lifecycle import CaseState
from casework.reference import spoken
from channels.sentences import Sentence
from console import languages, own_words, rush, thanks
from console.errors import say
from intake.desk import Desk

blueprint = Blueprint("claim", __name__, url_prefix="/claim")

FREE = 30
"""So many codes are tried from one connection within a window; nobody guesses sixty bits with them."""

_UNKNOWN = Sentence("We do not know this code. Check each letter, or tell us what happened again")
_MISSING = Sentence("Enter your code, like ABCD-EFGH-JKLM")


def prepare(app: Flask) -> None:
    """The code itself is the key, and no cookie stands behind it that a stranger's page could misuse."""
    app.extensions["csrf"].exempt(blueprint)


@blueprint.get("")
def show() -> Response:
    return _page("claim/show.html", 200, code="", problem="")


@blueprint.post("")
def look() -> Response:
    """The state of what the code claims; nothing in the address, so that no history keeps it."""
    now, desk, code = datetime.now(UTC), _desk(), request.form.get("code", "")[:100]
    if rush.is_crowded(desk.secret, now=now, free=FREE, door="claim"):
        return say(429)
    if not code.strip():
        return _page("claim/show.html", 400, code="", problem=languages.said(_MISSING))
    with desk.book.reading() as session:
        message = thanks.message_named(session, thanks.id_of(code, desk.secret))
        if message is None:
            return _page("claim/show.html", 400, code=code, problem=languages.said(_UNKNOWN))
        case = message.case
        return _page(
            "claim/found.html",
            200,
            case=case,
            spoken=spoken(case.reference) if case else "",
            stage=own_words.STAGES[CaseState(case.state)][0] if case else "",
            dates=own_words.dates_of(case) if case else [],
        )


def _page(template: str, status: int, **values: object) -> Response:
    response = make_response(render_template(template, **values), status)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _desk() -> Desk:
    desk: Desk = current_app.extensions["desk"]
    return desk
