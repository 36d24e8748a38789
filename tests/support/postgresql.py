"""A PostgreSQL cluster of our own, one a test process: no daemon, no port, a unix socket in a private folder."""

import itertools
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from support import processes
from support.servers import postgresql

SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=100")


class Cluster:
    """`create()` gives the URL of a fresh database; `start()`, `kill()` and `stop()` are for the faults."""

    def __init__(self, folder: Path, settings: tuple[str, ...] = SPEED) -> None:
        self.folder = folder
        self.settings = settings
        self._names = itertools.count(1)
        self._user = processes.unprivileged()
        programs = postgresql()
        assert programs is not None
        self._programs = programs
        if self._user:
            shutil.chown(folder, self._user)
        initdb = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "earshot", "-A", "trust", "-E", "UTF8"]
        initdb += ["--locale=C", "--no-sync"]
        with (folder / "initdb.log").open("wb") as log:
            subprocess.run(initdb, check=True, stdout=log, stderr=log, cwd=folder, user=self._user)
        self.start()

    def start(self) -> None:
        command = [str(self._programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        command += ["-c", "listen_addresses=", *(f"--{setting}" for setting in self.settings)]
        self.process = processes.start(command, log=self.folder / "postgres.log", user=self._user)
        processes.wait_until(self._answers, self.process, self.folder / "postgres.log")

    def stop(self) -> None:
        processes.stop(self.process, signal.SIGINT)

    def kill(self) -> None:
        """Pull the plug: every backend ends at once and the next start recovers."""
        processes.stop(self.process, signal.SIGQUIT)

    def create(self, template: str = "template1") -> str:
        name = f"book_{next(self._names)}"
        self.execute(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, url: str) -> None:
        self.execute(f"DROP DATABASE {url.partition('@/')[2].partition('?')[0]} WITH (FORCE)")

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://earshot@/{name}?host={self.folder}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), user="earshot", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Cluster]:
    """The cluster of this test process; shared, so never stop it: make a `Cluster` of your own for that."""
    with tempfile.TemporaryDirectory(prefix="earshot-pg-") as folder:
        cluster = Cluster(Path(folder))
        yield cluster
        cluster.kill()


@pytest.fixture
def own_postgresql() -> Iterator[Cluster]:
    """A cluster for this test alone, durable as in real life, which it may stop, kill and start."""
    with tempfile.TemporaryDirectory(prefix="earshot-pg-") as folder:
        cluster = Cluster(Path(folder), settings=())
        yield cluster
        cluster.kill()
