"""Starts a server for the tests so that it never outlives them, not even after `kill -9` of pytest."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def start(command: Sequence[str], *, log: Path, user: str | None = None) -> subprocess.Popen[bytes]:
    """Run `command` in the background, its words in `log`, as `user` where we are root."""
    identity = {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    with log.open("ab") as words:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            cwd=log.parent,
            preexec_fn=_die_with_pytest,
            **identity,  # type: ignore[call-overload]
        )


def unprivileged() -> str | None:
    """Whom to run a server as that refuses to run as root; None where we are not root."""
    return "nobody" if os.geteuid() == 0 else None


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, seconds: float = 30) -> None:
    """Wait for a server to answer; fails with the end of its log if it dies or stays silent."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def stop(process: subprocess.Popen[bytes], sign: signal.Signals = signal.SIGTERM, seconds: float = 20) -> None:
    if process.poll() is None:
        process.send_signal(sign)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _die_with_pytest() -> None:
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Whether a process runs: one that has ended but was not yet buried does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
