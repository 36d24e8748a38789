"""Who may do what in the staff console: every staff route stands in exactly one of the access lists below.

An access list is used as the decorator of a view, nearest to the function. Somebody signed in is a staff id, the
time of signing in and a seal of their password, in Flask's signed cookie: it ends after twelve hours, when they
are deactivated, and when they get a new password.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from casework.storage import staff
from casework.storage.tables import StaffMember
from intake.desk import Desk

SIGNED_IN_FOR = timedelta(hours=12)

View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The member of staff who asks."""

    id: int
    name: str
    email: str
    role: str

    @property
    def actor(self) -> str:
        """How the journal names them: by number, since it holds no names."""
        return f"staff:{self.id}"


@dataclass(eq=False, slots=True)
class AccessList:
    """The views that these roles may use; `roles` is empty for the door, where nobody is signed in yet."""

    name: str
    roles: frozenset[str]
    views: list[str] = field(default_factory=list)

    def __call__(self, view: View) -> View:
        self.views.append(f"{view.__module__}.{view.__name__}")

        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> AnyResponse:
            g.staff = who_is_signed_in() if self.roles else None
            if self.roles and g.staff is None:
                return _to_the_door()
            if self.roles and g.staff.role not in self.roles:
                return _refuse("You may not do this", "Your role does not allow it. Ask a manager.", 403)
            return make_response(view(*args, **kwargs))

        return guarded


DOOR = AccessList("door", frozenset())
READERS = AccessList("readers", frozenset(staff.ROLES))
CASEWORKERS = AccessList("caseworkers", frozenset({"officer", "handler", "reviewer", "manager", "admin"}))

LISTS = (DOOR, READERS, CASEWORKERS)


def me() -> SignedIn:
    """Whoever is signed in; only for views behind a list with roles."""
    signed_in: SignedIn = g.staff
    return signed_in


def may_act() -> bool:
    """Whether the one signed in may change anything, for templates that offer to."""
    return g.get("staff") is not None and g.staff.role in CASEWORKERS.roles


def desk() -> Desk:
    """The desk of this process."""
    found: Desk = current_app.extensions["desk"]
    return found


def now() -> datetime:
    """The present moment: views read the clock, what they call is told."""
    return datetime.now(UTC)


def sign_in(member: StaffMember, *, at: datetime) -> None:
    """Begin a fresh session, so that one that was planted before is worth nothing."""
    session.clear()
    session.update(staff=member.id, since=at.timestamp(), seal=seal_of(member))


def who_is_signed_in() -> SignedIn | None:
    """The member of staff of this request; None when nobody is signed in, or no longer."""
    number, since = session.get("staff"), session.get("since")
    if not isinstance(number, int) or not isinstance(since, float):
        return None
    if now() - datetime.fromtimestamp(since, UTC) >= SIGNED_IN_FOR:
        return None
    with desk().book.reading() as reading:
        member = reading.get(StaffMember, number)
        if member is None or not member.active or not hmac.compare_digest(seal_of(member), str(session.get("seal"))):
            return None
        return SignedIn(member.id, member.name, member.email, member.role)


def guard(blueprint: Blueprint) -> Blueprint:
    """Let the refusals of a staff blueprint speak as its pages do."""
    blueprint.register_error_handler(CSRFError, _stale)
    blueprint.register_error_handler(404, _not_found)
    return blueprint


def prepare(app: Any) -> None:
    """A form may stay open over lunch: its token lives as long as the session, which we end ourselves."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.jinja_env.globals.update(may_act=may_act)


def seal_of(member: StaffMember) -> str:
    """What a session carries of a password: a new password ends the sessions of the old one."""
    return hashlib.sha256(f"{member.id} {member.password_hash}".encode()).hexdigest()[:24]


def _to_the_door() -> AnyResponse:
    if request.method in ("GET", "HEAD"):
        asked = request.full_path.rstrip("?")
        return redirect(url_for("sign_in.show", next=asked))
    sentence = (
        "Nothing was saved or sent. Open the sign-in page in a new tab, sign in, then come back here and go back"
        " one page: copy what you have written and put it in the form again."
    )
    return _refuse("You have been signed out", sentence, 401)


def _stale(_error: HTTPException) -> AnyResponse:
    sentence = (
        "Nothing was saved or sent. Go back one page, copy what you have written, load the page again, and put it in"
        " there."
    )
    return _refuse("This page is out of date", sentence, 400)


def _not_found(_error: HTTPException) -> AnyResponse:
    g.staff = who_is_signed_in()
    return _refuse("There is nothing here", "Check the address, or start from the inbox.", 404)


def _refuse(heading: str, sentence: str, status: int) -> Response:
    return make_response(render_template("access/refused.html", heading=heading, sentence=sentence), status)
