"""Which servers this machine has for the tests, and the Debian packages that bring them.

Standard library only: `scripts/test-servers.py` reads it before anything is installed.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    """A program that tests start for themselves; none of them is ever run as a daemon of the machine."""

    name: str
    find: Callable[[], Path | None]
    packages: tuple[str, ...]
    answers: tuple[str, ...] = ()
    """What the packages ask when they are installed, as debconf-set-selections takes it."""


def redis_server() -> Path | None:
    return _on_path("redis-server", "valkey-server")


def dovecot() -> Path | None:
    found = _on_path("dovecot")
    lmtp = any(Path(folder, "lmtp").exists() for folder in ("/usr/lib/dovecot", "/usr/libexec/dovecot"))
    return found if lmtp else None


def postgresql() -> Path | None:
    """The folder that holds initdb, pg_ctl and postgres: the newest version there is."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda found: int(found.parts[-3]))
    initdb = versions[-1] if versions else _on_path("initdb")
    return initdb.resolve().parent if initdb else None


def postfix() -> Path | None:
    return _on_path("postfix")


def chromium() -> Path | None:
    return _on_path("chromium", "chromium-browser", "google-chrome")


SERVERS = {
    server.name: server
    for server in (
        Server("redis", redis_server, ("redis-server",)),
        Server("dovecot", dovecot, ("dovecot-imapd", "dovecot-lmtpd")),
        Server("postfix", postfix, ("postfix",), ("postfix postfix/main_mailer_type select No configuration",)),
        Server("postgresql", postgresql, ("postgresql",)),
        Server("chromium", chromium, ("chromium",)),
    )
}


def missing() -> list[Server]:
    return [server for server in SERVERS.values() if server.find() is None]


def _on_path(*names: str) -> Path | None:
    # Daemons live in sbin, which an ordinary user's PATH leaves out.
    path = os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin"
    found = next((hit for name in names if (hit := shutil.which(name, path=path))), None)
    return Path(found) if found else None
