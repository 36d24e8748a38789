"""The doors that providers push: every Hook of every channel, mounted at its path.

Read and verify, commit, and only then answer (law 1). This is the hot path: no session, no template, and a
caller who cannot be served now is told so at once, with when to come back.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import NamedTuple

from flask import Blueprint, Flask, Response, request
from prometheus_client import Histogram
from werkzeug.exceptions import RequestEntityTooLarge

from channels import registry
from channels.channel import Channel, Hook, Pushed, PushedRequest
from channels.errors import BadSignature, UnreadablePayload
from console.errors import BOOK_IS_AWAY, RETRY_AFTER
from console.turnstile import Full, Turnstile
from intake import accept, unsigned
from intake.desk import Desk
from notifier import receipts

log = logging.getLogger(__name__)

MOST_BYTES = 1024 * 1024
"""Far more than any text or chat message: pictures stay with the provider and are named by their address."""

PLACES = 6
"""Fewer than the web server's eight threads, so that people and health checks always find one free."""

PATIENCE = 2.0
"""Seconds that one more may wait for a place: Twilio does not come back by itself, so we refuse late, not early."""

LATENCY = Histogram(
    "earshot_webhook_seconds",
    "Time from a pushed request to its answer.",
    ["path", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


class Ration:
    """So many a day, in this process: strangers may not keep the book busy."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._day, self._passed = date.min, 0

    def may_pass(self, now: datetime) -> bool:
        with self._lock:
            if now.date() != self._day:
                self._day, self._passed = now.date(), 0
            self._passed += 1
            return self._passed <= self.most


ANNOUNCED = Ration(unsigned.MOST_A_DAY)


class Unreadable(NamedTuple):
    """A payload that was truly the provider's and that its channel could not read."""

    channel: str
    raw: bytes
    reason: str


class Announced(NamedTuple):
    """A message that an unsigned request speaks of: whether there is one, its provider must say."""

    channel: str
    external_id: str


class Arrival(NamedTuple):
    """What one request brought, to be committed with whatever arrives beside it."""

    brought: Pushed | Unreadable | Announced
    at: datetime


def prepare(app: Flask) -> None:
    """Mount the doors; they take no cookie, so there is nothing for a stranger's page to misuse."""
    blueprint = Blueprint("webhooks", __name__)
    desk: Desk = app.extensions["desk"]
    turnstile: Turnstile[Arrival] = Turnstile(
        partial(_commit, app), places=PLACES, patience=PATIENCE, hopeless=BOOK_IS_AWAY
    )
    app.extensions["turnstile"] = turnstile  # one for every door that programs push, since they share the threads
    for channel in registry.every():
        for hook in channel.hooks:
            name = hook.path.strip("/").replace("/", "_")
            blueprint.add_url_rule(hook.path, name, _door(channel, hook, turnstile), methods=["POST"])
    app.register_blueprint(blueprint)
    app.extensions["csrf"].exempt(blueprint)
    log.debug("Webhooks are open for %s.", desk.landlord)


def _door(channel: Channel, hook: Hook, turnstile: Turnstile[Arrival]) -> Callable[[], Response]:
    def answer() -> Response:
        began = time.perf_counter()
        response = _answer(channel, hook, turnstile)
        LATENCY.labels(hook.path, response.status_code).observe(time.perf_counter() - began)
        return response

    return answer


def _answer(channel: Channel, hook: Hook, turnstile: Turnstile[Arrival]) -> Response:
    now = datetime.now(UTC)
    try:
        pushed = _pushed(now)
        brought = _read(channel, hook, pushed, now)
        brought = _keep(turnstile, brought, channel, pushed, now)
    except RequestEntityTooLarge:
        return _line(413, f"This is larger than anything that we take here ({MOST_BYTES // 1024} KB).")
    except BadSignature as error:
        log.warning("%s: refused, not signed as it should be.", hook.path)
        if error.announced:
            _ask_later(turnstile, Arrival(Announced(channel.name, error.announced), now))
        return _line(403, str(error))  # also then: the provider warns the owner of its account, who can mend it
    except Full:
        log.warning("%s: full, asked to come back.", hook.path)
        return _line(503, "We are full for the moment. Nothing was kept: please send it again.")
    except BOOK_IS_AWAY as error:
        log.warning("%s: the book cannot be opened (%s).", hook.path, type(error).__name__)
        return _line(503, "We cannot keep anything for the moment. Nothing was kept: please send it again.")
    if isinstance(brought, Unreadable):
        log.warning("%s: could not be read, kept in quarantine.", hook.path)
        brought = Pushed()
    said = hook.answer(brought)
    return Response(said.body, said.status, content_type=said.content_type)


def _ask_later(turnstile: Turnstile[Arrival], arrival: Arrival) -> None:
    """Keep that the provider must be asked; where that cannot be kept now, its own list will give the message."""
    if not ANNOUNCED.may_pass(arrival.at):
        return
    try:
        turnstile.keep(arrival)
    except (Full, *BOOK_IS_AWAY) as error:
        log.warning("An unsigned message could not be noted (%s).", type(error).__name__)


def _keep(
    turnstile: Turnstile[Arrival], brought: Pushed | Unreadable, channel: Channel, pushed: PushedRequest, now: datetime
) -> Pushed | Unreadable:
    """Commit what arrived; what the book refuses although it could be read goes to quarantine as it came (law 9)."""
    if isinstance(brought, Pushed) and not (brought.messages or brought.receipts):
        return brought
    try:
        turnstile.keep(Arrival(brought, now))
    except (Full, *BOOK_IS_AWAY):
        raise
    except Exception as error:  # whatever it is, the provider's message must not be lost for it
        if isinstance(brought, Unreadable):
            raise
        brought = Unreadable(
            channel.name, pushed.body, f"It was read, but could not be stored: {type(error).__name__}."
        )
        turnstile.keep(Arrival(brought, now))
    return brought


def _pushed(now: datetime) -> PushedRequest:
    request.max_content_length = MOST_BYTES
    return PushedRequest(
        url=_url_as_called(),
        headers=dict(request.headers),
        body=request.get_data(cache=False),
        content_type=request.content_type or "",
        received_at=now,
    )


def _url_as_called() -> str:
    """The address byte for byte as it was called, since that is what was signed."""
    target = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or "")
    if not target.startswith("/"):
        query = request.query_string.decode("latin-1")
        target = request.path + (f"?{query}" if query else "")
    return f"{request.scheme}://{request.host}{target}"


def _read(channel: Channel, hook: Hook, pushed: PushedRequest, now: datetime) -> Pushed | Unreadable:
    try:
        return hook.read(pushed, now)
    except UnreadablePayload as error:
        return Unreadable(channel.name, pushed.body, str(error))


def _commit(app: Flask, arrivals: Sequence[Arrival]) -> None:
    desk: Desk = app.extensions["desk"]
    now = max(arrival.at for arrival in arrivals)
    with desk.book.transaction() as session:
        read = [arrival.brought for arrival in arrivals if isinstance(arrival.brought, Pushed)]
        messages = [message for pushed in read for message in pushed.messages]
        if messages:
            accept.store(session, messages, now=now)
        receipts.store(session, [receipt for pushed in read for receipt in pushed.receipts], now=now)
        for arrival in arrivals:
            if isinstance(arrival.brought, Announced):
                unsigned.note(session, *arrival.brought, now=now)
            elif isinstance(arrival.brought, Unreadable):
                channel, raw, reason = arrival.brought
                accept.store_unreadable(
                    session, channel=channel, our_address="", raw=raw, received_at=arrival.at, reason=reason, now=now
                )


def _line(status: int, sentence: str) -> Response:
    response = Response(f"{sentence}\n", status, content_type="text/plain; charset=utf-8")
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
