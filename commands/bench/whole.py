"""The whole way: a mail in a real mailbox → classified → case and clocks → its receipt handed to an SMTP server."""

import time
from typing import Any

from imapclient import IMAPClient
from sqlalchemy import func, select

from casework.storage.tables import Message, Notice, Position
from channels.email.settings import imap_address
from commands.bench.house import House, percentiles, wait_until
from commands.bench.mails import mail

STAGING = "Staging"
WARM_UP = 50
_SENT = ("accepted", "delivered")


def measure(house: House, messages: int) -> dict[str, Any]:
    """Mails a second from the moment they stand in the inbox, with the times from accept to handed-over.

    Once all at once (a Monday morning), and once at a third of that rate (an ordinary day), which is when
    the times say how long a resident waits.
    """
    wait_until(lambda: _collecting(house), "the collector", 60)
    _send(house, "warm", WARM_UP)
    wait_until(lambda: _handed(house, "warm") == WARM_UP, "the first receipts", 120)
    began = time.perf_counter()
    _send(house, "burst", messages)
    wait_until(lambda: _handed(house, "burst") == messages, "every receipt", 300)
    rate = messages / (time.perf_counter() - began)
    _send(house, "paced", messages // 2, rate=rate / 3)
    wait_until(lambda: _handed(house, "paced") == messages // 2, "every receipt", 300)
    return {
        "messages_per_second": round(rate, 1),
        "ms_all_at_once": percentiles(_times(house, "burst"), digits=0),
        "ms_at_a_third_of_the_rate": percentiles(_times(house, "paced"), digits=0),
        "lost": messages - _handed(house, "burst"),
    }


def _send(house: House, run: str, count: int, rate: float | None = None) -> None:
    """Put mails in the inbox: written beside it first, then moved, so that the server's writing is not measured."""
    address = imap_address(house.imap or "")
    client = IMAPClient(address.host, address.port, ssl=address.security == "tls", timeout=60)
    client.login(address.user, address.password)
    if not client.folder_exists(STAGING):
        client.create_folder(STAGING)
    for number in range(count):
        client.append(STAGING, mail(number, run))
    client.select_folder(STAGING)
    uids = client.search()
    if rate is None:
        client.move(uids, "INBOX")
    else:
        began = time.perf_counter()
        for start in range(0, len(uids), 5):
            time.sleep(max(0.0, began + start / rate - time.perf_counter()))
            client.move(uids[start : start + 5], "INBOX")
    client.logout()


def _collecting(house: House) -> bool:
    with house.book.reading() as session:
        return session.scalar(select(func.count()).select_from(Position)) == 1


def _of_run(run: str) -> Any:
    return Message.external_id.startswith(f"{run}-") | Message.external_id.startswith(f"<{run}-")


def _handed(house: House, run: str) -> int:
    with house.book.reading() as session:
        found = session.scalar(
            select(func.count())
            .select_from(Notice)
            .join(Message, Message.case_id == Notice.case_id)
            .where(Notice.kind == "receipt", Notice.state.in_(_SENT), _of_run(run))
        )
    return found or 0


def _times(house: House, run: str) -> list[float]:
    with house.book.reading() as session:
        rows = session.execute(
            select(Message.accepted_at, Notice.accepted_at)
            .join(Notice, Message.case_id == Notice.case_id)
            .where(Notice.kind == "receipt", Notice.state.in_(_SENT), _of_run(run))
        )
        return [(handed - accepted).total_seconds() * 1000 for accepted, handed in rows if handed is not None]
