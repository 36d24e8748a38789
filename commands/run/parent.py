"""No process outlives the one that started it, not even after `kill -9`."""

import ctypes
import os
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
STARTED_BY = "EARSHOT_STARTED_BY"

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Ask Linux for SIGTERM at the death of the parent; to be called in a child, between fork and exec."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def watch_parent() -> None:
    """The same for any other system, and for a parent that died before we could ask.

    A process knows its parent by EARSHOT_STARTED_BY; one that a person started has none to watch.
    """
    parent = int(os.environ.get(STARTED_BY, "0"))
    if not parent:
        return
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
    if _libc is None:
        threading.Thread(target=_poll_parent, args=(parent,), daemon=True).start()


def name_process(name: str) -> None:
    """Show `name` in `ps`, so that a person sees which process is which (Linux; 15 characters)."""
    if _libc is not None:
        _libc.prctl(PR_SET_NAME, name.encode()[:15])


def _poll_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
