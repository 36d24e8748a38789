"""What people and providers are told when something is not as it should be: a sentence, never a traceback.

Pages for people, one plain line for programs. What is logged names the place of the fault and its kind, never
what anybody wrote (law 12).
"""

import logging
import traceback
from pathlib import Path

from flask import Flask, Response, current_app, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from console import problems

log = logging.getLogger(__name__)

RETRY_AFTER = 5
"""Seconds that a caller is asked to wait when we are full or the book cannot be opened."""

BOOK_IS_AWAY = (OperationalError, InterfaceError, NoConnection)
"""What the book raises when it is locked or gone, and will be back."""

FOR_PROGRAMS = ("/webhooks/", "/api/", "/healthz", "/readyz", "/metrics", "/static/")

SAYINGS: dict[int, tuple[str, str]] = {
    400: (
        "We could not read that",
        "Something in what your browser sent was not complete. Please go back and try again.",
    ),
    403: ("You cannot open this page", "Please sign in, or ask somebody who may see it."),
    404: (
        "We cannot find that page",
        "Check that the address is complete. If you opened it from our message, open it again from there.",
    ),
    405: ("That does not work here", "Please go back and use the buttons of the page itself."),
    413: ("That is too large", "You can send up to 10 files of up to 10MB each. Please send fewer or smaller files."),
    429: ("Please wait a moment", "A lot has come from you in a short time. Please try again in a minute."),
    500: (
        "Sorry, that went wrong",
        "The fault is ours, and it has been noted. Please try again; if it is urgent, call us.",
    ),
    503: (
        "We cannot take this right now",
        "What you sent has not been kept yet. Please go back and send it again in a few seconds.",
    ),
}

_FORM_EXPIRED = (
    "This page was open for too long",
    "To keep you safe, please go back, reload the page and send it again. Nothing has been changed.",
)


def prepare(app: Flask) -> None:
    """Answer every fault in words."""
    app.register_error_handler(HTTPException, _known)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(Exception, _unknown)
    for kind in BOOK_IS_AWAY:
        app.register_error_handler(kind, book_is_away)


def say(code: int, heading: str = "", sentence: str = "") -> Response:
    """The answer for a fault, as a page or as a line; the words of SAYINGS where none are given."""
    usual = SAYINGS.get(code, SAYINGS[500 if code >= 500 else 400])
    heading, sentence = heading or usual[0], sentence or usual[1]
    if request.path.startswith(FOR_PROGRAMS):
        answer = make_response(f"{heading}. {sentence}\n")
        answer.mimetype = "text/plain"
    else:
        answer = make_response(render_template("errors/said.html", heading=heading, sentence=sentence))
    answer.status_code = code
    if code in (429, 503):
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def book_is_away(error: Exception) -> Response:
    """The book is locked or gone: nobody is told that anything was kept (law 1)."""
    log.warning("%s: the book cannot be opened (%s).", request.endpoint, type(error).__name__)
    return say(503)


def _known(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400:
        return error  # a redirect
    answer = problems.answer(problems.of_http(error)) if request.path.startswith("/api/") else say(error.code)
    for name, value in error.get_headers(request.environ):
        if name == "Allow":
            answer.headers[name] = value
    return answer


def _expired(error: CSRFError) -> Response:
    return say(400, *_FORM_EXPIRED)


def _unknown(error: Exception) -> Response:
    if current_app.testing:
        raise error
    log.error("%s: %s at %s", request.endpoint, type(error).__name__, _place(error))
    if request.path.startswith("/api/"):
        return problems.answer(problems.Problem(500, "our-fault", "The fault is ours, and it has been noted."))
    return say(500)


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-4:]))
