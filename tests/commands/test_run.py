"""`earshot run` as a newcomer meets it: comes up, says where to look, mends itself, and leaves nothing behind."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.processes import is_alive

EARSHOT = Path(sys.executable).parent / "earshot"


def eventually(true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


class Running:
    """One `earshot run` on a folder of its own."""

    def __init__(self, var: Path, *arguments: str, **variables: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.bind = f"127.0.0.1:{probe.getsockname()[1]}"
        self.var = var
        settings = {f"EARSHOT_{name.upper()}": value for name, value in variables.items()}
        self.words = var.parent / "said"
        with self.words.open("ab") as words:
            self.process = subprocess.Popen(
                [EARSHOT, "run", "--bind", self.bind, *arguments],
                env={**os.environ, **settings, "EARSHOT_VAR": str(var)},
                stdout=words,
                stderr=words,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.words.read_text()

    def until_ready(self, times: int = 1) -> None:
        eventually(lambda: self.said().count("Earshot is up") == times or self.process.poll() is not None)
        assert self.process.poll() is None, self.said()

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection(self.bind, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def family(self) -> dict[int, str]:
        """Every living descendant, by what it is called."""
        parents: dict[int, tuple[int, str]] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                stat = (folder / "stat").read_text()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (FileNotFoundError, ProcessLookupError):
                continue
            name, rest = stat.partition("(")[2].rpartition(")")[0], stat.rpartition(")")[2].split()
            if rest[0] != "Z":
                parents[int(folder.name)] = (int(rest[1]), f"{name} {command}")
        found: dict[int, str] = {}
        wanted = {self.process.pid}
        while wanted:
            born = {pid: name for pid, (parent, name) in parents.items() if parent in wanted and pid not in found}
            found |= born
            wanted = set(born)
        return found

    def pids(self, name: str) -> list[int]:
        return [pid for pid, called in self.family().items() if name in called]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def run(*arguments: str, **variables: str) -> Running:
        started.append(Running(tmp_path / "var", *arguments, **variables))
        return started[-1]

    yield run
    for one in started:
        family = one.family()
        one.process.kill()
        one.process.wait()
        eventually(lambda family=family: not any(is_alive(pid) for pid in family))  # type: ignore[misc]


def redis_on(var: Path) -> list[int]:
    """Every Redis that serves this folder, whoever its parent is."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"redis" in command and str(var).encode() in command and is_alive(int(folder.name)):
            found.append(int(folder.name))
    return found


def test_it_comes_up_mends_itself_and_leaves_nothing_behind(run: Callable[..., Running]) -> None:
    earshot = run()
    earshot.until_ready()
    assert earshot.get("/healthz") == earshot.get("/readyz") == 200
    assert earshot.get("/demo") == 404
    eventually(lambda: earshot.pids("earshot:intake"))

    second = run()
    assert second.process.wait(60) == 1
    assert "Earshot is already running on" in second.said()

    for name in ("redis-server", "earshot:web", "earshot:worker", "earshot:intake"):
        eventually(lambda name=name: earshot.pids(name))  # type: ignore[misc]
        before = set(earshot.pids(name))
        os.kill(min(before), signal.SIGKILL)
        eventually(lambda name=name, before=before: set(earshot.pids(name)) - before)  # type: ignore[misc]
    eventually(lambda: earshot.get("/readyz") == 200)

    family = earshot.family()
    earshot.process.send_signal(signal.SIGINT)
    assert earshot.process.wait(60) == 0
    assert "Earshot has stopped; everything is kept." in earshot.said()
    assert not any(is_alive(pid) for pid in family)
    assert redis_on(earshot.var) == []


def test_pulling_the_plug_leaves_no_orphan_behind_the_next_start(run: Callable[..., Running]) -> None:
    killed = run()
    killed.until_ready()
    family = killed.family()
    killed.process.kill()
    killed.process.wait()
    again = run()
    again.until_ready(times=2)
    eventually(lambda: not any(is_alive(pid) for pid in family))
    assert len(redis_on(again.var)) == 1
    assert set(redis_on(again.var)) <= set(again.family())


def test_without_a_redis_it_comes_up_just_the_same(run: Callable[..., Running]) -> None:
    earshot = run(redis_url="none")
    earshot.until_ready()
    assert earshot.get("/readyz") == 200
    assert redis_on(earshot.var) == []


def test_the_demo_comes_up_with_its_own_mail_door_and_stays_the_demos(run: Callable[..., Running]) -> None:
    demo = run("--demo")
    demo.until_ready()
    assert "nothing leaves this machine" in demo.said()
    assert demo.get("/demo") not in (0, 404)
    eventually(lambda: demo.pids("earshot:smtp"))
    family = demo.family()
    demo.process.send_signal(signal.SIGTERM)
    assert demo.process.wait(60) == 0
    assert not any(is_alive(pid) for pid in family)

    real = run()
    assert real.process.wait(60) == 1
    assert "This database holds the demo neighbourhood" in real.said()
