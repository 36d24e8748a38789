"""A whole Earshot for the benchmark: its own Redis, the web server and the workers, as `earshot run` starts them."""

import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from casework.storage import schema
from casework.storage.sessions import Book
from commands.run import redis_binary
from commands.run.embedded_redis import EmbeddedRedis
from commands.run.parent import die_with_parent
from commands.run.processes import Running

ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "bench-token", "+441632960100"


class House:
    """Running between `with`; `book` is opened on its database."""

    def __init__(self, var: Path, database: str, *, imap: str | None, smtp: str | None) -> None:
        var.mkdir(parents=True, exist_ok=True)
        self.var, self.database, self.imap, self.smtp = var, database, imap, smtp
        self.bind = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.bind}"
        self.book = Book(database)
        self._programs: dict[str, subprocess.Popen[bytes]] = {}
        self._redis: Running | None = None

    def __enter__(self) -> Self:
        schema.upgrade(self.book)
        redis_url = self._start_redis()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")},
            "EARSHOT_VAR": str(self.var),
            "EARSHOT_DATABASE_URL": self.database,
            "EARSHOT_REDIS_URL": redis_url,
            "EARSHOT_BIND": self.bind,
            "EARSHOT_SECRET_KEY": secrets.token_hex(32),
            "EARSHOT_LANDLORD": "Larchmere Homes",
            "EARSHOT_MAIL_FROM": "Larchmere Homes <info@larchmere.example>",
            "EARSHOT_TWILIO_ACCOUNT_SID": ACCOUNT,
            "EARSHOT_TWILIO_AUTH_TOKEN": TOKEN,
            "EARSHOT_TWILIO_FROM": NUMBER,
            "EARSHOT_SMS_QUIET_SECONDS": "0",
            "EARSHOT_TWILIO_API_BASE": "http://127.0.0.1:9",
            "EARSHOT_LOG_LEVEL": "ERROR",
        }
        if self.imap and self.smtp:
            environment |= {"EARSHOT_IMAP_URL": self.imap, "EARSHOT_SMTP_URL": self.smtp}
        for name, module in {"web": ["commands.run.web", self.bind], "worker": ["worker"]}.items():
            self._programs[name] = subprocess.Popen(  # noqa: S603 - our own modules
                [sys.executable, "-m", *module], env=environment, preexec_fn=die_with_parent
            )
        wait_until(self._answers, "the web server", 60)
        return self

    def __exit__(self, *_: object) -> None:
        for program in self._programs.values():
            program.terminate()
        for program in self._programs.values():
            program.wait(30)
        if self._redis is not None:
            self._redis.send_signal(15)
        self.book.close()

    def memory(self) -> dict[str, Any]:
        """Resident and proportional memory of each process in MiB (Linux), by the name that it gave itself."""
        found: dict[str, Any] = {}
        for top, program in self._programs.items():
            for pid in (program.pid, *_descendants(program.pid)):
                name = Path(f"/proc/{pid}/comm").read_text().strip()
                kept = _rollup(pid)
                found[f"{top} {name} {pid}"] = {"rss_mib": kept.get("Rss"), "pss_mib": kept.get("Pss")}
        return found

    def _start_redis(self) -> str:
        binary = redis_binary.find()
        if binary is None:
            return "none"
        redis = EmbeddedRedis(self.var / "redis", binary)
        redis.prepare()
        self._redis = redis.start()
        return redis.url

    def _answers(self) -> bool:
        asked = http.client.HTTPConnection(self.bind, timeout=1)
        try:
            asked.request("GET", "/healthz")
            return asked.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            asked.close()


def wait_until(ready: Callable[[], bool], what: str, seconds: float) -> None:
    """Wait for `ready`; raises RuntimeError naming what did not come."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError(f"After {seconds} s still waiting for {what}.")
        time.sleep(0.2)  # seldom enough to leave the machine to what is measured


def percentiles(values: list[float], *, digits: int = 1) -> dict[str, float]:
    """p50, p95 and p99 of the values."""
    ordered = sorted(values)
    return {f"p{q}": round(ordered[min(len(ordered) - 1, len(ordered) * q // 100)], digits) for q in (50, 95, 99)}


def _descendants(pid: int) -> list[int]:
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [found for child in children for found in (child, *_descendants(child))]


def _rollup(pid: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return {}
    sizes = (line.split() for line in lines if line.startswith(("Rss:", "Pss:")))
    return {parts[0].rstrip(":"): int(parts[1]) // 1024 for parts in sizes}


def free_port() -> int:
    """A TCP port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
