"""Redis is only the bell (law 3): it says that there is something in the book, and nothing more.

A bell that cannot be rung is no fault: the sweep finds in the book whatever was not heard. Jobs are
named by string, take ids only, travel as JSON, and no other function can be run by a worker.
"""

import logging
import time
from functools import cache
from typing import Any

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from sqlalchemy.orm import Session

from casework.settings import settings

log = logging.getLogger(__name__)

QUEUES = ("urgent", "intake", "notices", "housekeeping")

PROCESS_MESSAGES = "intake.jobs.process_messages"
WATCH_CLOCKS = "intake.jobs.watch_clocks"
TEND_LEARNING = "intake.jobs.tend_learning"
COMPARE_CASES = "intake.jobs.compare_cases"
DELIVER_ALERTS = "notifier.jobs.deliver_alerts"
DELIVER_NOTICES = "notifier.jobs.deliver_notices"
SETTLE_DOUBTS = "notifier.jobs.settle_doubts"

JOBS: dict[str, str] = {
    PROCESS_MESSAGES: "intake",
    DELIVER_ALERTS: "urgent",
    DELIVER_NOTICES: "notices",
    SETTLE_DOUBTS: "housekeeping",
    WATCH_CLOCKS: "housekeeping",
    TEND_LEARNING: "housekeeping",
    COMPARE_CASES: "housekeeping",
}

BATCH = 50
"""How many ids one job carries at most: RQ's cost is by the job, so a long book goes by the batch."""

ENOUGH = 8
"""A queue this long is already ringing: its jobs each take a batch of whatever waits in the book."""

ANSWERS_WITHIN = 1.0
"""Seconds: a provider waits for its answer while we ring, and a bell is not worth that."""

LEFT_ALONE = 5.0
"""Seconds that a bell which did not answer is not rung again: one caller waits for it, not every one."""

_PENDING = "earshot.bells"
_silent_until: dict[Redis, float] = {}


def ring(session: Session, job: str, row: Any) -> None:
    """Ask that `job` looks at `row` (which has an id by then) once this transaction has committed."""
    session.info.setdefault(_PENDING, {}).setdefault(job, []).append(row)


def ring_all(session: Session) -> None:
    """Ring what the committed transaction asked for."""
    for job, rows in session.info.pop(_PENDING, {}).items():
        ring_now(job, [row.id for row in rows])


def ring_now(job: str, ids: list[int]) -> int:
    """Put `ids` on the queue of `job` in batches; returns how many batches were rung, 0 without Redis."""
    redis = connection()
    if redis is None or not ids or time.monotonic() < _silent_until.get(redis, 0.0):
        return 0
    rung = 0
    try:
        queue = Queue(JOBS[job], connection=redis, serializer="json")
        waiting = queue.count
        for start in range(0, len(ids), BATCH):
            if waiting + rung >= ENOUGH:
                break
            queue.enqueue(job, ids[start : start + BATCH], result_ttl=0, failure_ttl=86_400, job_timeout=300)
            rung += 1
    except RedisError as error:
        _silent_until[redis] = time.monotonic() + LEFT_ALONE
        log.warning("The bell could not be rung for %s (%s); the sweep will find it.", job, type(error).__name__)
    return rung


def connection() -> Redis | None:
    """The Redis of this process, or None where Earshot runs without one (EARSHOT_REDIS_URL=none)."""
    url = settings().redis_url
    return None if url is None or url.get_secret_value() in ("", "none") else _connect(url.get_secret_value())


@cache
def _connect(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_connect_timeout=ANSWERS_WITHIN,
        socket_timeout=ANSWERS_WITHIN,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),  # once, for a line that has gone cold; redis-py's own patience is seconds
    )
