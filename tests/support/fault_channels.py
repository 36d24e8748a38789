"""Three residents who write to the house of a fault test, and what they and the providers saw of it."""

import re
import smtplib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select
from support.fault import House, eventually
from support.imap_server import Account
from support.smtp_server import SmtpServer
from support.telegram_server import TelegramServer
from support.twilio_server import TwilioServer

from casework.storage.tables import Message, Notice

OURS = "+441632960100"
WORDS = "Your contractor has missed my appointment for the third time and nobody calls back. I am fed up with this."


@dataclass(frozen=True)
class Resident:
    name: str
    phone: str
    email: str
    chat: int


NGOZI = Resident("Ngozi Okafor", "+447700900123", "ngozi.okafor@example.org", 5550123)
STAN = Resident("Stan Bright", "+447700900456", "stan.bright@example.net", 5550456)
EWA = Resident("Ewa Kowalska", "+447700900789", "ewa.kowalska@example.org", 5550001)
RESIDENTS = (NGOZI, STAN, EWA)


@dataclass
class Texts:
    """SMS: Twilio pushes, and pushes again until it gets a 200; it remembers every text that it took from us."""

    house: House
    twilio: TwilioServer
    answers: list[list[int]] = field(default_factory=list)
    name: str = "sms"

    def send(self, resident: Resident, words: str = WORDS, **extra: str) -> None:
        fields = self.twilio.text_fields(resident.phone, words, OURS, **extra)
        self.answers.append(self.push("/webhooks/sms", fields))

    def push(self, path: str, fields: dict[str, str]) -> list[int]:
        return self.house.post(path, *self.signed(path, fields))

    def signed(self, path: str, fields: dict[str, str]) -> tuple[bytes, dict[str, str]]:
        signature = self.twilio.signature(self.house.url + path, fields)
        kind = "application/x-www-form-urlencoded"
        return urlencode(fields).encode(), {"Content-Type": kind, "X-Twilio-Signature": signature}

    def address(self, resident: Resident) -> str:
        return resident.phone

    def received(self, resident: Resident) -> list[Any]:
        return [text for text in self.twilio.messages if text["to"] == resident.phone]


@dataclass
class Mails:
    """E-mail: what is put into the mailbox is collected; the submission server remembers every mail that it took."""

    account: Account
    submission: SmtpServer
    answers: list[list[int]] = field(default_factory=list)
    name: str = "email"

    def send(self, resident: Resident, words: str = WORDS, *, subject: str = "My appointment") -> None:
        self.account.put(letter(resident, words, subject=subject))

    def address(self, resident: Resident) -> str:
        return resident.email

    def received(self, resident: Resident) -> list[Any]:
        return [mail for mail in self.submission.mails if resident.email in mail.to]


@dataclass
class Forms(Mails):
    """The form on the web: a browser that gets no answer sends the same page again; answered by e-mail."""

    house: House = field(kw_only=True)
    name: str = "form"

    def send(self, resident: Resident, words: str = WORDS, *, subject: str = "") -> None:
        found = re.search(r'name="form" value="([^"]+)"', self.house.get("/"))
        assert found is not None
        fields = {"form": found[1], "name": resident.name, "email": resident.email, "message": words}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self.answers.append(self.house.post("/", urlencode(fields).encode(), headers))


@dataclass
class Doors(Mails):
    """The SMTP door: a mail server that hears no 250 delivers the same mail again; answered by e-mail."""

    house: House = field(kw_only=True)
    port: int = field(kw_only=True)
    name: str = "door"

    def send(self, resident: Resident, words: str = WORDS, *, subject: str = "My appointment") -> None:
        raw = letter(resident, words, subject=subject)
        answers: list[int] = []
        eventually(lambda: self._deliver(resident, raw, answers), 20, lambda: f"the door never took it: {answers}")
        self.answers.append(answers)

    def _deliver(self, resident: Resident, raw: bytes, answers: list[int]) -> bool:
        self.house.keep("door")
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as line:
                line.sendmail(resident.email, ["info@larchmere.example"], raw)
        except ConnectionRefusedError:
            return False  # it is on its way up
        except (smtplib.SMTPException, OSError):
            answers.append(0)
            return False
        answers.append(200)
        return True


@dataclass
class Chats:
    """Telegram: updates are pushed until they get a 200, or given again until the next offset confirms them."""

    house: House
    telegram: TelegramServer
    answers: list[list[int]] = field(default_factory=list)
    name: str = "chat"

    def send(self, resident: Resident, words: str = WORDS) -> None:
        before = len(self.telegram.pushes)
        if self.house.public:
            eventually(lambda: self.telegram.webhook, 20, self.house.words)
        self.telegram.say(words, chat_id=resident.chat, first_name=resident.name.partition(" ")[0])
        if self.house.public:
            eventually(self._pushed, 20, lambda: f"never taken: {self.telegram.pushes}")
            self.answers.append(self.telegram.pushes[before:])

    def _pushed(self) -> bool:
        if self.telegram.waiting:
            self.telegram.push_waiting()
        return not self.telegram.waiting

    def address(self, resident: Resident) -> str:
        return str(resident.chat)

    def received(self, resident: Resident) -> list[Any]:
        return [said for said in self.telegram.messages if said["chat"]["id"] == resident.chat]


Line = Texts | Mails | Forms | Doors | Chats


def letter(resident: Resident, words: str, *, subject: str) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"{resident.name} <{resident.email}>"
    mail["To"] = "info@larchmere.example"
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain="example.org")
    mail.set_content(words)
    return mail.as_bytes()


@dataclass(frozen=True)
class Tally:
    lost: int
    doubled: int


def tally(house: House, channel: Line, residents: tuple[Resident, ...] = RESIDENTS) -> Tally:
    """Each resident wrote once: one message, one case, one receipt owed, one copy at the provider.

    What was sent is read from the provider's own record, not from ours.
    """
    lost = doubled = 0
    with house.book.reading() as session:
        for resident in residents:
            address = channel.address(resident)
            heard = session.execute(
                select(func.count(), func.count(Message.case_id.distinct())).where(Message.sender == address)
            ).one()
            owed = session.scalar(select(func.count()).where(Notice.kind == "receipt", Notice.address == address)) or 0
            for count in (*heard, owed, len(channel.received(resident))):
                lost += count == 0
                doubled += max(0, count - 1)
    return Tally(lost, doubled)


def how_settled(house: House, channel: Line) -> str:
    """What mended it, as the journal, the copies and the HTTP answers tell."""
    events = house.events()
    with house.book.reading() as session:
        copies = session.scalar(select(func.sum(Message.copies))) or 0
    told = []
    if any(len(answers) > 1 for answers in channel.answers):
        told.append("pushed again, known as a copy" if copies else "pushed again")
    elif copies:
        told.append("heard again, known as a copy")
    if "notice_not_sent" in events:
        told.append("in doubt: asked, not there, sent once")
    elif "notice_in_doubt" in events:
        told.append("in doubt: asked, it had gone")
    return "; ".join(told) or "taken up again from the book"


def neighbour(number: int) -> Resident:
    """One of many residents."""
    return Resident(f"Resident {number}", f"+447700900{number:03d}", f"resident{number}@example.org", 5560000 + number)
