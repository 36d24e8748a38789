"""Larchmere Homes and its neighbours: who they are, and the settings under which nothing leaves the machine.

`earshot run --demo` calls `prepare` before it starts anything; `populate` follows when the book is ready.
"""

import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from casework.storage import book as facts
from casework.storage import people, staff
from casework.storage.sessions import Book

LANDLORD = "Larchmere Homes"
OUR_MAIL = "info@larchmere.example"
OUR_NUMBER = "+441632960100"

SMTP_PORT = 2525
KEPT = "demo.json"


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody whom a newcomer can be; an empty contact means that they have none of that kind."""

    key: str
    name: str
    home: str
    email: str = ""
    phone: str = ""
    telegram: int = 0
    about: str = ""

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """Each address by which they can be reached, with its kind."""
        chat = str(self.telegram or "")
        return [(kind, at) for kind, at in (("phone", self.phone), ("email", self.email), ("telegram", chat)) if at]


RESIDENTS = (
    Resident(
        key="ngozi",
        name="Ngozi Okafor",
        home="12 Larch Court",
        email="ngozi.okafor@example.org",
        phone="+447700900123",
        about="Lives with her two children. The boiler has been mended twice already.",
    ),
    Resident(
        key="stan",
        name="Stan Bright",
        home="3 Mill Row",
        email="stan.bright@example.net",
        phone="+447700900456",
        about="Retired. Writes long e-mails and likes things done properly.",
    ),
    Resident(
        key="ewa",
        name="Ewa Kowalska",
        home="7 Larch Court",
        phone="+447700900789",
        telegram=5550001,
        about="Works nights, chats on Telegram, rarely picks up the phone.",
    ),
)

STAFF = (
    ("Priya Shah", "priya@larchmere.example", "officer", "+441632960101"),
    ("Tom Reed", "tom@larchmere.example", "manager", "+441632960102"),
)


@dataclass(frozen=True, slots=True)
class Keys:
    """What is made once for a demo and kept in its folder: secrets, the staff's password, the mail door's port."""

    password: str
    twilio_account_sid: str
    twilio_auth_token: str
    telegram_token: str
    telegram_secret: str
    smtp_port: int


def prepare(var: Path, bind: str) -> dict[str, str]:
    """The EARSHOT_ variables for everything that runs in the demo, on which nothing can be sent to anybody.

    A landlord's name, policy or public address that somebody has set stays as they have set it.
    """
    keys = _with_a_free_port(var, _keys(var))
    here = f"http://{reachable(bind)}"
    ours = {
        "LANDLORD": os.environ.get("EARSHOT_LANDLORD") or LANDLORD,
        "POLICY": os.environ.get("EARSHOT_POLICY") or "code-2024",
        "PUBLIC_URL": os.environ.get("EARSHOT_PUBLIC_URL") or here,
        "STAFF_ALERTS": "",
        "IMAP_URL": "",
        "IMAP_URL_FILE": "",
        "MAIL_FROM": f"{LANDLORD} <{OUR_MAIL}>",
        "SMTP_URL": f"smtp://127.0.0.1:{keys.smtp_port}",
        "SMTP_DOOR_BIND": f"127.0.0.1:{keys.smtp_port}",
        "SMTP_DOOR_KEEPS": str(mail_folder(var)),
        "TWILIO_ACCOUNT_SID": keys.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": keys.twilio_auth_token,
        "TWILIO_FROM": OUR_NUMBER,
        "SMS_QUIET_SECONDS": "3",
        "TWILIO_API_BASE": f"{here}/demo/twilio",
        "TELEGRAM_TOKEN": keys.telegram_token,
        "TELEGRAM_SECRET": keys.telegram_secret,
        "TELEGRAM_API_BASE": f"{here}/demo/telegram",
    }
    return {f"EARSHOT_{name}": value for name, value in ours.items()}


def populate(book: Book, *, var: Path, now: datetime | None = None) -> None:
    """Mark the book as the demo's, enter its residents, let its staff sign in; a second time changes nothing."""
    password, now = _keys(var).password, now or datetime.now(UTC)
    with book.transaction() as session:
        if not facts.is_demo(session):
            facts.mark_demo(session)
        for name, email, role, phone in STAFF:
            if staff.by_email(session, email) is None:
                staff.add(
                    session, email=email, name=name, role=role, password=password, phone=phone,
                    now=now, actor="demo",
                )  # fmt: skip
        for one in RESIDENTS:
            # Known by every address of theirs, so that who texts today and writes a mail tomorrow is the same person.
            known = people.find_contacts(session, set(one.addresses))
            writer = next(iter(known.values()), None)
            people.know(session, writer, one.addresses, known, name=one.name, home=one.home, adjustments="", now=now)


def sign_in(var: Path) -> tuple[str, str]:
    """The e-mail address and password with which a newcomer becomes the landlord's officer."""
    return STAFF[0][1], _keys(var).password


def resident(key: str) -> Resident | None:
    """The resident with this key."""
    return next((one for one in RESIDENTS if one.key == key), None)


def reachable(bind: str) -> str:
    """HOST:PORT by which this machine reaches a server that listens there, whatever interface it listens on."""
    host, _, port = bind.rpartition(":")
    return f"127.0.0.1:{port}" if host in ("0.0.0.0", "[::]", "::", "") else bind  # noqa: S104 - compared, not bound


def mail_folder(var: Path) -> Path:
    """The Maildir in which the SMTP door keeps what residents are sent."""
    return var.absolute() / "demo-mail"


def _keys(var: Path) -> Keys:
    path = var / KEPT
    try:
        return Keys(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        made = _new_keys()
    var.mkdir(parents=True, exist_ok=True)
    _write(path, made)
    return made


def _new_keys() -> Keys:
    words = ("amber", "birch", "cedar", "daisy", "elder", "fern", "hazel", "ivy", "larch", "maple", "oak", "rowan")
    said = [secrets.choice(words) for _ in range(3)]
    return Keys(
        password=f"{'-'.join(said)}-{secrets.randbelow(90) + 10}",
        twilio_account_sid=f"AC{secrets.token_hex(16)}",
        twilio_auth_token=secrets.token_hex(16),
        telegram_token=f"900100:{secrets.token_urlsafe(26)}",
        telegram_secret=secrets.token_hex(24),
        smtp_port=SMTP_PORT,
    )


def _with_a_free_port(var: Path, keys: Keys) -> Keys:
    if _is_free(keys.smtp_port):
        return keys
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    moved = Keys(**{**_as_json(keys), "smtp_port": port})  # type: ignore[arg-type]
    _write(var / KEPT, moved)
    return moved


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what a stopped door left behind is no hindrance
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _write(path: Path, keys: Keys) -> None:
    fresh = path.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(_as_json(keys), file, indent=1)
    fresh.replace(path)


def _as_json(keys: Keys) -> Mapping[str, str | int]:
    return {name: getattr(keys, name) for name in Keys.__dataclass_fields__}
