"""The door of the staff console: e-mail address and password in, out again by one button.

Wrong tries are counted in this process's memory, for each address of the network with each e-mail address, and
for each address of the network alone.
"""

import logging
import threading
from collections import deque
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from casework.storage import journal, staff
from console.access import DOOR, READERS, desk, guard, me, now, sign_in

log = logging.getLogger(__name__)

blueprint = guard(Blueprint("sign_in", __name__, url_prefix="/staff"))

WRONG = "Check your email address and password. One of them is not right."
WAIT = "There were too many tries. Wait 15 minutes, then try again."

WINDOW = timedelta(minutes=15)
TRIES_FOR_ONE_ACCOUNT = 5
TRIES_FROM_ONE_PLACE = 50
_MOST_PLACES = 10_000


class Tries:
    """The wrong tries of the last quarter of an hour; safe between threads, bounded in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[str, deque[datetime]] = {}

    def are_too_many(self, place: str, email: str, *, at: datetime) -> bool:
        with self._lock:
            return (
                self._recent(f"{place} {email}", at) >= TRIES_FOR_ONE_ACCOUNT
                or self._recent(place, at) >= TRIES_FROM_ONE_PLACE
            )

    def add(self, place: str, email: str, *, at: datetime) -> None:
        with self._lock:
            if len(self._made) >= _MOST_PLACES:
                self._made = {key: made for key, made in self._made.items() if made and at - made[-1] < WINDOW}
            for key in (f"{place} {email}", place):
                self._made.setdefault(key, deque(maxlen=TRIES_FROM_ONE_PLACE)).append(at)

    def forget(self, place: str, email: str) -> None:
        with self._lock:
            self._made.pop(f"{place} {email}", None)

    def _recent(self, key: str, at: datetime) -> int:
        made = self._made.get(key, deque())
        while made and at - made[0] >= WINDOW:
            made.popleft()
        return len(made)


tries = Tries()


@blueprint.get("/sign-in")
@DOOR
def show() -> str:
    return _page("", None)


@blueprint.post("/sign-in")
@DOOR
def check() -> Response | tuple[str, int]:
    email, password = request.form.get("email", "").strip().lower()[:254], request.form.get("password", "")
    place, at = request.remote_addr or "unknown", now()
    if tries.are_too_many(place, email, at=at):
        return _page(email, WAIT), 429
    with desk().book.reading() as reading:
        member = staff.by_email(reading, email)
        known = member.password_hash if member is not None and member.active else None
    if not staff.password_fits(known, password):
        tries.add(place, email, at=at)
        log.warning("A sign-in to the console failed.")
        return _page(email, WRONG), 400
    tries.forget(place, email)
    with desk().book.transaction() as writing:
        member = staff.by_email(writing, email)
        if member is None or not member.active:  # deactivated this very moment
            return _page(email, WRONG), 400
        journal.write(writing, "staff_signed_in", at=at, actor=f"staff:{member.id}")
        sign_in(member, at=at)
    return redirect(inside(request.form.get("next", "")))


@blueprint.post("/sign-out")
@READERS
def leave() -> Response:
    log.info("Staff member %d signed out.", me().id)
    session.clear()
    return redirect(url_for("sign_in.show"))


def inside(asked: str) -> str:
    """Where to go after signing in: the page that was asked for if it is one of the console's, else the inbox."""
    inbox = url_for("inbox.show")
    parts = urlsplit(asked)
    if parts.scheme or parts.netloc or not asked.startswith("/staff/") or "\\" in asked or not asked.isprintable():
        return inbox
    return inbox if ".." in parts.path or parts.path == url_for("sign_in.show") else asked


def _page(email: str, problem: str | None) -> str:
    asked = request.values.get("next", "")
    return render_template("sign_in/show.html", email=email, problem=problem, next=asked)
