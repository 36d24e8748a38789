"""Postfix in a directory of its own: real mail routing for the tests, which touches nothing of the machine's own mail.

    postfix = Postfix(folder, lmtp_port=…, next_hop=…)      larchmere.example by LMTP, everything else to `next_hop`;
                                                            delivered.example is where this server itself delivers
    postfix.url                                             where mail is handed in

It must be started as root, as Postfix must; without root its tests are skipped.
"""

import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import processes
from support.servers import postfix as find_postfix

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
meta_directory = /etc/postfix
shlib_directory = {libraries}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = mx.larchmere.example
mydomain = larchmere.example
mydestination =
local_recipient_maps =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
recipient_delimiter = +
virtual_mailbox_domains = larchmere.example
virtual_transport = lmtp:inet:127.0.0.1:{lmtp_port}
transport_maps = inline:{{ {{ delivered.example = discard: }} }}
default_transport = smtp:[127.0.0.1]:{next_hop}
smtp_tls_security_level = none
smtpd_tls_security_level = none
lmtp_destination_concurrency_limit = 10
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
"""

_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One running Postfix; `log` is what it said."""

    def __init__(self, folder: Path, *, lmtp_port: int, next_hop: int) -> None:
        self.folder, self.port = folder, _free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        etc = folder / "etc"
        for name in ("etc", "queue", "data"):
            (folder / name).mkdir()
        folder.chmod(0o755)
        shutil.chown(folder / "data", "postfix")
        values = {"folder": folder, "daemons": _setting("daemon_directory"), "libraries": _setting("shlib_directory")}
        (etc / "main.cf").write_text(_MAIN.format(lmtp_port=lmtp_port, next_hop=next_hop, **values))
        (etc / "master.cf").write_text(_MASTER.format(port=self.port))
        log = folder / "start.log"
        self.process = processes.start([str(find_postfix()), "-c", str(etc), "start-fg"], log=log)
        processes.wait_until(self._answers, self.process, log)

    @property
    def log(self) -> str:
        return (self.folder / "postfix.log").read_text()

    def put(self, raw: bytes, *, sender: str, to: str) -> None:
        """Hand in a mail as another mail server would."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as client:
            client.sendmail(sender, [to], raw)

    def stop(self) -> None:
        command = [str(find_postfix()), "-c", str(self.folder / "etc"), "abort"]
        subprocess.run(command, check=False, capture_output=True)
        processes.stop(self.process)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                return line.recv(64).startswith(b"220 ")
        except OSError:
            return False


def _setting(name: str) -> str:
    said = subprocess.run(["/usr/sbin/postconf", "-d", "-h", name], check=True, capture_output=True, text=True)
    return said.stdout.strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def open_postfix() -> Iterator[Callable[[int, int], Postfix]]:
    """Starts a Postfix that delivers to this LMTP port and relays everything else to that SMTP port."""
    if os.geteuid() != 0:
        pytest.skip("Postfix must be started as root")
    folders: list[Path] = []
    running: list[Postfix] = []

    def start(lmtp_port: int, next_hop: int) -> Postfix:
        folders.append(Path(tempfile.mkdtemp(prefix="earshot-postfix-")))
        running.append(Postfix(folders[-1], lmtp_port=lmtp_port, next_hop=next_hop))
        return running[-1]

    yield start
    for postfix in running:
        postfix.stop()
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
