"""A Redis of Earshot's own: no port, a unix socket that only we can reach, its file on disk under var/.

It is only the bell (law 3): if its folder is lost, the sweep finds everything in the book.
"""

import hashlib
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from commands.run.errors import CannotStart
from commands.run.processes import Program
from commands.run.redis_binary import Binary

LONGEST_SOCKET = 100
"""Bytes: macOS takes 103 in a socket's path, Linux 107."""

ANSWER_WITHIN = 5.0
PATIENCE = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
"""What is sent to an orphan, and the seconds that it gets to end."""


class EmbeddedRedis:
    """One private Redis in `folder`; `prepare()` once, then `start()` as often as it dies."""

    def __init__(self, folder: Path, binary: Binary) -> None:
        self.folder = folder.absolute()
        self.binary = binary
        self.socket = _socket_path(self.folder)
        self.url = f"unix://{self.socket}"

    def prepare(self) -> None:
        """Make the folder ours alone, end what a killed Earshot left behind, refuse an older Redis."""
        for folder in {self.folder, self.socket.parent}:
            _own(folder)
        self._end_orphan()
        self._refuse_downgrade()

    def start(self) -> Program:
        """Start it and wait until it answers, which takes some hundredths of a second."""
        log = self.folder / "redis.log"
        with suppress(FileNotFoundError):
            self.socket.unlink()
        program = Program([
            str(self.binary.path),
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(self.folder), "--pidfile", str(self._pid_file), "--daemonize", "no"),
            *("--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"),
            *("--logfile", str(log), "--loglevel", "notice"),
        ])  # fmt: skip
        deadline = time.monotonic() + 20
        while not self._answers():
            if program.poll() is not None or time.monotonic() > deadline:
                program.kill()
                raise CannotStart(
                    f"The embedded {self.binary} did not start: {_last_line(log)} It holds nothing that the book "
                    f"does not: removing {self.folder} is safe."
                )
            time.sleep(0.01)
        self._owner_file.write_text(f"{self.binary}\n", encoding="ascii")
        return program

    @property
    def _pid_file(self) -> Path:
        return self.folder / "redis.pid"

    @property
    def _owner_file(self) -> Path:
        return self.folder / "owner"

    def _connect(self) -> Redis:
        # The client would try again for seconds; whether it answers now is all that we ask.
        return Redis(unix_socket_path=str(self.socket), socket_timeout=ANSWER_WITHIN, retry=Retry(NoBackoff(), 0))

    def _answers(self) -> bool:
        try:
            with self._connect() as connection:
                return bool(connection.ping())
        except RedisError:
            return False

    def _end_orphan(self) -> None:
        pid = self._orphan()
        if pid is None:
            return
        for sign, seconds in PATIENCE:
            with suppress(ProcessLookupError):
                os.kill(pid, sign)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if not self._is_ours(pid):
                    return
                time.sleep(0.02)
        raise CannotStart(f"An old Redis (process {pid}) still uses {self.folder} and does not end: stop it first.")

    def _orphan(self) -> int | None:
        """The process of a Redis that still runs in our folder, by its own word or by its pid file."""
        try:
            with self._connect() as connection:
                return int(connection.info("server")["process_id"])
        except RedisError:
            pass
        try:
            pid = int(self._pid_file.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None
        return pid if self._is_ours(pid) else None

    def _is_ours(self, pid: int) -> bool:
        # A pid may long belong to someone else: only a server that names our socket is ours to end.
        return str(self.socket) in _command_of(pid)

    def _refuse_downgrade(self) -> None:
        try:
            owner = self._owner_file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return
        said = re.fullmatch(r"\w+ (\d+)\.\d+\.\d+", owner)
        if said and int(said[1]) > self.binary.version[0]:
            raise CannotStart(
                f"{self.folder} was written by {owner}, and {self.binary} would find it empty. Put the newer server "
                f"back on PATH, or remove {self.folder}: nothing is lost, since the book holds everything."
            )


def _socket_path(folder: Path) -> Path:
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        return path
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"earshot-{os.getuid()}-{name}" / "redis.sock"
    if len(os.fsencode(short)) > LONGEST_SOCKET:
        raise CannotStart(f"{short} is too long a path for a socket: set TMPDIR or EARSHOT_VAR to a shorter one.")
    return short


def _own(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise CannotStart(f"{folder} belongs to someone else: remove it, or set EARSHOT_VAR to another folder.")
    folder.chmod(0o700)


def _command_of(pid: int) -> str:
    """The command line of a process; empty when it has ended."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - ps, of a number


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except FileNotFoundError:
        return "it left no word."
    return f"“{lines[-1]}”." if lines else "it left no word."
