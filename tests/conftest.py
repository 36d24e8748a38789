"""What every test may rely on: a clean environment, no network beyond this machine, servers of its own.

    @pytest.mark.needs("redis")     fails where CI=true and the server is missing; skips with one line elsewhere

Fixtures, all safe under pytest-xdist:

    book_url          a migrated book; the test runs twice, on SQLite and on PostgreSQL
    sqlite_url        a migrated SQLite book under tmp_path
    postgresql_url    a migrated database of a private cluster, fresh for each test
    database_url      like book_url, but empty: for those who test the migrations themselves
    redis_url         a private Redis on a unix socket, emptied before each test
    redis_server      a Redis for this test alone, which it may stop, kill and start
    small_corpus      a corpus that a model is trained on in seconds; `weak_model` is what it makes
    browser, page     Chromium through Playwright; `page` is fresh for each test
"""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # for `support`; appended, so that no room is hidden by its tests

from support.servers import SERVERS

pytest_plugins = [
    "support.postgresql",
    "support.redis",
    "support.books",
    "support.chromium",
    "support.fault_table",
    "support.small_corpus",
]

ROOMS = ("casework", "channels", "classifier", "console", "intake", "notifier", "reports", "commands")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name in _needs(item):
            if name not in SERVERS:
                raise pytest.UsageError(f"{item.nodeid} needs {name!r}; there are only {', '.join(SERVERS)}.")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name in _needs(item):
        if SERVERS[name].find() is None:
            sentence = f"needs {name}: apt-get install {' '.join(SERVERS[name].packages)}"
            pytest.fail(sentence, pytrace=False) if os.environ.get("CI") == "true" else pytest.skip(sentence)


def _needs(item: pytest.Item) -> list[str]:
    return [name for mark in item.iter_markers("needs") for name in mark.args]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No setting of this machine or of another test is seen; nothing is written under ./var."""
    for name in [name for name in os.environ if name.startswith("EARSHOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EARSHOT_VAR", str(tmp_path / "var"))
    forget_settings()
    yield
    close_book()
    forget_settings()


def forget_settings() -> None:
    """Empty the `settings()` cache of every room: call it after changing an EARSHOT_ variable."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ROOMS and name.endswith(".settings"):
            module.settings.cache_clear()


def close_book() -> None:
    """Close the database of this process, so that no connection outlives its test."""
    sessions = sys.modules.get("casework.storage.sessions")
    if sessions is not None and sessions._book_of.cache_info().currsize:
        sessions.book().close()
        sessions._book_of.cache_clear()


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails, saying whom it called."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])  # type: ignore[index]
            if host not in ("127.0.0.1", "::1", "localhost", "0.0.0.0"):
                raise PermissionError(f"A test may only talk to this machine, not to {host}.")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
