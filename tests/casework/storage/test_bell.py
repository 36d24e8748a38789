"""Law 3: Redis is only the bell. Without it, or with a broken one, the book is as whole as ever."""

import pytest
from redis import Redis
from rq import Queue
from support.book import House
from support.cast import MONDAY, REQUEST, text

from casework import settings
from casework.storage import bell
from casework.storage.tables import Message


@pytest.fixture
def _no_cache() -> None:
    bell._connect.cache_clear()


def _use(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EARSHOT_REDIS_URL", url)
    settings.settings.cache_clear()
    bell._connect.cache_clear()


@pytest.mark.needs("redis")
def test_a_bell_carries_ids_only_as_json(house: House, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, redis_url)
    [accepted] = house.accept(text("Zanzibar"))
    with Redis.from_url(redis_url) as redis:
        queue = Queue("intake", connection=redis, serializer="json")
        [job] = queue.jobs
        assert (job.func_name, job.args) == (bell.PROCESS_MESSAGES, [[accepted.id]])
        kept = b"".join(str(redis.hgetall(key)).encode() for key in redis.keys("rq:job:*"))
        assert b"Zanzibar" not in kept
    bell._connect.cache_clear()


@pytest.mark.needs("redis")
def test_many_ids_go_in_batches_and_a_queue_that_rings_already_is_left_alone(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use(monkeypatch, redis_url)
    assert bell.ring_now(bell.PROCESS_MESSAGES, list(range(120))) == 3
    assert bell.ring_now(bell.PROCESS_MESSAGES, list(range(10_000))) == bell.ENOUGH - 3
    assert bell.ring_now(bell.PROCESS_MESSAGES, [1]) == 0
    assert bell.ring_now(bell.DELIVER_NOTICES, [1]) == 1, "another queue is another bell"
    bell._connect.cache_clear()


@pytest.mark.parametrize("url", ["none", "", "unix:///nowhere/at/all.sock", "redis://127.0.0.1:1/0"])
def test_without_a_bell_nothing_is_lost_and_nobody_is_troubled(
    house: House, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _use(monkeypatch, url)
    [accepted] = house.accept(text(REQUEST))
    assert accepted.new
    assert house.count(Message) == 1
    assert house.process([accepted.id], now=MONDAY) == 1
    assert all(record.levelname == "WARNING" for record in caplog.records)
    bell._connect.cache_clear()


def test_no_ids_ring_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, "unix:///nowhere/at/all.sock")
    assert bell.ring_now(bell.PROCESS_MESSAGES, []) == 0
