"""Runs Earshot's own processes, and pulls the plug at a named point: the fault hook that the product does not contain.

Run as a script, it loads the house once and then forks one process for each plan that it reads, a line of JSON, on
its standard input; it answers each with the process's id. A plan:

    entry       "worker" (what `python -m worker` runs), "web" (what `earshot run` runs for the web), "door" (for SMTP)
    arguments   the queues, or the address to listen on
    variables   the EARSHOT_ variables
    constants   {"casework.storage.delivery:CLAIM_LASTS": seconds}: times that a test cannot wait for
    points      where to die: see `Point`
    log         the file that takes its words
"""

import ctypes
import functools
import gc
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parent.parent.parent
LOADED = (
    "worker",
    "notifier.jobs",
    "intake.jobs",
    "intake.collect",
    "intake.smtp_door",
    "commands.run.web",
    "console.app",
    "channels.sms.provider",
    "twilio.rest.api.v2010.account.message",
)


@dataclass(frozen=True)
class Point:
    """Die `when` (before or after) `function` (module:name) is called for the nth time, and only once ever.

    `inside` names a function that must be running then; `whole` takes the launcher and all its children along, as a
    power cut does. `marker` is the file that proves it: who makes it dies, whoever finds it lives on; with `words`
    whoever is given an argument that holds them dies, each time.
    """

    function: str
    when: str
    marker: str
    nth: int = 1
    inside: str = ""
    whole: bool = False
    words: str = ""

    def arm(self) -> None:
        """Wrap the function where it is looked up."""
        owner, name = _find(self.function)
        original = getattr(owner, name)
        calls = 0

        @functools.wraps(original)
        def watched(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            if not self._is_inside() or self.words not in repr(args):
                return original(*args, **kwargs)
            calls += 1
            here = calls == self.nth or bool(self.words)
            if here and self.when == "before":
                self._die()
            result = original(*args, **kwargs)
            if here and self.when == "after":
                self._die()
            return result

        setattr(owner, name, watched)

    def _is_inside(self) -> bool:
        frame = sys._getframe(2) if self.inside else None
        while frame is not None and frame.f_code.co_name != self.inside:
            frame = frame.f_back
        return frame is not None or not self.inside

    def _die(self) -> None:
        try:
            os.close(os.open(self.marker, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            if not self.words:
                return
        os.killpg(0, signal.SIGKILL) if self.whole else os.kill(os.getpid(), signal.SIGKILL)
        signal.pause()  # another thread may be running when the signal lands: this one goes no further


def shorten(name: str, seconds: Any) -> None:
    """Set a constant of the product, as the same type that it has."""
    owner, attribute = _find(name)
    setattr(owner, attribute, _like(getattr(owner, attribute), seconds))


def _like(old: Any, seconds: Any) -> Any:
    if isinstance(old, timedelta):
        return timedelta(seconds=seconds)
    if isinstance(old, tuple):
        return tuple(_like(old[0], seconds) for _ in old)
    return seconds


def _find(name: str) -> tuple[Any, str]:
    module, _, path = name.partition(":")
    *owners, last = path.split(".")
    return functools.reduce(getattr, owners, importlib.import_module(module)), last


def run(plan: dict[str, Any]) -> None:
    """Become the process of the plan."""
    os.environ.update(plan["variables"])
    for name, seconds in plan["constants"].items():
        shorten(name, seconds)
    for point in plan["points"]:
        Point(**point).arm()
    importlib.import_module("channels.registry").get.cache_clear()  # it holds functions that may be wrapped by now
    entries: dict[str, Callable[[list[str]], None]] = {"worker": _worker, "web": _web, "door": _door}
    entries[plan["entry"]](plan["arguments"])


def _worker(queues: list[str]) -> None:
    importlib.import_module("worker").main(queues)


def _web(arguments: list[str]) -> None:
    web = importlib.import_module("commands.run.web")
    sys.argv = ["web", *arguments]
    web.main()


def _door(_arguments: list[str]) -> None:
    importlib.import_module("intake.smtp_door").main()


def _fork(plan: dict[str, Any]) -> int:
    leads, led = os.pipe()
    pid = os.fork()
    if pid:
        os.close(led)
        os.read(leads, 1)  # ends when the child leads its own group: only then can the group be killed
        os.close(leads)
        return pid
    try:
        _die_with_parent()
        os.setsid()
        os.close(leads)
        os.close(led)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        words = os.open(plan["log"], os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, source in ((0, nothing), (1, words), (2, words)):
            os.dup2(source, target)
        run(plan)
    finally:
        os._exit(1)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def main() -> None:
    sys.path[0] = str(HOUSE)
    for pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS"):
        os.environ[pool] = "1"
    for module in LOADED:
        importlib.import_module(module)
    importlib.import_module("intake.active_model").shipping()
    registry = importlib.import_module("channels.registry")
    registry.every()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that what has died is gone, and nobody waits for a zombie
    for line in sys.stdin:
        sys.stdout.write(f"{_fork(json.loads(line))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
