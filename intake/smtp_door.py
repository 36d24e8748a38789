"""An SMTP or LMTP door on this machine: `python -m intake.smtp_door [FD]`. Mail to us is received at the desk.

It stands behind a mail server of the landlord's own (Postfix, Exchange), which keeps strangers and spam away. FD is a
listening socket that `earshot run` holds for it; without one it listens where EARSHOT_SMTP_DOOR_BIND says.

The sender's mail server hears 250 only when the mail stands in the book (law 1), by LMTP for each recipient of its
own. A mail to several addresses of ours is one message. Mail for anybody else is refused, except where
EARSHOT_SMTP_DOOR_KEEPS names a Maildir folder that keeps it: so the demo neighbourhood gets what Earshot sends, and
nothing leaves the machine.
"""

import asyncio
import logging
import mailbox
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.exc import SQLAlchemyError

from casework.storage.sessions import book
from casework.storage.trouble import where
from channels import contacts
from channels.email import plus
from channels.email import settings as email
from channels.email.inbound import read
from intake.accept import accept

log = logging.getLogger(__name__)

MOST_BYTES = 25 * 1024 * 1024
"""What most mail providers take; a larger mail is refused with 552 before it is read."""

MOST_CONNECTIONS = 50
"""At once; whoever comes then is told to come back. Each may hold a mail in memory."""

SILENCE_SECONDS = 300
"""RFC 5321's own patience for one command, and for one mail: a line that is slower is closed."""

LONGEST_LINE = 1024 * 1024
"""RFC 5321 allows 998 bytes, and mail programs send longer ones all the same: such a mail is a resident's too."""

STARTED_BY = "EARSHOT_STARTED_BY"


class Door(BaseSettings):
    """Where the door stands, and where it keeps mail that is not for us (nowhere: such mail is refused)."""

    model_config = SettingsConfigDict(env_prefix="EARSHOT_SMTP_DOOR_", env_ignore_empty=True, frozen=True)

    bind: str = "127.0.0.1:2525"
    protocol: Literal["smtp", "lmtp"] = "smtp"
    addresses: str = ""
    keeps: Path | None = None

    @field_validator("bind")
    @classmethod
    def _bind_is_host_and_port(cls, bind: str) -> str:
        host, _, port = bind.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError("must be HOST:PORT, for example 127.0.0.1:2525")
        return bind

    @field_validator("addresses")
    @classmethod
    def _each_is_an_address(cls, addresses: str) -> str:
        for one in addresses.replace(",", " ").split():
            if contacts.email_address(one) is None:
                raise ValueError(
                    "must be addresses, separated by commas: repairs@larchmere.example, hello@larchmere.example"
                )
        return addresses

    @cached_property
    def also_ours(self) -> frozenset[str]:
        """Our other addresses, beside EARSHOT_MAIL_FROM."""
        return frozenset(one.lower() for one in self.addresses.replace(",", " ").split())


@cache
def settings() -> Door:
    """The settings of this process; `settings.cache_clear()` reads the environment again."""
    return Door()


class Desk:
    """What happens to a mail at the door."""

    def __init__(self, ours: str, keeps: Path | None, also_ours: frozenset[str] = frozenset()) -> None:
        self._ours = ours.lower()
        self._addresses = also_ours | {self._ours}
        self._keeps = keeps
        self.lines: set[SMTP] = set()

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if not self._is_ours(address) and self._keeps is None:
            return f"550 5.1.1 Only mail for {self._ours} is received here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        work = partial(self.receive, content, list(envelope.rcpt_tos), now=datetime.now(UTC))
        told = await asyncio.get_running_loop().run_in_executor(None, work)
        if isinstance(server, LMTP):
            return "\r\n".join(told)
        return next((one for one in told if not one.startswith("250")), told[0])

    async def handle_exception(self, error: Exception) -> str:
        log.error("The door failed unforeseen: %s", where(error))
        return "451 4.3.0 We cannot take this right now, please try again in a minute"

    def receive(self, content: bytes, recipients: Sequence[str], *, now: datetime) -> list[str]:
        """Keep one mail and answer for each recipient; where that is a 250, everything is on disk."""
        ours = [address for address in recipients if self._is_ours(address)]
        kept = self._tell(lambda: f" as {self._accept(content, ours, now)}") if ours else ""
        return [
            kept if self._is_ours(address) else self._tell(lambda address=address: self._put_aside(content, address))  # type: ignore[misc]
            for address in recipients
        ]

    def _is_ours(self, address: str) -> bool:
        return address.lower() in self._addresses or plus.without_token(address.lower()) in self._addresses

    @staticmethod
    def _tell(keep: Callable[[], str]) -> str:
        try:
            return f"250 2.0.0 kept{keep()}"
        except (SQLAlchemyError, OSError) as error:
            log.warning("A mail could not be kept (%s): its sender will try again.", type(error).__name__)
            return "451 4.3.0 We cannot keep this mail right now, please try again in a minute"

    def _accept(self, content: bytes, recipients: Sequence[str], now: datetime) -> int:
        message = read(content, received_at=now, our_address=self._ours)
        if token := plus.token_in(recipients):
            message = replace(message, details={**message.details, "case_token": token})
        return accept(book(), message, now=now).id

    def _put_aside(self, content: bytes, address: str) -> str:
        if self._keeps is None:
            raise PermissionError("This door keeps mail for nobody else.")
        folder = mailbox.Maildir(self._keeps, create=True)
        folder.add(b"Delivered-To: " + address.encode("utf-8", "replace") + b"\r\n" + content)
        return ""


class Listener(Controller):
    """aiosmtpd's thread of its own, on a socket that listens already where there is one."""

    listening: socket.socket | None = None
    speaks: type[SMTP] = SMTP

    def _create_server(self) -> Any:
        if self.listening is None:
            return super()._create_server()
        return self.loop.create_server(self._factory_invoker, sock=self.listening)

    def factory(self) -> Any:
        lines: set[SMTP] = self.handler.lines
        return self.speaks(self.handler, **self.SMTP_kwargs) if len(lines) < MOST_CONNECTIONS else Busy()


class Busy(asyncio.Protocol):
    """For whoever comes when all lines are taken."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a socket's transport is
        transport.write(b"421 4.7.0 Too many connections, please come back in a minute\r\n")
        transport.close()


class SmtpLine(SMTP):
    """One connection that speaks SMTP."""

    line_length_limit = LONGEST_LINE

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.event_handler.lines.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.lines.discard(self)
        super().connection_lost(error)


class LmtpLine(SmtpLine, LMTP):
    """One connection that speaks LMTP: after a mail there is an answer for each of its recipients (RFC 2033)."""

    _recipients = 0

    async def smtp_DATA(self, arg: str) -> None:
        self._recipients = len(self.envelope.rcpt_tos) if self.envelope else 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self._recipients = 0

    async def push(self, status: str | bytes) -> None:
        said = status.decode() if isinstance(status, bytes) else status
        if self._recipients > 1 and "\r\n" not in said and not said.startswith(("354", "503", "501")):
            said = "\r\n".join([said] * self._recipients)
        await super().push(said)


def open_door(door: Door, listening: socket.socket | None = None) -> Controller:
    """A listening door, in a thread of its own; raises SystemExit with a sentence where mail is not set up."""
    if email.settings().mail_from is None:
        raise SystemExit("The mail door needs EARSHOT_MAIL_FROM, the address that residents write to.")
    host, _, port = door.bind.rpartition(":")
    desk = Desk(email.settings().sender.address, door.keeps, door.also_ours)
    controller = Listener(
        desk,
        hostname=host.strip("[]"),
        port=int(port),
        data_size_limit=MOST_BYTES,
        enable_SMTPUTF8=True,
        timeout=SILENCE_SECONDS,
        ident="Earshot",
    )
    controller.listening = listening
    controller.speaks = LmtpLine if door.protocol == "lmtp" else SmtpLine
    controller.start()
    return controller


def main() -> None:
    """Stand open until SIGTERM, Ctrl-C, or the end of who started us."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname).1s %(name)s: %(message)s")
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd names addresses below that
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    controller = open_door(settings(), socket.socket(fileno=int(sys.argv[1])) if sys.argv[1:] else None)
    started_by = int(os.environ.get(STARTED_BY, "0"))
    while not stop.wait(1):
        if started_by and os.getppid() != started_by:
            break
    controller.stop()


if __name__ == "__main__":
    main()
