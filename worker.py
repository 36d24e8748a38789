"""The back room: `python -m worker [QUEUE…]` runs the jobs that the bell announces, and the tick that misses none.

One launcher loads what every child needs, then forks one child for each queue, one for the tick and one for
the mailbox, and keeps them alive. Any number of launchers may run, on any number of machines: they share
the book and the bell, and nothing else. Without a bell (EARSHOT_REDIS_URL=none), or while it is silent, a
child reads the book itself. Jobs are not defined here: they are named in `casework/storage/bell.py`.
"""

import argparse
import gc
import importlib
import logging
import os
import random
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from redis import Redis, RedisError
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as Silent
from rq import Queue, SimpleWorker
from rq.exceptions import DequeueTimeout, DeserializationError, StopRequested
from rq.job import Job
from rq.worker import WorkerStatus
from sqlalchemy.exc import SQLAlchemyError

import intake.collect
import intake.learning
import intake.likeness
import intake.sweep
import notifier.sweep
from casework.settings import SettingsError, settings
from casework.storage import bell
from casework.storage.sessions import book
from commands.run.logs import start_logging
from commands.run.parent import watch_parent
from commands.run.processes import Child, Fork, Keeper, where
from commands.run.stop import Stop, stop_signal

log = logging.getLogger("worker")

WITHOUT_MODEL = ("urgent", "notices")
"""These queues need no classifier: their children are forked before it is loaded, and need not wait for it."""

BOOK_EVERY = 0.5
TICK_EVERY = 1.0
PAUSES = (1.0, 5.0)
"""Seconds between two looks at the book without a bell, two ticks, and two tries at a book that is gone."""


LOOK_AFTER_SOURCES_EVERY = timedelta(minutes=1)


class UnlistedJob(Exception):
    """Raised instead of running a function that the house has not listed, whoever put it on the queue."""


class ListedJob(Job):
    """A job of the house: its function is in `bell.JOBS`, and it brings nothing else to run."""

    @property
    def func(self) -> Callable[..., Any]:
        if self.func_name not in bell.JOBS:
            raise UnlistedJob
        found: Callable[..., Any] = super().func
        return found

    def restore(self, raw_data: dict[bytes, bytes]) -> Any:
        restored = super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []
        return restored


class Hands(SimpleWorker):
    """An RQ worker for exactly one queue, so that what it holds when it dies is never lost (BLMOVE).

    `work()` returns when it is asked to stop (even before RQ itself began to listen for that), and when the
    bell falls silent.
    """

    stop: Stop

    def dequeue_job_and_maintain_ttl(self, timeout: int | None, max_idle_time: int | None = None) -> Any:
        self.set_state(WorkerStatus.IDLE)
        while not self.asked_to_stop:  # RQ's own exception for it can be lost in a call that was interrupted
            try:
                self.heartbeat()
                if self.should_run_maintenance_tasks:
                    self.run_maintenance_tasks()  # type: ignore[no-untyped-call]
                found = self.queue_class.dequeue_any(
                    self.queues,
                    timeout,
                    connection=self.connection,
                    job_class=self.job_class,
                    serializer=self.serializer,
                    death_penalty_class=self.death_penalty_class,
                )
                if found is not None:
                    found[0].redis_server_version = self.get_redis_server_version()  # type: ignore[no-untyped-call]
                self.heartbeat()
                return found
            except DequeueTimeout:
                continue
            except (Unreachable, Silent) as error:  # RQ would wait for it; the book need not
                raise StopRequested from error
        raise StopRequested

    def subscribe(self) -> None:
        """Take no commands by Redis (RQ would let whoever writes there stop us): signals are enough."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed."""

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        try:
            log.error("%s failed: %s", job.func_name, where(exc_info[1]))
        except DeserializationError:
            log.error("Job %s cannot be read.", job.id)

    @property
    def asked_to_stop(self) -> bool:
        return self.stop.asked or self._shutdown_requested_date is not None


def listen(queue: str) -> None:
    """Run what the bell announces on `queue`; look into the book instead for as long as there is no bell."""
    while True:
        stop = stop_signal()
        connection = bell_connection()
        if connection is not None and answers(connection):
            if hear(queue, connection, stop):
                return
        elif run_from_book(queue, stop) == 0:
            stop.wait(BOOK_EVERY)
        if stop.asked:
            return


def hear(queue: str, connection: Redis, stop: Stop) -> bool:
    """Work until the bell falls silent (False) or someone asks us to stop (True)."""
    hands = Hands(
        [Queue(queue, connection=connection, serializer="json", job_class=ListedJob)],
        connection=connection, serializer="json", job_class=ListedJob, log_job_description=False,
        worker_ttl=60, maintenance_interval=30, default_result_ttl=0,
    )  # fmt: skip
    hands.stop = stop
    try:
        hands.work(logging_level="WARNING")
    except RedisError as error:
        log.warning("The bell of %s is silent (%s): reading the book instead.", queue, type(error).__name__)
    finally:
        connection.close()
    return hands.asked_to_stop


def run_from_book(queue: str, stop: Stop) -> int:
    """Run each job of `queue` on whatever waits for it in the book; returns how much was done."""
    jobs = [job for job, its_queue in bell.JOBS.items() if its_queue == queue]
    return sum(patiently(lambda job=job: run_listed(job), job, stop) or 0 for job in jobs)  # type: ignore[misc]


def run_listed(job: str) -> int:
    module, _, function = job.rpartition(".")
    done: int = getattr(importlib.import_module(module), function)([])
    return done


def tick() -> None:
    """Once a second, have the desks look for what is due: needs no bell, and outlives an outage of the book."""
    stop, looked_after = stop_signal(), datetime.now(UTC)
    while not stop.wait(TICK_EVERY):
        now = datetime.now(UTC)
        if now - looked_after > LOOK_AFTER_SOURCES_EVERY:
            looked_after = now
            patiently(lambda now=now: intake.collect.look_after_sources(now=now), "intake.collect", stop)  # type: ignore[misc]
        patiently(lambda now=now: intake.sweep.ring_for_waiting(book(), now=now), "intake.sweep", stop)  # type: ignore[misc]
        patiently(lambda now=now: notifier.sweep.ring_for_due(book(), now=now), "notifier.sweep", stop)  # type: ignore[misc]
        patiently(lambda: intake.likeness.ring_for_new(book()), "intake.likeness", stop)
        patiently(lambda now=now: intake.learning.ring_for_learning(book(), now=now), "intake.learning", stop)  # type: ignore[misc]


def collect() -> None:
    """Fetch from the doors that must be asked (the mailbox, Telegram), and run errands, until we are told to stop."""
    stop = stop_signal()
    errands = importlib.import_module("intake.errands")
    threading.Thread(target=errands.run_forever, args=(stop,), name="errands", daemon=True).start()
    importlib.import_module("intake.collect").run_forever(stop)
    stop.wait()  # where no such door is set up there is nothing to do, which is no reason to end


def patiently(work: Callable[[], Any], name: str, stop: Stop) -> Any:
    """Do `work`; where the book or the bell is out of order say so and pause, for the next try to find it mended."""
    try:
        return work()
    except (SQLAlchemyError, RedisError, OSError) as error:
        log.warning("%s: %s; trying again soon.", name, where(error))
        stop.wait(random.uniform(*PAUSES))  # noqa: S311 - so that many workers do not come back together
        return None


def bell_connection() -> Redis | None:
    """A connection of this child's own, patient enough to wait for the bell."""
    url = settings().redis_url
    if url is None or url.get_secret_value() in ("", "none"):
        return None
    return Redis.from_url(url.get_secret_value(), socket_connect_timeout=5, health_check_interval=30)


def answers(connection: Redis) -> bool:
    try:
        return bool(connection.ping())
    except (RedisError, OSError):
        return False


def children(queues: list[str]) -> list[Child]:
    """What this launcher keeps alive: a child a queue, the tick and the collector; what needs the model comes last."""
    ordered = sorted(queues, key=lambda queue: queue not in WITHOUT_MODEL)
    kept = [Child(queue, partial(fork_listener, queue)) for queue in ordered]
    return [Child("tick", lambda: Fork("tick", tick)), Child("collector", lambda: Fork("collector", collect)), *kept]


def fork_listener(queue: str) -> Fork:
    """Fork the child of `queue`, what it needs already loaded: the model that ships, before the first that reads.

    Which one is active the child asks the book itself: the launcher never waits for it.
    """
    importlib.import_module("notifier.jobs")
    if queue not in WITHOUT_MODEL:
        importlib.import_module("intake.jobs")
        importlib.import_module("intake.active_model").shipping()
    gc.freeze()  # what is loaded by now stays shared between the children
    return Fork(queue, partial(listen, queue))


def main(arguments: list[str] | None = None) -> int:
    """What `python -m worker` runs; returns when every child has ended."""
    parser = argparse.ArgumentParser(prog="python -m worker", description="Run Earshot's jobs, tick and collector.")
    parser.add_argument(
        "queues", nargs="*", metavar="QUEUE", help=f"which queues to hear: {' '.join(bell.QUEUES)} (default: all)"
    )
    queues = parser.parse_args(arguments).queues or list(bell.QUEUES)
    unknown = [queue for queue in queues if queue not in bell.QUEUES]
    if unknown:
        parser.error(f"there is no queue {unknown[0]!r}: there are {', '.join(bell.QUEUES)}")
    try:
        start_logging()
    except SettingsError as error:
        parser.error(str(error))
    for pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS"):
        os.environ.setdefault(pool, "1")  # a child has one thread of work, and a pool would not outlive the fork
    watch_parent()
    Keeper(children(list(dict.fromkeys(queues)))).keep()
    return 0


if __name__ == "__main__":
    sys.exit(main())
