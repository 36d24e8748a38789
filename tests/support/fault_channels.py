"""Three residents who write to the house of a fault test, and what they and the providers saw of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select
from support.fault import House
from support.imap_server import Account
from support.smtp_server import SmtpServer
from support.twilio_server import TwilioServer

from casework.storage.tables import Message, Notice

OURS = "+441632960100"
WORDS = "Your contractor has missed my appointment for the third time and nobody calls back. I am fed up with this."


@dataclass(frozen=True)
class Resident:
    name: str
    phone: str
    email: str


NGOZI = Resident("Ngozi Okafor", "+447700900123", "ngozi.okafor@example.org")
STAN = Resident("Stan Bright", "+447700900456", "stan.bright@example.net")
EWA = Resident("Ewa Kowalska", "+447700900789", "ewa.kowalska@example.org")
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


def tally(house: House, channel: Texts | Mails, residents: tuple[Resident, ...] = RESIDENTS) -> Tally:
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


def how_settled(house: House, channel: Texts | Mails) -> str:
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
    return Resident(f"Resident {number}", f"+447700900{number:03d}", f"resident{number}@example.org")
