"""Keeps processes alive: starts them, restarts whichever dies, ends them all when asked.

`earshot run` keeps programs, `worker.py` keeps forks; a `Keeper` does not mind which.
"""

import logging
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Protocol

from commands.run.errors import CannotStart
from commands.run.parent import STARTED_BY, die_with_parent, name_process, watch_parent

log = logging.getLogger(__name__)

HOUSE = Path(__file__).parent.parent.parent
ROOMS = ("casework", "channels", "classifier", "commands", "console", "intake", "notifier", "reports", "worker.py")

PATIENCE = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds to wait before the first, second, … restart of a child that keeps dying."""

SETTLED = 30.0
"""A child that lived this many seconds has settled: its next death is again its first."""


_ASKED_BY = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Running(Protocol):
    pid: int

    def poll(self) -> int | None: ...
    def send_signal(self, sign: int, /) -> None: ...
    def kill(self) -> None: ...


class Program:
    """Another program, in a process group of its own: Ctrl-C reaches only us, and we end the rest in order."""

    def __init__(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, pass_fds: Sequence[int] = ()
    ) -> None:
        environment = {**(os.environ if env is None else env), STARTED_BY: str(os.getpid())}
        self._process = subprocess.Popen(  # noqa: S603 - our own commands, written out in this package
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=pass_fds,
            process_group=0,
            preexec_fn=die_with_parent,
        )
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.poll()

    def send_signal(self, sign: int, /) -> None:
        self._process.send_signal(sign)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


class Fork:
    """This very process again, doing `work` and nothing else; what is already loaded is shared.

    With a group of its own it hears no Ctrl-C, and whatever it forks in turn is killed with it.
    """

    def __init__(self, name: str, work: Callable[[], object], *, own_group: bool = False) -> None:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        self._status: int | None = None
        self._own_group = own_group
        # A signal sent to the child at once waits until it hears for itself: our handlers would swallow it there.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ASKED_BY)
        self.pid = os.fork()
        if self.pid == 0:
            _live_as_child(name, parent, work, before, own_group=own_group)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if own_group:
            with suppress(ProcessLookupError, PermissionError):
                os.setpgid(self.pid, self.pid)  # the child does it, too: whoever comes first

    def poll(self) -> int | None:
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if pid else None
        return self._status

    def send_signal(self, sign: int, /) -> None:
        if self.poll() is None:
            os.kill(self.pid, sign)

    def kill(self) -> None:
        if self._own_group:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        else:
            self.send_signal(signal.SIGKILL)


def _live_as_child(
    name: str, parent: int, work: Callable[[], object], mask: set[int | signal.Signals], *, own_group: bool
) -> None:
    signal.set_wakeup_fd(-1)
    for sign in (*_ASKED_BY, signal.SIGCHLD):
        signal.signal(sign, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    if own_group:
        os.setpgid(0, 0)
    os.environ[STARTED_BY] = str(parent)
    die_with_parent()
    watch_parent()
    name_process(f"earshot:{name}")
    status = 1
    try:
        work()
        status = 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
    except BaseException as error:  # the edge of this process: whatever it is, the parent starts us again
        log.error("%s ended: %s", name, where(error))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def where(error: BaseException) -> str:
    """An error's kind and where in the house it arose, without its words, which may quote a resident (law 12)."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(frame.filename)]
    place = f" in {ours[-1].name} ({Path(ours[-1].filename).relative_to(HOUSE)}:{ours[-1].lineno})" if ours else ""
    return f"{type(error).__name__}{place}"


def _is_ours(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(HOUSE) and path.relative_to(HOUSE).parts[0] in ROOMS


@dataclass
class Child:
    """One process to keep. Those of the highest `storey` are ended first, together; then the storey below."""

    name: str
    start: Callable[[], Running]
    storey: int = 1
    running: Running | None = None
    deaths: int = 0
    started_at: float | None = None
    due_at: float = 0.0


@dataclass
class Keeper:
    """Keeps `children` alive until SIGTERM, SIGINT or SIGHUP; a second signal ends them at once.

    CannotStart from a child's very first start ends everything; any later failure is tried again.
    """

    children: list[Child]
    grace: float = 20.0
    asked: list[int] = field(default_factory=list)

    def keep(self, each_round: Callable[[], None] = lambda: None) -> None:
        """Return when asked to stop and every child has ended; `each_round` is called about four times a second."""
        with self._listening() as woken:
            try:
                while not self.asked:
                    self.tend(time.monotonic())
                    each_round()
                    _wait(woken, 0.25)
            finally:
                self._end_all(woken)

    def tend(self, now: float) -> None:
        """Start what is due and note what has died; `now` in seconds of the monotonic clock."""
        for child in self.children:
            if child.running is not None and (status := child.running.poll()) is not None:
                child.running.kill()  # whatever it left behind in its group
                child.running = None
                self._put_off(child, _reason(status), now)
            if child.running is None and now >= child.due_at and not self.asked:
                self._start(child)

    def _start(self, child: Child) -> None:
        first = child.started_at is None
        child.started_at = time.monotonic()
        try:
            child.running = child.start()
        except CannotStart as error:
            if first:
                raise
            self._put_off(child, str(error), time.monotonic())
        except Exception as error:  # one child that cannot be born must not take the others along
            self._put_off(child, where(error), time.monotonic())

    def _put_off(self, child: Child, reason: str, now: float) -> None:
        lived = now - child.started_at if child.started_at is not None else 0.0
        child.deaths = 1 if lived > SETTLED else child.deaths + 1
        pause = PATIENCE[min(child.deaths, len(PATIENCE)) - 1]
        child.due_at = now + pause
        log.warning("%s ended (%s); starting it again in %.1f s", child.name, reason, pause)

    def _end_all(self, woken: int) -> None:
        for storey in sorted({child.storey for child in self.children}, reverse=True):
            alive = [child for child in self.children if child.storey == storey and child.running is not None]
            self._end([child.running for child in alive if child.running is not None], woken)

    def _end(self, alive: list[Running], woken: int) -> None:
        for running in alive:
            running.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + self.grace
        while alive := [running for running in alive if running.poll() is None]:
            if len(self.asked) > 1 or time.monotonic() > deadline:
                for running in alive:
                    running.kill()
            _wait(woken, 0.1)

    @contextmanager
    def _listening(self) -> Iterator[int]:
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        wanted = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
        # Whoever starts us with a signal ignored (nohup, a shell's &) means it.
        wanted = [sign for sign in wanted if signal.getsignal(sign) is not signal.SIG_IGN]
        before = {sign: signal.signal(sign, self._note) for sign in wanted}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        woke_before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        try:
            yield reader
        finally:
            signal.set_wakeup_fd(woke_before)
            for sign, handler in before.items():
                signal.signal(sign, handler)
            os.close(reader)
            os.close(writer)

    def _note(self, sign: int, _frame: FrameType | None) -> None:
        self.asked.append(sign)


def _wait(woken: int, seconds: float) -> None:
    select.select([woken], [], [], seconds)
    with suppress(BlockingIOError):
        while os.read(woken, 512):
            pass


def _reason(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"
