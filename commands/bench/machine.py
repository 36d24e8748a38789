"""What the machine itself can do: durable commits a second, and RQ's no-op jobs a second."""

import time
from pathlib import Path
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert

from casework.storage.sessions import Book
from commands.run import redis_binary
from commands.run.embedded_redis import EmbeddedRedis

COMMITS, JOBS = 400, 300


def measure(database: str, var: Path) -> dict[str, Any]:
    """One row a commit by one process, synced to disk as the book is; and no-op jobs of one worker."""
    var.mkdir(parents=True, exist_ok=True)
    return {"commits_per_second": _commits(database), "rq_noop_jobs_per_second": _jobs(var)}


def no_operation(_ids: list[int]) -> None:
    """The job that does nothing."""


def _commits(database: str) -> int:
    book = Book(database)
    table = Table("bench_commit", MetaData(), Column("id", Integer, primary_key=True), Column("body", Text))
    with book.engine.begin() as connection:
        table.create(connection, checkfirst=True)
    began = time.perf_counter()
    for _ in range(COMMITS):
        with book.engine.begin() as connection:
            connection.execute(insert(table).values(body="x" * 900))
    rate = COMMITS / (time.perf_counter() - began)
    with book.engine.begin() as connection:
        table.drop(connection)
    book.close()
    return round(rate)


def _jobs(var: Path) -> int | None:
    binary = redis_binary.find()
    if binary is None:
        return None
    embedded = EmbeddedRedis(var / "redis-noop", binary)
    embedded.prepare()
    running = embedded.start()
    try:
        connection = Redis.from_url(embedded.url)
        queue = Queue("bench", connection=connection, serializer="json")
        for _ in range(JOBS):
            queue.enqueue("commands.bench.machine.no_operation", [1], result_ttl=0)
        worker = SimpleWorker([queue], connection=connection, serializer="json", log_job_description=False)
        began = time.perf_counter()
        worker.work(burst=True, logging_level="ERROR")
        return round(JOBS / (time.perf_counter() - began))
    finally:
        running.send_signal(15)
