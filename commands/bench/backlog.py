"""A box that is full when Earshot comes back, one mail in fifty of it damaged: all of it must be accounted for."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from imapclient import IMAPClient
from sqlalchemy import func, select

from casework.storage import ledger
from casework.storage.tables import Message, Notice
from channels.email.settings import imap_address
from commands.bench.house import House, percentiles, wait_until
from commands.bench.mails import mail
from commands.bench.whole import STAGING

RUN = "backlog"
EVERY = 50
"""One mail in so many is damaged."""

_SENT = ("accepted", "delivered")
_AN_HOUR = timedelta(hours=1)

Damage = Callable[[bytes, int], bytes]


def _cut(raw: bytes, number: int) -> bytes:
    return raw[: 120 + number % 300]


def _without_an_id(raw: bytes, number: int) -> bytes:
    return raw.replace(b"Message-ID:", b"Massage-ID:")


def _of_another_charset(raw: bytes, number: int) -> bytes:
    return raw.replace(b"utf-8", b"x-nothing").replace(b"Yours", b"\xa3\xff\xfe Yours")


def _with_broken_parts(raw: bytes, number: int) -> bytes:
    head = b'Content-Type: multipart/mixed; boundary="b"'
    body = b"\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!%%%%" + str(number).encode()
    return raw.replace(b"Content-Type: text/plain; charset=utf-8", head).partition(b"\r\n\r\n")[0] + body


def _without_a_head(raw: bytes, number: int) -> bytes:
    return b"\r\n" + raw.partition(b"\r\n\r\n")[2]


def _noise(raw: bytes, number: int) -> bytes:
    return bytes((number * 7 + place * 13) % 255 + 1 for place in range(400)) + str(number).encode()


DAMAGES: tuple[Damage, ...] = (
    _cut, _without_an_id, _of_another_charset, _with_broken_parts, _without_a_head, _noise,
)  # fmt: skip


def mails(count: int) -> Iterator[bytes]:
    """So many mails, each another one, the damaged ones spread among them."""
    for number in range(count):
        raw = mail(number, RUN)
        yield DAMAGES[number // EVERY % len(DAMAGES)](raw, number) if number % EVERY == EVERY - 1 else raw


def fill(imap: str, count: int) -> None:
    """Put the mails in the inbox, as they would have come in an hour ago."""
    address = imap_address(imap)
    client = IMAPClient(address.host, address.port, ssl=address.security == "tls", timeout=60)
    client.login(address.user, address.password)
    if not client.folder_exists(STAGING):
        client.create_folder(STAGING)
    for raw in mails(count):
        client.append(STAGING, raw, msg_time=datetime.now(UTC) - _AN_HOUR)
    client.select_folder(STAGING)
    client.move(client.search(), "INBOX")
    client.logout()


def measure(house: House, count: int) -> dict[str, Any]:
    """From the opening of the doors until everything is settled; memory early on and at the end."""
    began, started = time.perf_counter(), datetime.now(UTC)
    wait_until(lambda: _seen(house) >= count // 10, "the first of the backlog", 300)
    early = _memory(house)
    wait_until(lambda: _seen(house) == count and _waiting(house) == 0, "the end of the backlog", 1800)
    wait_until(lambda: _owed(house) == 0, "every receipt", 600)
    took = time.perf_counter() - began
    late = _memory(house)
    wait_until(lambda: _compared(house) is not None, "the mailbox to be compared with the book", 120)
    with house.book.reading() as session:
        now = datetime.now(UTC)
        day = ledger.of_day(session, since=started - timedelta(days=1), until=now, now=now)
        compared = ledger.newest(session)[0]
        return {
            "mails": count,
            "damaged": count // EVERY,
            "messages_per_second": round(count / took, 1),
            "seconds_from_start_to_receipt": percentiles(_since(house, started)),
            "ms_from_accepted_to_receipt": percentiles(_since(house, None), digits=0),
            "ledger": {"seen": day.total.seen, **day.total.ended},
            "unaccounted": count - day.total.seen,
            "mailbox": {"held": compared.held, "known": compared.known, "astray": compared.astray},
            "rss_mib_at_a_tenth": early,
            "rss_mib_at_the_end": late,
        }


def _memory(house: House) -> int:
    return max((kept["rss_mib"] or 0 for name, kept in house.memory().items() if name.startswith("worker")), default=0)


def _seen(house: House) -> int:
    with house.book.reading() as session:
        return (
            session.scalar(select(func.count() + func.coalesce(func.sum(Message.copies), 0)).select_from(Message)) or 0
        )


def _waiting(house: House) -> int:
    with house.book.reading() as session:
        return session.scalar(select(func.count()).where(Message.outcome.is_(None))) or 0


def _owed(house: House) -> int:
    owed = select(func.count()).where(Notice.kind == "receipt", Notice.state.in_(("due", "claimed", "in_doubt")))
    with house.book.reading() as session:
        return session.scalar(owed) or 0


def _compared(house: House) -> Any:
    with house.book.reading() as session:
        return next(iter(ledger.newest(session)), None)


def _since(house: House, started: datetime | None) -> list[float]:
    """Seconds from `started` to each receipt, or milliseconds from when its message was accepted."""
    with house.book.reading() as session:
        rows = session.execute(
            select(Message.accepted_at, Notice.accepted_at)
            .join(Notice, Message.case_id == Notice.case_id)
            .where(Notice.kind == "receipt", Notice.state.in_(_SENT))
        ).all()
    if started is not None:
        return [(handed - started).total_seconds() for _, handed in rows if handed is not None]
    return [(handed - accepted).total_seconds() * 1000 for accepted, handed in rows if handed is not None]
