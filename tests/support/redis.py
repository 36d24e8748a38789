"""A Redis of our own on a private unix socket: no daemon, no port."""

import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from support import processes
from support.servers import redis_server as find_redis


class RedisServer:
    """`url` is where it listens; its file is on disk, so that it survives `kill()` and `start()`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.start()

    def start(self) -> None:
        command = [str(find_redis()), "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder)]
        command += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--daemonize", "no"]
        self.process = processes.start(command, log=self.folder / "redis.log")
        processes.wait_until(self._answers, self.process, self.folder / "redis.log")

    def stop(self) -> None:
        processes.stop(self.process)

    def kill(self) -> None:
        processes.stop(self.process, signal.SIGKILL)

    def flush(self) -> None:
        with Redis.from_url(self.url) as connection:
            connection.flushall()

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url, retry=Retry(NoBackoff(), 0)) as connection:
                return bool(connection.ping())
        except RedisError:
            return False


@pytest.fixture(scope="session")
def _shared_redis() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="earshot-redis-") as folder:
        server = RedisServer(Path(folder))
        yield server
        server.stop()


@pytest.fixture
def redis_url(_shared_redis: RedisServer) -> str:
    """A private Redis, emptied before each test."""
    _shared_redis.flush()
    return _shared_redis.url


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis for this test alone, which it may stop, kill and start."""
    with tempfile.TemporaryDirectory(prefix="earshot-redis-") as folder:
        server = RedisServer(Path(folder))
        yield server
        server.stop()
