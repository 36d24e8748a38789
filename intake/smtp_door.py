"""An SMTP door on this machine: `python -m intake.smtp_door [FD]`. Mail to our own address is received at the desk.

FD is a listening socket that `earshot run` holds for it; without one it listens where EARSHOT_SMTP_DOOR_BIND says.

The sender's mail server hears 250 only when the mail stands in the book (law 1). Mail for anybody else is
refused, except where EARSHOT_SMTP_DOOR_KEEPS names a Maildir folder that keeps it: so the demo
neighbourhood gets what Earshot sends, and nothing leaves the machine.
"""

import asyncio
import logging
import mailbox
import os
import signal
import socket
import sys
import threading
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.exc import SQLAlchemyError

from casework.storage.sessions import book
from channels.email import settings as email
from channels.email.inbound import read
from intake.accept import accept

log = logging.getLogger(__name__)

MOST_BYTES = 25 * 1024 * 1024
"""What most mail providers take; a larger mail is refused with 552 before it is read."""

STARTED_BY = "EARSHOT_STARTED_BY"


class Door(BaseSettings):
    """Where the door stands, and where it keeps mail that is not for us (nowhere: such mail is refused)."""

    model_config = SettingsConfigDict(env_prefix="EARSHOT_SMTP_DOOR_", env_ignore_empty=True, frozen=True)

    bind: str = "127.0.0.1:2525"
    keeps: Path | None = None

    @field_validator("bind")
    @classmethod
    def _bind_is_host_and_port(cls, bind: str) -> str:
        host, _, port = bind.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError("must be HOST:PORT, for example 127.0.0.1:2525")
        return bind


@cache
def settings() -> Door:
    """The settings of this process; `settings.cache_clear()` reads the environment again."""
    return Door()


class Desk:
    """What happens to a mail at the door."""

    def __init__(self, ours: str, keeps: Path | None) -> None:
        self._ours = ours.lower()
        self._keeps = keeps

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.lower() != self._ours and self._keeps is None:
            return f"550 5.1.1 Only mail for {self._ours} is received here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        work = partial(self.receive, content, list(envelope.rcpt_tos), now=datetime.now(UTC))
        return await asyncio.get_running_loop().run_in_executor(None, work)

    def receive(self, content: bytes, recipients: list[str], *, now: datetime) -> str:
        """Keep one mail and say so; when this returns a 250, everything is on disk."""
        told = "250 2.0.0 kept"
        try:
            for address in recipients:
                if address.lower() == self._ours:
                    told = f"250 2.0.0 kept as {self._accept(content, now)}"
                else:
                    self._put_aside(content, address)
        except (SQLAlchemyError, OSError) as error:
            log.warning("A mail could not be kept (%s): its sender will try again.", type(error).__name__)
            return "451 4.3.0 We cannot keep this mail right now, please try again in a minute"
        return told

    def _accept(self, content: bytes, now: datetime) -> int:
        return accept(book(), read(content, received_at=now, our_address=self._ours), now=now).id

    def _put_aside(self, content: bytes, address: str) -> None:
        if self._keeps is None:
            raise PermissionError("This door keeps mail for nobody else.")
        folder = mailbox.Maildir(self._keeps, create=True)
        folder.add(b"Delivered-To: " + address.encode("utf-8", "replace") + b"\r\n" + content)


class Listener(Controller):
    """aiosmtpd's thread of its own, on a socket that listens already where there is one."""

    listening: socket.socket | None = None

    def _create_server(self) -> Any:
        if self.listening is None:
            return super()._create_server()
        return self.loop.create_server(self._factory_invoker, sock=self.listening)


def open_door(door: Door, listening: socket.socket | None = None) -> Controller:
    """A listening door, in a thread of its own; raises SystemExit with a sentence where mail is not set up."""
    sender = email.settings().sender
    if sender is None:
        raise SystemExit("The SMTP door needs EARSHOT_MAIL_FROM, the address that residents write to.")
    host, _, port = door.bind.rpartition(":")
    controller = Listener(
        Desk(sender.address, door.keeps),
        hostname=host.strip("[]"),
        port=int(port),
        data_size_limit=MOST_BYTES,
        enable_SMTPUTF8=True,
        ident="Earshot",
    )
    controller.listening = listening
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
