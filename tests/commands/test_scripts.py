"""The scripts behind make: what is said where a server is missing, and what reset-demo leaves alone."""

import fcntl
import importlib.util
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from support import servers

SCRIPTS = Path(__file__).parent.parent.parent / "scripts"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def without_dovecot(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    setup = script("test-servers")
    monkeypatch.setattr(setup, "missing", lambda: [servers.SERVERS["dovecot"]])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return setup


@pytest.mark.parametrize(("ci", "status"), [("false", 0), ("true", 1)])
def test_a_missing_server_is_one_line_and_a_failure_where_ci_says_so(
    without_dovecot: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ci: str,
    status: int,
) -> None:
    monkeypatch.setenv("CI", ci)
    assert without_dovecot.main() == status
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "Not tested here, for want of a server: dovecot" in said
    assert "apt-get install dovecot-imapd dovecot-lmtpd" in said


def test_root_installs_what_is_missing_and_asks_again(
    without_dovecot: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed: list[str] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(without_dovecot.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(without_dovecot, "install", lambda packages, _answers: installed.extend(packages))
    monkeypatch.setattr(without_dovecot, "missing", lambda: [] if installed else [servers.SERVERS["dovecot"]])
    assert without_dovecot.main() == 0
    assert installed == ["dovecot-imapd", "dovecot-lmtpd"]


def test_no_daemon_is_started_while_packages_are_installed(
    without_dovecot: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(without_dovecot, "POLICY", policy)
    with without_dovecot.no_daemons():
        assert "exit 101" in policy.read_text()
        assert os.access(policy, os.X_OK)
    assert not policy.exists()
    policy.write_text("#!/bin/sh\nexit 0\n")
    with without_dovecot.no_daemons():
        pass
    assert policy.read_text().endswith("exit 0\n"), "a policy of the machine's own stays as it is"


def book(folder: Path, *, demo: bool) -> Path:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "earshot.sqlite")) as connection:
        connection.execute("CREATE TABLE book (name, value)")
        if demo:
            connection.execute("INSERT INTO book VALUES ('demo', 'yes')")
        connection.commit()
    return folder


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EARSHOT_VAR", str(tmp_path / "house"))
    return tmp_path / "house"


def test_a_demo_is_forgotten(var: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book(var, demo=True)
    assert script("reset-demo").main() == 0
    assert not var.exists()


def test_a_real_book_is_never_removed(var: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book(var, demo=False)
    assert script("reset-demo").main() == 1
    assert (var / "earshot.sqlite").exists()


def test_a_demo_that_runs_is_not_pulled_away(var: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book(var, demo=True)
    with (var / "earshot.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert script("reset-demo").main() == 1
    assert "stop it first" in capsys.readouterr().out
    assert var.exists()


def test_the_tables_that_reset_demo_reads_are_the_books() -> None:
    from casework.storage.tables import BookFact

    assert f"FROM {BookFact.__tablename__} WHERE" in (SCRIPTS / "reset-demo.py").read_text()
