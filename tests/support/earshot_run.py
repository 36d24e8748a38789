"""`earshot run` as a person starts it: one program in the foreground, its words in a file, ended by Ctrl-C."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx
from support import processes

EARSHOT = Path(sys.executable).parent / "earshot"

T = TypeVar("T")


class EarshotRun:
    """Up between `with`; `variables` are EARSHOT_ variables, `url` is where it says that it is."""

    def __init__(self, var: Path, *options: str, **variables: str) -> None:
        self.var = var
        self._said = var.parent / "said.log"
        self._began = self._said.stat().st_size if self._said.exists() else 0
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
        with self._said.open("ab") as words:
            self.process = subprocess.Popen(
                [str(EARSHOT), "run", "--bind", "127.0.0.1:0", *options],
                env=kept | variables | {"EARSHOT_VAR": str(var)},
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                preexec_fn=processes._die_with_pytest,
            )

    @property
    def said(self) -> str:
        return self._said.read_bytes()[self._began :].decode()

    @property
    def url(self) -> str:
        return next(word for word in self.said.split() if word.startswith("http://")).rstrip("/").removesuffix("/demo")

    def until(self, found: Callable[[], T | None], what: str, seconds: float = 60) -> T:
        deadline = time.monotonic() + seconds
        while not (result := found()):
            ended = self.process.poll()
            assert ended is None, f"it ended with {ended}:\n{self.said}"
            assert time.monotonic() < deadline, f"no {what} after {seconds} s:\n{self.said}"
            time.sleep(0.05)
        return result

    def is_ready(self) -> bool:
        return httpx.get(f"{self.url}/readyz", timeout=10).status_code == 200

    def children(self, name: str) -> list[int]:
        """The processes of this house that call themselves so, such as `earshot:intake`."""
        return [pid for pid, called in self.family().items() if called == name]

    def family(self) -> dict[int, str]:
        """Every process that serves this folder, and what it calls itself."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes().split(b"\0")
                name = (folder / "comm").read_text().strip()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if f"EARSHOT_VAR={self.var}".encode() in environment:
                found[int(folder.name)] = name
        return found

    def __enter__(self) -> Self:
        self.until(lambda: "Ctrl-C stops it" in self.said, "word that it is up")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        processes.stop(self.process, signal.SIGINT)
