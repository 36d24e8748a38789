"""Providers as they are: late, silent, refusing, out of order. What they took is what counts, and it is one copy."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from support.fault import House, eventually
from support.fault_channels import NGOZI, RESIDENTS, WORDS, Mails, Tally, Texts, how_settled, tally
from support.gate import Gate

from casework.storage.tables import JournalLine, Notice
from channels.registry import get
from channels.webform.fields import payload
from intake.accept import accept
from notifier import sweep

pytestmark = [pytest.mark.needs("redis")]

Row = Callable[..., None]
BOTH = pytest.mark.parametrize(
    "channel", ["sms", pytest.param("email", marks=pytest.mark.needs("dovecot"))], indirect=True
)
PATIENCE = {
    "channels.sms.provider:SECONDS": 0.4,
    "channels.email.smtp_line:_SECONDS": 0.4,
    "channels.email.smtp_line:_SECONDS_AFTER_DOT": 0.4,
}
"""How long the house waits for a provider to answer."""


def begin(house: House, channel: Texts | Mails) -> None:
    house.start("worker")
    if isinstance(channel, Texts):
        house.start("web")
        house.wait_until_open()


def finish(house: House, channel: Texts | Mails, row: Row, point: str, database: str, how: str = "") -> None:
    house.wait_until_settled(1)
    counted = tally(house, channel, (NGOZI,))
    row(point, database, channel.name, counted.lost, counted.doubled, how or how_settled(house, channel))
    assert counted == Tally(lost=0, doubled=0), house.states()
    house.check_the_books()


@BOTH
def test_an_answer_after_our_time_out_is_asked_for_and_not_sent_again(
    channel: Texts | Mails, house: House, database: str, row: Row
) -> None:
    house.constants |= PATIENCE
    if isinstance(channel, Texts):
        channel.twilio.delay_next(1.0)
    else:
        channel.submission.seconds_before_answer = 1.0
    begin(house, channel)
    channel.send(NGOZI)
    finish(house, channel, row, "provider: took it, answered too late", database)
    assert {"notice_in_doubt", "notice_accepted"} <= house.events()
    assert "notice_not_sent" not in house.events()


@BOTH
def test_a_provider_that_fails_for_a_while_gets_the_notice_later(
    channel: Texts | Mails, house: House, database: str, row: Row
) -> None:
    if isinstance(channel, Texts):
        for status in (503, 500, 429):
            channel.twilio.fail_next(status)
    else:
        channel.submission.refuse_content = "451 4.3.0 not now"
    begin(house, channel)
    channel.send(NGOZI)
    if isinstance(channel, Mails):
        eventually(lambda: _attempts(house) >= 2, 20, house.states)
        channel.submission.refuse_content = None
    finish(house, channel, row, "provider: 5xx, then well again", database)


@pytest.mark.parametrize("way", ["shut", "silent"])
@BOTH
def test_a_provider_that_is_away_gets_the_notice_when_it_is_back(
    channel: Texts | Mails, way: str, house: House, gate: Callable[[str], Gate], database: str, row: Row
) -> None:
    house.constants |= PATIENCE
    stands = gate("EARSHOT_TWILIO_API_BASE" if channel.name == "sms" else "EARSHOT_SMTP_URL")
    if way == "silent":
        stands.open("silent")
    begin(house, channel)
    channel.send(NGOZI)
    eventually(lambda: _attempts(house) >= 2, 20, house.states)
    stands.open()
    point = "provider: not there, then back" if way == "shut" else "provider: there but silent, then back"
    finish(house, channel, row, point, database)


@pytest.mark.needs("dovecot")
def test_a_mail_server_that_hangs_up_after_taking_it_is_not_given_it_again(
    mails: Mails, house: House, database: str, row: Row
) -> None:
    mails.submission.hang_up_after_data = True
    begin(house, mails)
    mails.send(NGOZI)
    finish(house, mails, row, "provider: took it, line broke before the answer", database)
    assert "notice_in_doubt" in house.events()


def test_a_refused_number_is_reached_another_way(
    texts: Texts, house: House, request: pytest.FixtureRequest, database: str, row: Row
) -> None:
    mails: Mails = request.getfixturevalue("mails")
    texts.twilio.refuse(NGOZI.phone)
    fields = {"name": NGOZI.name, "email": NGOZI.email, "phone": NGOZI.phone, "prefers": "phone", "message": WORDS}
    raw = payload("0198c0de-0000-4000-8000-000000000001", fields)
    accept(house.book, get("webform").read(raw, received_at=datetime.now(UTC)), now=datetime.now(UTC))
    house.start("worker")
    house.wait_until_settled(1)
    assert texts.received(NGOZI) == []
    assert len(mails.received(NGOZI)) == 1, house.states()
    assert "notice_rerouted" in house.events()
    row("provider: refuses the number for good", database, "sms", 0, 0, "the receipt went by e-mail instead")


def test_a_refused_number_without_another_way_becomes_a_task_for_staff(
    texts: Texts, house: House, database: str, row: Row
) -> None:
    texts.twilio.refuse(NGOZI.phone, code=21610)
    begin(house, texts)
    texts.send(NGOZI)
    house.wait_until_settled(1)
    with house.book.reading() as session:
        alerts = [notice.facts["why"] for notice in session.scalars(select(Notice).where(Notice.channel == "alert"))]
    assert alerts == ["undelivered"]
    assert texts.received(NGOZI) == []
    row("provider: refuses the only address", database, "sms", 0, 0, "staff are told to write or call")


def test_receipts_may_come_doubled_and_out_of_order(texts: Texts, house: House, database: str, row: Row) -> None:
    begin(house, texts)
    texts.send(NGOZI)
    house.wait_until_settled(1)
    sid = texts.received(NGOZI)[0]["sid"]
    for status in ("delivered", "sent", "queued", "delivered", "sent", "delivered"):
        assert texts.twilio.push_status(sid, status) == 200
    with house.book.reading() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "receipt")).one()
        lines = session.scalars(select(JournalLine.event).where(JournalLine.event.like("notice_%"))).all()
    assert notice.state == "delivered"
    assert sorted(lines) == ["notice_accepted", "notice_delivered"]
    finish(house, texts, row, "receipts: doubled and out of order", database, "a state only ever moves on")


def test_a_receipt_before_the_provider_s_own_answer_is_believed(
    texts: Texts, house: House, database: str, row: Row
) -> None:
    house.constants |= PATIENCE
    texts.twilio.delay_next(1.0)
    begin(house, texts)
    texts.send(NGOZI)
    eventually(lambda: texts.received(NGOZI), 20, house.states)
    sid = texts.received(NGOZI)[0]["sid"]
    assert texts.twilio.push_status(sid, "delivered") == 200
    finish(
        house, texts, row, "receipts: delivered before the answer", database, "believed, the late answer adds its id"
    )
    with house.book.reading() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "receipt")).one()
    assert (notice.state, notice.provider_id) == ("delivered", sid)


@pytest.mark.needs("dovecot")
def test_a_slow_provider_may_take_longer_than_a_claim_lasts(
    mails: Mails, house: House, database: str, row: Row
) -> None:
    """A batch whose sending outlasts the claim must not be taken for abandoned while its worker lives."""
    house.constants |= {"casework.storage.delivery:CLAIM_LASTS": 1.0, "channels.email.outbound:SETTLES_AFTER": 0.5}
    mails.submission.seconds_before_answer = 0.8
    house.start("worker", queues=("intake",))
    for resident in RESIDENTS:
        mails.send(resident)
    eventually(lambda: house.owed() == len(RESIDENTS), 20, house.states)
    house.start("worker", queues=("notices", "housekeeping"))
    house.start("worker", queues=("notices", "housekeeping"))
    house.wait_until_settled(len(RESIDENTS))
    counted = tally(house, mails)
    row("provider: slower than a claim lasts, 2 launchers", database, "email", counted.lost, counted.doubled,
        how_settled(house, mails))  # fmt: skip
    assert counted == Tally(lost=0, doubled=0), house.states()


@pytest.mark.needs("dovecot")
def test_where_nobody_can_be_asked_a_person_decides_and_nothing_is_sent_meanwhile(
    mails: Mails, house: House, database: str, row: Row
) -> None:
    house.constants |= PATIENCE
    house.variables["EARSHOT_SMTP_KEEPS_COPIES"] = "false"
    mails.submission.on_mail = lambda mail: None
    mails.submission.seconds_before_answer = 1.0
    begin(house, mails)
    mails.send(NGOZI)
    eventually(lambda: "in_doubt" in _alerts(house), 20, house.states)
    house.wait_until_settled(1, doubts=1)
    assert len(mails.received(NGOZI)) == 1
    with house.book.reading() as session:
        doubted = session.scalars(select(Notice.id).where(Notice.state == "in_doubt")).one()
    sweep.decide(house.book, doubted, arrived=True, now=datetime.now(UTC))
    time.sleep(0.5)
    finish(house, mails, row, "provider: answered too late, cannot be asked", database, "in doubt: a person found out")


def _attempts(house: House) -> int:
    with house.book.reading() as session:
        return max(session.scalars(select(Notice.attempts).where(Notice.kind == "receipt")), default=0)


def _alerts(house: House) -> list[str]:
    with house.book.reading() as session:
        return [notice.facts["why"] for notice in session.scalars(select(Notice).where(Notice.channel == "alert"))]
