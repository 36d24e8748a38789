"""How processes are kept alive: restarts with growing patience, an end in order, no survivors."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

import pytest

from commands.run import processes
from commands.run.errors import CannotStart
from commands.run.processes import PATIENCE, SETTLED, Child, Fork, Keeper, Program


@dataclass
class Actor:
    """A process that dies when the test says so."""

    pid: int = 0
    status: int | None = None
    heard: list[int] = field(default_factory=list)

    def poll(self) -> int | None:
        return self.status

    def send_signal(self, sign: int, /) -> None:
        self.heard.append(sign)

    def kill(self) -> None:
        self.heard.append(signal.SIGKILL)
        self.status = -signal.SIGKILL


def keeper_of(actors: list[Actor]) -> Keeper:
    waiting = iter(actors)
    return Keeper([Child("worker", lambda: next(waiting))])


def test_what_dies_is_started_again_each_time_more_patiently(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(processes.time, "monotonic", lambda: now)
    actors = [Actor(pid=number) for number in range(20)]
    keeper = keeper_of(actors)
    child = keeper.children[0]
    keeper.tend(now)
    waited = []
    for actor in actors[: len(PATIENCE) + 1]:
        actor.status = 1
        died = now
        keeper.tend(now)
        assert child.running is None
        while child.running is None:
            now += 0.05
            keeper.tend(now)
        waited.append(now - died)
    assert waited == pytest.approx([*PATIENCE, PATIENCE[-1]], abs=0.06)


def test_who_has_lived_long_starts_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(processes.time, "monotonic", lambda: now)
    actors = [Actor(), Actor()]
    keeper = keeper_of(actors)
    keeper.tend(now)
    keeper.children[0].deaths = 5
    now += SETTLED + 1
    actors[0].status = -signal.SIGKILL
    keeper.tend(now)
    keeper.tend(now + PATIENCE[0])
    assert keeper.children[0].running is actors[1]


def test_what_a_dead_child_left_in_its_group_is_ended_too() -> None:
    actors = [Actor(status=1), Actor()]
    keeper = keeper_of(actors)
    keeper.tend(0)
    keeper.tend(0.01)
    assert actors[0].heard == [signal.SIGKILL]


def test_one_that_cannot_be_born_does_not_take_the_others_along() -> None:
    def fail() -> Actor:
        raise EOFError

    living = Actor()
    keeper = Keeper([Child("intake", fail), Child("notices", lambda: living)])
    keeper.tend(0)
    assert keeper.children[0].running is None
    assert keeper.children[1].running is living


def test_what_cannot_start_at_all_is_said_and_not_tried_for_ever() -> None:
    def refuse() -> Actor:
        raise CannotStart("The embedded redis did not start.")

    keeper = Keeper([Child("redis", refuse)])
    with pytest.raises(CannotStart, match="did not start"):
        keeper.tend(0)
    keeper.tend(60)
    assert keeper.children[0].running is None


KEEPER = """
import os, signal, sys, time
from commands.run.processes import Child, Fork, Keeper

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests under nohup has it ignored

def live(name):
    import signal
    def stop(*_):
        os.write(1, name.encode() + b"\\n")
        os._exit(0)
    signal.signal(signal.SIGTERM, {stop})
    os.write(1, f"up {os.getpid()}\\n".encode())
    while True:
        time.sleep(60)

def child(name, storey):
    return Child(name, lambda: Fork(name, lambda: live(name)), storey=storey)

Keeper([child("redis", 0), child("web", 1)]).keep()
print("all ended", flush=True)
"""


def start(stop: str = "stop") -> tuple[subprocess.Popen[str], list[int]]:
    running = subprocess.Popen(
        [sys.executable, "-c", KEEPER.replace("{stop}", stop)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stdout is not None
    return running, [int(running.stdout.readline().split()[1]) for _ in range(2)]


def rest_of(running: subprocess.Popen[str]) -> str:
    said, _ = running.communicate(timeout=30)
    return said


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_upper_storey_ends_before_the_lower(sign: signal.Signals) -> None:
    running, _ = start()
    running.send_signal(sign)
    assert rest_of(running) == "web\nredis\nall ended\n"
    assert running.returncode == 0


def test_a_second_signal_ends_those_who_do_not_listen() -> None:
    running, children = start(stop="signal.SIG_IGN")
    running.send_signal(signal.SIGINT)
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    assert rest_of(running) == "all ended\n"
    assert not any(processes_alive(children))


def test_a_killed_keeper_takes_its_children_along() -> None:
    running, children = start()
    running.kill()
    running.communicate(timeout=30)
    deadline = time.monotonic() + 10
    while any(processes_alive(children)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def processes_alive(pids: list[int]) -> list[int]:
    from support.processes import is_alive

    return [pid for pid in pids if is_alive(pid)]


def test_a_fork_that_fails_says_where_and_not_what(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ValueError("Ngozi Okafor, 12 Larch Court")

    fork = Fork("intake", fail)
    while fork.poll() is None:
        time.sleep(0.01)
    assert fork.poll() == 1
    assert "Okafor" not in capfd.readouterr().err


def test_a_program_stands_in_a_group_of_its_own() -> None:
    program = Program([sys.executable, "-c", "import time; time.sleep(60)"])
    assert os.getpgid(program.pid) == program.pid != os.getpgid(0)
    program.kill()
    while program.poll() is None:
        time.sleep(0.01)
    assert program.poll() == -signal.SIGKILL


def test_a_child_that_is_asked_to_end_as_soon_as_it_is_born_ends() -> None:
    """A handler inherited from the parent must not swallow the signal: the newborn would then wait to be killed."""
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda sign, _: heard.append(sign))
    try:
        for _ in range(20):
            child = Fork("newborn", lambda: time.sleep(60))
            child.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + 5
            while child.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            assert child.poll() == -signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not heard
