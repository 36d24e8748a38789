"""Pain 2: once a day the mailbox is compared with the book, and what was passed over is made good."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import delete
from support.book import House
from support.cast import NGOZI, OUR_MAILBOX, REQUEST, text
from support.imap_server import Account

from casework.storage import ledger
from casework.storage.tables import Balance, Message, Position
from channels.email import mailbox
from channels.email.collect import MailSource
from channels.email.settings import imap_address
from channels.errors import ChannelError
from intake import balance
from intake.collect import _store_again, collect_once

pytestmark = pytest.mark.needs("dovecot")

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


def raw(number: int, name: str = "", size: int = 0) -> bytes:
    named = f"Message-ID: <{name or number}@mail.example.org>\r\n" if name != "none" else ""
    head = f"From: {NGOZI.email}\r\n{named}Subject: Boiler {number}\r\n\r\nNo heating on day {number}.\r\n"
    return head.encode() + b"x" * size


@pytest.fixture
def source(mailbox_server: Account) -> MailSource:
    return MailSource(imap_address(mailbox_server.imap_url), OUR_MAILBOX)


@pytest.fixture
def compare(house: House, source: MailSource) -> Callable[..., Balance]:
    """One comparison at `now`, over a connection of its own."""

    def compare(now: datetime = NOW) -> Balance:
        source.open()
        try:
            found = balance.compare(house.desk, source, partial(_store_again, source, now=now), now=now)
        finally:
            source.close()
        return found

    return compare


def collect(house: House, source: MailSource) -> None:
    source.open()
    while collect_once(house.book, source, now=NOW).more:
        pass
    source.close()


def figures(found: Balance) -> tuple[int, int, int, int, int]:
    return found.held, found.known, found.fetched, found.tidied, found.astray


def test_a_box_that_was_read_whole_balances(
    house: House, mailbox_server: Account, source: MailSource, compare: Callable[..., Balance]
) -> None:
    mailbox_server.put(raw(1), raw(2, "none"), raw(1), at=NOW - HOUR)
    collect(house, source)
    assert figures(compare()) == (2, 2, 0, 0, 0)
    assert house.alerts() == []


def test_pain_2_a_mail_that_was_passed_over_is_collected_and_moved(
    house: House, mailbox_server: Account, source: MailSource, compare: Callable[..., Balance]
) -> None:
    mailbox_server.put(raw(1), at=NOW - HOUR)
    collect(house, source)
    mailbox_server.put(raw(2), raw(3, "none"), at=NOW - HOUR)
    with house.book.transaction() as session:
        position = session.get_one(Position, source.name)
        position.value = position.value | {"last_uid": 999}  # whatever moved it there
    collect(house, source)
    assert len(house.messages()) == 1
    assert figures(compare()) == (3, 1, 2, 0, 0)
    assert sorted(message.subject for message in house.messages()) == ["Boiler 1", "Boiler 2", "Boiler 3"]
    assert len(mailbox_server.mails("Processed")) == 3
    assert figures(compare(NOW + HOUR)) == (3, 3, 0, 0, 0)


def test_a_mail_that_the_book_has_and_that_still_waits_is_tidied_up(
    house: House, mailbox_server: Account, source: MailSource, compare: Callable[..., Balance]
) -> None:
    mailbox_server.put(raw(1), at=NOW - HOUR)
    collect(house, source)
    with mailbox_server.open() as client:  # a person moved it back, behind our cursor
        client.select_folder("Processed")
        client.copy(client.search(), "INBOX")
    with house.book.transaction() as session:
        position = session.get_one(Position, source.name)
        position.value = position.value | {"last_uid": 999}
    assert figures(compare()) == (1, 1, 0, 1, 0)
    assert mailbox_server.mails() == []


def test_what_was_put_away_and_is_not_in_the_book_is_put_to_staff_and_does_not_come_back_by_itself(
    house: House, mailbox_server: Account, source: MailSource, compare: Callable[..., Balance]
) -> None:
    mailbox_server.put(raw(1), raw(2), at=NOW - HOUR)
    collect(house, source)
    with house.book.transaction() as session:
        session.execute(delete(Message))
    assert figures(compare()) == (2, 0, 0, 0, 2)
    [told] = house.alerts("ledger")
    assert "holds 2 messages that the book has not" in told
    assert house.messages() == []
    with mailbox_server.open() as client:  # what the alert says to do after a restore
        client.select_folder("Processed")
        client.move(client.search(), "INBOX")
    collect(house, source)
    assert figures(compare(NOW + HOUR)) == (2, 2, 0, 0, 0)


def test_a_mail_that_has_only_just_come_is_neither_missing_nor_astray(
    mailbox_server: Account, compare: Callable[..., Balance]
) -> None:
    mailbox_server.put(raw(1), at=NOW - timedelta(minutes=3))
    assert figures(compare()) == (0, 0, 0, 0, 0)


def test_what_could_not_be_read_is_known_by_its_bytes(
    house: House,
    mailbox_server: Account,
    source: MailSource,
    compare: Callable[..., Balance],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from channels.email import collect as email_collect
    from channels.email import inventory

    for module in (mailbox, inventory):
        monkeypatch.setattr(module, "MAX_MAIL_BYTES", 5_000)
    real = email_collect.read

    def read(content: bytes, **context: object) -> object:
        if b"Boiler 2" in content:
            raise RecursionError("a parser fell over")
        return real(content, **context)  # type: ignore[arg-type]

    monkeypatch.setattr(email_collect, "read", read)
    mailbox_server.put(raw(1, size=9_000), raw(2), raw(3), at=NOW - HOUR)
    collect(house, source)
    assert figures(compare()) == (3, 3, 0, 0, 0)
    assert len(mailbox_server.mails()) == 1  # the large one stays where a person can open it


def test_a_box_is_compared_once_a_day_and_sooner_after_trouble(
    house: House, mailbox_server: Account, source: MailSource, compare: Callable[..., Balance]
) -> None:
    assert balance.is_due(house.book, source, now=NOW)
    compare()
    assert not balance.is_due(house.book, source, now=NOW + 23 * HOUR)
    assert balance.is_due(house.book, source, now=NOW + 24 * HOUR)
    with pytest.raises(ChannelError):  # it is not open
        balance.compare(house.desk, source, partial(_store_again, source, now=NOW), now=NOW + 24 * HOUR)
    with house.book.reading() as session:
        assert ledger.newest(session, source.name)[0].trouble
    assert not balance.is_due(house.book, source, now=NOW + 24 * HOUR)
    assert balance.is_due(house.book, source, now=NOW + 25 * HOUR)


def test_messages_that_nobody_processes_are_told_once_a_day(house: House) -> None:
    house.accept(text(REQUEST, at=NOW))
    for minutes in (5, 9, 11, 12):
        balance.tell_of_late_ones(house.desk, now=NOW + timedelta(minutes=minutes))
    [told] = house.alerts("ledger")
    assert "1 message waited for more than ten minutes" in told
    assert house.notices("staff_alert")[0].facts["link"].endswith("/staff/ledger")


def test_a_source_that_cannot_be_listed_is_never_due(house: House) -> None:
    class Bot:
        name = "chat:1"

    assert not balance.is_due(house.book, Bot(), now=NOW)  # type: ignore[arg-type]
