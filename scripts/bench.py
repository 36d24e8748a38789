"""Gives `earshot bench` real servers: Dovecot, PostgreSQL as it comes (synced), and Postfix's smtp-sink or aiosmtpd."""

# ruff: noqa: S603 - the commands are written out here

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from support.imap_server import ImapServer, _free_port
from support.postgresql import Cluster
from support.processes import unprivileged


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "pg").mkdir()
        (folder / "imap").mkdir()
        cluster = Cluster(folder / "pg", settings=("shared_buffers=128MB", "max_connections=100"))
        imap = ImapServer(folder / "imap")
        smtp_port = _free_port()
        sink = subprocess.Popen(_sink(smtp_port))
        try:
            command = [sys.executable, "-m", "cli", "bench", "--postgresql", cluster.create()]
            command += ["--imap", imap.account().imap_url, "--smtp", f"smtp://127.0.0.1:{smtp_port}"]
            return subprocess.run([*command, *sys.argv[1:]], check=False).returncode
        finally:
            sink.terminate()
            sink.wait()
            imap.stop()
            cluster.stop()


def _sink(port: int) -> list[str]:
    found = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found:
        return [found, *(["-u", "nobody"] if unprivileged() else []), f"127.0.0.1:{port}", "100"]
    return [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]


if __name__ == "__main__":
    sys.exit(main())
