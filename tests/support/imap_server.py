"""Dovecot as an ordinary user on a port of its own: a real mailbox for the tests.

    def test_…(mailbox_server): mailbox_server.put(raw); mailbox_server.imap_url(); mailbox_server.mails("Sent")

Fixtures: `mailbox_server` gives each test an account of its own on one shared server; `own_imap_server` a server
for this test alone, which it may stop, kill and start.
"""

import contextlib
import getpass
import grp
import os
import pwd
import secrets
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from imapclient import IMAPClient
from support import processes
from support.oauth_server import OAuthServer
from support.servers import dovecot as find_dovecot

PASSWORD = "pass/word@1"  # an @ and a slash, so that addresses must be encoded right

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_username_format = %Ln
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
mail_location = mdbox:~/mdbox
first_valid_uid = 1
mail_max_userip_connections = 200
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp_port}
  }}
}}
{tokens}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
"""


_TOKENS = """
auth_mechanisms = plain xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
"""

_TOKEN_INFO = """
tokeninfo_url = {url}?access_token=
username_attribute = username
"""


class ImapServer:
    """Any user name logs in with PASSWORD; a box is made at the first login.

    With `token_info_url` it also takes tokens (XOAUTH2), and asks there whose each is.
    """

    def __init__(self, folder: Path, *, token_info_url: str = "") -> None:
        self.folder = folder
        self.imap_port, self.lmtp_port = _free_port(), _free_port()
        user = processes.unprivileged() or getpass.getuser()
        entry = pwd.getpwnam(user)
        group = grp.getgrgid(entry.pw_gid).gr_name
        for name in ("run", "state", "mail"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        tokens = _TOKENS.format(folder=folder) if token_info_url else ""
        if token_info_url:
            (folder / "oauth2.conf").write_text(_TOKEN_INFO.format(url=token_info_url))
        values = {"folder": folder, "user": user, "group": group, "password": PASSWORD, "tokens": tokens}
        config = _CONFIG.format(imap_port=self.imap_port, lmtp_port=self.lmtp_port, **values)
        (folder / "dovecot.conf").write_text(config)
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, entry.pw_uid, entry.pw_gid)
        self._user = processes.unprivileged()
        self.start()

    def start(self) -> None:
        log = self.folder / "start.log"
        command = [str(find_dovecot()), "-F", "-c", str(self.folder / "dovecot.conf")]
        self.process = processes.start(command, log=log, user=self._user)
        processes.wait_until(self._answers, self.process, log)

    def stop(self) -> None:
        """Stop at once, with the children that would otherwise serve their open connections for half a minute."""
        children = _children(self.process.pid)
        processes.stop(self.process)
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def account(self, name: str | None = None) -> "Account":
        return Account(self, name or f"box-{secrets.token_hex(6)}")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.imap_port), timeout=1) as line:
                return line.recv(64).startswith(b"* OK")
        except OSError:
            return False


@dataclass(frozen=True)
class Account:
    """One box on the server."""

    server: ImapServer
    user: str

    @property
    def imap_url(self) -> str:
        return f"imap://{self.user}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.server.imap_port}/INBOX"

    def put(self, *mails: bytes, folder: str = "INBOX", at: datetime | None = None) -> None:
        with self.open() as client:
            for raw in mails:
                client.append(folder, raw, msg_time=at)

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        """The raw mails in a folder, in order; empty when there is no such folder."""
        with self.open() as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
            return [data[b"BODY[]"] for _, data in sorted(found.items())]

    def wait_for(self, count: int, folder: str = "INBOX", seconds: float = 20) -> list[bytes]:
        """The mails in a folder once there are at least `count`."""
        end = time.monotonic() + seconds
        while len(found := self.mails(folder)) < count:
            if time.monotonic() > end:
                raise AssertionError(f"{folder} holds {len(found)} mails, not {count}, after {seconds} s")
            time.sleep(0.05)
        return found

    def open(self) -> IMAPClient:
        client = IMAPClient("127.0.0.1", self.server.imap_port, ssl=False, timeout=20)
        client.login(self.user, PASSWORD)
        return client


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def _running(token_info_url: str = "") -> Iterator[ImapServer]:
    folder = Path(tempfile.mkdtemp(prefix="earshot-imap-"))
    try:
        server = ImapServer(folder, token_info_url=token_info_url)
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _shared_imap_server() -> Iterator[ImapServer]:
    yield from _running()


@pytest.fixture
def mailbox_server(_shared_imap_server: ImapServer) -> Account:
    """An empty box of this test's own on a real IMAP server."""
    return _shared_imap_server.account()


@pytest.fixture
def own_imap_server() -> Iterator[ImapServer]:
    """An IMAP server for this test alone, which it may stop and start."""
    yield from _running()


@pytest.fixture
def oauth() -> Iterator[OAuthServer]:
    """A server that hands out tokens for the user `info`."""
    with OAuthServer("info") as server:
        yield server


@pytest.fixture
def token_imap_server(oauth: OAuthServer) -> Iterator[ImapServer]:
    """An IMAP server for this test alone that takes the tokens of `oauth`."""
    yield from _running(f"{oauth.url}/tokeninfo")
