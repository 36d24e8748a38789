"""Mail servers that take what is sent to them: a plain sink, and one that files copies as Microsoft 365 and Gmail do.

Fixtures: `smtp_sink` (with faults to be switched on) and `submission_server`, which appends every mail that it
takes to the Sent folder of the `mailbox_server` account, and delivers what is addressed to it to its INBOX.
"""

import asyncio
import base64
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, auth_mechanism
from support.imap_server import Account


@dataclass(frozen=True)
class Taken:
    """One mail that a server took."""

    sender: str
    to: tuple[str, ...]
    raw: bytes


@dataclass
class SmtpServer:
    """`mails` holds what was taken. `refuse_recipient` and `refuse_content` answer with a line such as "550 …";
    `after_data` is called when a mail has been taken, before the server says so: it may raise, sleep or hang up."""

    mails: list[Taken] = field(default_factory=list)
    connections: int = 0
    refuse_recipient: Callable[[str], str | None] = lambda address: None
    refuse_content: str | None = None
    take: bool = True
    seconds_before_answer: float = 0
    hang_up_after_data: bool = False
    hang_up_before_data: bool = False
    on_mail: Callable[[Taken], None] = lambda mail: None
    starttls: ssl.SSLContext | None = None
    tls: ssl.SSLContext | None = None
    offers_reports: bool = False
    takes_token: Callable[[str], bool] | None = None
    signed_in: int = 0

    def __post_init__(self) -> None:
        self._stopped = False
        self._controller = _Controller(_Handler(self), hostname="127.0.0.1", port=_free_port(), ssl_context=self.tls)
        self._controller.start()
        self.port = self._controller.port
        self.url = f"smtp://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Stop listening; a second call does nothing."""
        if not self._stopped:
            self._stopped = True
            self._controller.stop()

    def wait_for(self, count: int, seconds: float = 20) -> list[Taken]:
        """The mails once there are at least `count`."""
        end = time.monotonic() + seconds
        while len(self.mails) < count:
            if time.monotonic() > end:
                raise AssertionError(f"{len(self.mails)} mails were sent, not {count}, in {seconds} s")
            time.sleep(0.02)
        return list(self.mails)


class _Controller(Controller):
    def factory(self) -> SMTP:
        limits: dict[str, Any] = {"data_size_limit": 50 * 1024 * 1024, "enable_SMTPUTF8": True}
        limits |= {"hostname": "sink.example", "auth_require_tls": False}
        return SMTP(self.handler, tls_context=self.handler.server.starttls, **limits)


class _Handler:
    """aiosmtpd's hooks."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server

    async def handle_EHLO(self, smtp: Any, session: Any, envelope: Any, host: str, offers: list[str]) -> list[str]:
        self.server.connections += 1
        session.host_name = host
        if self.server.offers_reports:  # and will not take their parameters: aiosmtpd knows none of them
            offers.insert(1, "250-DSN")
        return offers

    @auth_mechanism("XOAUTH2")
    async def auth_XOAUTH2(self, smtp: Any, args: list[str]) -> AuthResult:
        said = base64.b64decode(args[1]).decode()
        found = re.fullmatch(r"user=[^\x01]+\x01auth=Bearer ([^\x01]+)\x01\x01", said)
        takes = self.server.takes_token
        if found and takes is not None and takes(found[1]):
            self.server.signed_in += 1
            return AuthResult(success=True)
        await smtp.challenge_auth('{"status":"401","schemes":"bearer"}')
        return AuthResult(success=False, handled=False)

    async def handle_RCPT(self, smtp: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        refusal = self.server.refuse_recipient(address)
        if self.server.takes_token is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if refusal:
            return refusal
        if self.server.hang_up_before_data:
            smtp.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp: Any, session: Any, envelope: Any) -> str:
        if self.server.refuse_content:
            return self.server.refuse_content
        mail = Taken(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.original_content)
        if self.server.take:
            self.server.mails.append(mail)
            await asyncio.get_running_loop().run_in_executor(None, self.server.on_mail, mail)
        if self.server.seconds_before_answer:
            await asyncio.sleep(self.server.seconds_before_answer)
        if self.server.hang_up_after_data:
            smtp.transport.abort()
        return f"250 2.0.0 queued as {len(self.server.mails)}"


def files_copies_into(account: Account) -> Callable[[Taken], None]:
    """What a submission server does with a mail: a copy into Sent; and into the inbox if it is to ourselves."""

    def file(mail: Taken) -> None:
        account.put(mail.raw, folder="Sent")
        if any(re.match(rf"(?:info|{re.escape(account.user)})@", address) for address in mail.to):
            account.put(mail.raw)

    return file


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def smtp_sink() -> Iterator[SmtpServer]:
    """A mail server that takes everything and delivers nothing."""
    server = SmtpServer()
    yield server
    server.stop()


@pytest.fixture
def submission_server(mailbox_server: Account) -> Iterator[SmtpServer]:
    """A mail server that files a copy of each mail in the Sent folder of `mailbox_server`."""
    server = SmtpServer()
    server.on_mail = files_copies_into(mailbox_server)
    yield server
    server.stop()
