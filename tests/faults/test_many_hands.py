"""Many at once: the same message pushed in parallel, several launchers on one book. Each message is heard once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from support.fault import House
from support.fault_channels import (
    NGOZI,
    OURS,
    RESIDENTS,
    WORDS,
    Mails,
    Resident,
    Tally,
    Texts,
    how_settled,
    letter,
    neighbour,
    tally,
)

from casework.storage.tables import Case, Message, Notice

pytestmark = [pytest.mark.needs("redis")]

Row = Callable[..., None]
STREET = tuple(neighbour(number) for number in range(200, 240))


def finish(
    house: House, channel: Texts | Mails, residents: tuple[Resident, ...], row: Row, point: str, database: str
) -> None:
    counted = tally(house, channel, residents)
    row(point, database, channel.name, counted.lost, counted.doubled, how_settled(house, channel))
    assert counted == Tally(lost=0, doubled=0), house.states()
    house.check_the_books()


def test_the_same_text_pushed_five_times_in_parallel_is_one_message(
    texts: Texts, house: House, database: str, row: Row
) -> None:
    house.start("web")
    house.start("worker")
    house.wait_until_open()
    fields = texts.twilio.text_fields(NGOZI.phone, WORDS, OURS)
    body, headers = texts.signed("/webhooks/sms", fields)
    with ThreadPoolExecutor(5) as five:
        answers = list(five.map(lambda _: house.post_once("/webhooks/sms", body, headers), range(5)))
    assert answers == [200] * 5
    house.wait_until_settled(1)
    with house.book.reading() as session:
        assert session.scalars(select(Message.copies)).all() == [4]
    counted = tally(house, texts, (NGOZI,))
    row(
        "the same message 5 times in parallel",
        database,
        "sms",
        counted.lost,
        counted.doubled,
        how_settled(house, texts),
    )
    assert counted == Tally(lost=0, doubled=0)
    house.check_the_books()


@pytest.mark.needs("dovecot")
def test_the_same_mail_five_times_in_the_box_is_one_message(
    mails: Mails, house: House, database: str, row: Row
) -> None:
    raw = letter(NGOZI, WORDS, subject="My appointment")
    mails.account.put(*[raw] * 5)
    house.start("worker")
    mails.account.wait_for(5, folder="Processed")
    house.wait_until_settled(1)
    counted = tally(house, mails, (NGOZI,))
    row(
        "the same message 5 times in the box",
        database,
        "email",
        counted.lost,
        counted.doubled,
        how_settled(house, mails),
    )
    assert counted == Tally(lost=0, doubled=0)
    house.check_the_books()


def test_two_launchers_share_one_book_and_one_bell(texts: Texts, house: House, database: str, row: Row) -> None:
    house.start("web")
    house.wait_until_open()
    for _ in range(2):
        house.start("worker")
    with ThreadPoolExecutor(4) as four:
        list(four.map(texts.send, STREET))
    house.wait_until_settled(len(STREET), seconds=40)
    counted = tally(house, texts, STREET)
    row(
        "2 launchers, one Redis: 40 residents",
        database,
        "sms",
        counted.lost,
        counted.doubled,
        how_settled(house, texts),
    )
    assert counted == Tally(lost=0, doubled=0), house.states()
    house.check_the_books()


def test_one_resident_s_many_texts_become_one_case_whoever_reads_them(
    texts: Texts, house: House, database: str, row: Row
) -> None:
    """Two launchers read the texts of one person at the same time: no text is spoilt, none opens a case of its own."""
    house.start("web")
    house.wait_until_open()
    for _ in range(2):
        house.start("worker")
    with ThreadPoolExecutor(4) as four:
        list(four.map(lambda number: texts.send(NGOZI, f"{WORDS} This is number {number}."), range(20)))
    house.wait_until_settled(20, seconds=40)
    with house.book.reading() as session:
        outcomes = Counter(session.scalars(select(Message.outcome)))
        opened = session.scalar(select(func.count()).select_from(Case))
        owed = session.scalar(select(func.count()).where(Notice.kind == "receipt"))
    row(
        "2 launchers: 20 texts of one resident",
        database,
        "sms",
        20 - outcomes.total(),
        opened - 1,
        "one case, one receipt",
    )
    assert (opened, owed, len(texts.received(NGOZI))) == (1, 1, 1), house.states()
    assert outcomes == {"opened": 1, "attached": 19}
    house.check_the_books()


@pytest.mark.needs("dovecot")
def test_two_collectors_on_one_mailbox_hear_each_mail_once(mails: Mails, house: House, database: str, row: Row) -> None:
    for _ in range(2):
        house.start("worker")
    street = (*RESIDENTS, *STREET[:12])
    for resident in street:
        mails.send(resident)
    house.wait_until_settled(len(street), seconds=40)
    counted = tally(house, mails, street)
    row(
        "2 launchers, one mailbox: 15 residents",
        database,
        "email",
        counted.lost,
        counted.doubled,
        how_settled(house, mails),
    )
    assert counted == Tally(lost=0, doubled=0), house.states()
    house.check_the_books()
