"""How Earshot is: `/healthz` for who restarts it, `/readyz` for who sends it traffic, `/metrics` for Prometheus.

The figures count only what waits, by the partial indexes that the sweep uses: their cost grows with what is
late, never with what is stored.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Flask, Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis import RedisError
from rq import Queue, Worker
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from casework.storage import bell, ledger, schema, waits
from casework.storage.tables import Case, Message, Notice, Position
from intake.desk import Desk

blueprint = Blueprint("health", __name__)

NAP = 2.0
"""Seconds for which one look at the figures serves whoever asks."""

STILL_COUNTS = timedelta(days=2)
"""A source is compared once a day: one that was not for so long is not set up any more."""

_STARTED = time.time()


def prepare(app: Flask) -> None:
    """Have the book's figures collected with those of the process."""
    registry = CollectorRegistry()
    registry.register(_Figures(app.extensions["desk"]))
    app.extensions["figures"] = registry


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers; it touches neither book nor bell."""
    return _json(200, {"status": "alive", "pid": os.getpid(), "up_seconds": round(time.time() - _STARTED, 1)})


@blueprint.get("/readyz")
def ready() -> Response:
    """Everything that a message needs is there: 200, or 503 with the reasons."""
    reasons = [reason for check in (_book_trouble, _bell_trouble) for reason in check(_desk())]
    return _json(503 if reasons else 200, {"status": "not ready" if reasons else "ready", "reasons": reasons})


@blueprint.get("/metrics")
def metrics() -> Response:
    """The figures of this process and of the book, in Prometheus' words."""
    said = generate_latest(current_app.extensions["figures"]) + generate_latest(REGISTRY)
    return Response(said, content_type=CONTENT_TYPE_LATEST)


def _book_trouble(desk: Desk) -> Iterator[str]:
    try:
        if not schema.is_current(desk.book):
            yield "The database has not the schema of this version: run earshot migrate."
    except SQLAlchemyError as error:
        yield f"The database cannot be opened ({type(error).__name__})."


def _bell_trouble(_: Desk) -> Iterator[str]:
    redis = bell.connection()
    try:
        if redis is not None:
            redis.ping()
    except RedisError as error:
        yield f"Redis does not answer ({type(error).__name__}): jobs are found by the sweep, a little later."


class _Figures(Collector):
    """What waits in the book and in the queues, looked up at most once in `NAP` seconds."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._kept: tuple[float, list[GaugeMetricFamily]] = (0.0, [])

    def collect(self) -> list[GaugeMetricFamily]:
        with self._lock:
            at, kept = self._kept
            if time.monotonic() - at > NAP or not kept:
                self._kept = (time.monotonic(), [*self._of_the_book(), *_of_the_queues()])
            return self._kept[1]

    def _of_the_book(self) -> list[GaugeMetricFamily]:
        now = datetime.now(UTC)
        try:
            with self._desk.book.reading() as session:
                figures = [_gauge(name, words, look(session, now)) for name, (words, look) in FIGURES.items()]
                figures += [_notices(session), _sources(session, now)]
        except SQLAlchemyError:
            return [_gauge("earshot_book_up", "Whether the book could be read.", 0)]
        return [_gauge("earshot_book_up", "Whether the book could be read.", 1), *figures]


def _messages_waiting(session: Session, _: datetime) -> float:
    return _count(session.scalar(select(func.count(Message.next_try_at)).where(waits.ACCEPTED)))


def _oldest_message(session: Session, now: datetime) -> float:
    oldest = session.scalar(select(Message.accepted_at).where(waits.ACCEPTED).order_by(Message.next_try_at).limit(1))
    return (now - oldest).total_seconds() if oldest else 0.0


def _quarantined(session: Session, _: datetime) -> float:
    return _count(session.scalar(select(func.count(Message.id)).where(waits.QUARANTINED)))


def _messages_stored(session: Session, _: datetime) -> float:
    return _count(session.scalar(select(func.max(Message.id))))


def _oldest_notice(session: Session, now: datetime) -> float:
    oldest = session.scalar(select(func.min(Notice.next_try_at)).where(waits.DUE))
    return max((now - oldest).total_seconds(), 0.0) if oldest else 0.0


def _overdue(session: Session, now: datetime) -> float:
    return _count(
        session.scalar(select(func.count()).select_from(Case).where(Case.closed_at.is_(None), Case.next_due_at < now))
    )


def _unaccounted(session: Session, now: datetime) -> float:
    compared = [row for row in ledger.newest(session) if now - row.at < STILL_COUNTS]
    return float(ledger.late(session, now=now) + sum(row.astray for row in compared))


Look = Callable[[Session, datetime], float]

FIGURES: dict[str, tuple[str, Look]] = {
    "earshot_messages_waiting": ("Messages accepted and not yet processed.", _messages_waiting),
    "earshot_oldest_message_seconds": ("Age of the oldest message that waits.", _oldest_message),
    "earshot_messages_quarantined": ("Messages that a person must look at.", _quarantined),
    "earshot_messages_stored": ("The number of the newest message in the book.", _messages_stored),
    "earshot_oldest_notice_seconds": ("How long the most patient due notice has been due.", _oldest_notice),
    "earshot_ledger_unaccounted": (
        "Messages that wait too long, or that a source holds and the book not.",
        _unaccounted,
    ),
    "earshot_cases_overdue": ("Open cases with a clock that has run out.", _overdue),
}


def _notices(session: Session) -> GaugeMetricFamily:
    family = GaugeMetricFamily("earshot_notices", "Notices that are not settled, by state.", labels=["state"])
    due = select(func.count(Notice.next_try_at)).where(waits.DUE)
    failed = select(func.count(Notice.id)).where(waits.UNFOLLOWED)
    unsettled = select(Notice.state, func.count()).where(waits.UNSETTLED)
    counted = {"claimed": 0, "in_doubt": 0, "due": session.scalar(due) or 0, "failed": session.scalar(failed) or 0}
    for state, number in session.execute(unsettled.group_by(Notice.state)):
        counted[state] = number
    for state, number in sorted(counted.items()):
        family.add_metric([state], number)
    return family


def _sources(session: Session, now: datetime) -> GaugeMetricFamily:
    words = "How long ago each source was last read."
    family = GaugeMetricFamily("earshot_source_seconds_since_read", words, labels=["channel"])
    for channel, at in _last_reads(session).items():
        family.add_metric([channel], (now - at).total_seconds())
    return family


def _last_reads(session: Session) -> dict[str, datetime]:
    """The oldest last read of each channel's sources; their names hold addresses, which are no labels."""
    found: dict[str, datetime] = {}
    for row in session.scalars(select(Position)):
        channel = row.source.partition(":")[0]
        found[channel] = min(row.at, found.get(channel, row.at))
    return found


def _of_the_queues() -> list[GaugeMetricFamily]:
    redis = bell.connection()
    if redis is None:
        return []
    jobs = GaugeMetricFamily("earshot_queue_jobs", "Jobs on each queue.", labels=["queue"])
    hands = GaugeMetricFamily("earshot_queue_workers", "Workers that listen to each queue.", labels=["queue"])
    try:
        for name in bell.QUEUES:
            queue = Queue(name, connection=redis, serializer="json")
            jobs.add_metric([name], queue.count)
            hands.add_metric([name], Worker.count(queue=queue))
    except RedisError:
        return [_gauge("earshot_bell_up", "Whether Redis answered.", 0)]
    return [_gauge("earshot_bell_up", "Whether Redis answered.", 1), jobs, hands]


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _count(found: int | None) -> float:
    return float(found or 0)


def _desk() -> Desk:
    desk: Desk = current_app.extensions["desk"]
    return desk


def _json(status: int, value: dict[str, object]) -> Response:
    return Response(json.dumps(value) + "\n", status, content_type="application/json")
