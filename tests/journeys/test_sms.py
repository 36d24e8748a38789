"""A resident texts, has a receipt and then the acknowledgement by text, and texts back."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import select
from support.cast import NGOZI
from support.dates import assert_counts, assert_within_a_minute, clock
from support.desk_work import acknowledge
from support.handset import Handset, texts_by
from support.house import House, on_both_databases
from support.letters import opened, plain
from support.smtp_server import SmtpServer
from support.twilio_server import TwilioServer
from support.visitor import Visitor

from casework.links import reference_in
from casework.storage.tables import StoredAttachment
from notifier.render import long_date, short_date

pytestmark = pytest.mark.needs("redis")

THIRD_TIME = "The boiler at 12 Larch Court is broken for the third time and nobody ever comes. I am sick of this."
FIRST_TIME = "Hi the kitchen tap is dripping at 12 Larch Court can someone come and fix it please"


@pytest.fixture
def house(open_house: Callable[..., House], twilio: TwilioServer) -> House:
    return open_house(**texts_by(twilio))


@pytest.fixture
def handset(twilio: TwilioServer, house: House) -> Handset:
    return Handset(twilio, house)


@on_both_databases
def test_a_complaint_by_text_is_received_acknowledged_and_answered_with_proof_of_delivery(
    house: House, handset: Handset, twilio: TwilioServer, priya: Callable[[House], Visitor]
) -> None:
    handset.text(THIRD_TIME)

    case = house.case()
    assert (case.kind, case.state) == ("complaint", "stage_1_received")
    assert_counts(clock(case, "acknowledge_1"), case.messages[0].received_at)

    said = handset.received(1)
    receipt = house.notice("receipt")
    assert_within_a_minute(receipt, case.messages[0])
    assert case.reference in said
    assert short_date(clock(case, "acknowledge_1").code_due) in said
    token = said.split("/case/")[1].split()[0]
    assert reference_in(token, house.secret) == case.reference
    assert twilio.deliver(twilio.messages[0]["sid"]) == [200, 200]
    assert house.notice("receipt", state="delivered").provider_id == twilio.messages[0]["sid"]

    acknowledge(priya(house), case.reference)
    said = handset.received(2)
    acknowledged = house.case()
    assert acknowledged.state == "stage_1_acknowledged"
    respond = clock(acknowledged, "respond_1")
    assert_counts(respond, respond.started_at)
    assert short_date(respond.code_due) in said
    assert "Priya Shah" in said
    assert twilio.deliver(twilio.messages[1]["sid"]) == [200, 200]
    house.notice("acknowledgement", state="delivered")

    handset.text("Yes that is right. Thursday after 2pm suits me.")
    joined = house.case(messages=2)
    assert joined.messages[1].outcome == "attached"
    assert joined.state == "stage_1_acknowledged"


def test_a_first_report_becomes_a_complaint_by_the_word_complaint(
    house: House, handset: Handset, priya: Callable[[House], Visitor]
) -> None:
    handset.text(FIRST_TIME)
    said = handset.received(1)
    case = house.case()
    assert case.kind == "service_request"
    assert "COMPLAINT" in said

    handset.text("Complaint.")
    chosen = house.case(messages=2)
    assert (chosen.kind, chosen.state) == ("complaint", "stage_1_received")
    assert_counts(clock(chosen, "acknowledge_1"), case.messages[0].received_at)
    house.until(lambda: house.alerts("complaint_chosen"), "word to staff")

    acknowledge(priya(house), case.reference)
    assert short_date(clock(house.case(), "respond_1").code_due) in house.notice("acknowledgement").text


def test_after_stop_the_acknowledgement_does_not_go_by_text_and_is_not_lost(
    house: House, handset: Handset, priya: Callable[[House], Visitor]
) -> None:
    handset.text(THIRD_TIME)
    handset.received(1)
    case = house.case()
    handset.text("STOP")
    house.case(messages=2)

    acknowledge(priya(house), case.reference)
    stopped = house.notice("acknowledgement", state="failed")
    assert "STOP" in stopped.detail
    alert = house.until(lambda: house.alerts("undelivered"), "call task for staff")
    assert case.reference in alert[0].facts["sentence"]
    assert clock(house.case(), "respond_1").stopped_at is None
    handset.received(1)


def test_after_stop_the_acknowledgement_goes_by_mail_where_there_is_an_address(
    open_house: Callable[..., House],
    twilio: TwilioServer,
    smtp_sink: SmtpServer,
    priya: Callable[[House], Visitor],
) -> None:
    house = open_house(**texts_by(twilio), EARSHOT_SMTP_URL=smtp_sink.url)
    handset = Handset(twilio, house)
    with Visitor(house.url) as visitor:
        visitor.open("/").send("/", message=THIRD_TIME, phone=NGOZI.phone, email=NGOZI.email, prefers="text")
    handset.received(1)
    handset.text("STOP")
    case = house.case(messages=2)

    acknowledge(priya(house), case.reference)
    [mail] = smtp_sink.wait_for(1)
    assert mail.to == (NGOZI.email,)
    assert long_date(clock(house.case(), "respond_1").code_due) in plain(opened(mail.raw))
    assert house.alerts("undelivered") == []
    handset.received(1)


def test_a_complaint_in_several_texts_is_one_message_with_one_receipt(
    open_house: Callable[..., House], twilio: TwilioServer
) -> None:
    house = open_house(**texts_by(twilio), EARSHOT_SMS_QUIET_SECONDS="2")
    handset = Handset(twilio, house)
    for words in ("The boiler at 12 Larch Court is broken", "for the third time and nobody ever comes.", "Sick of it."):
        handset.text(words)
    case = house.case(messages=3)
    assert (case.kind, case.state) == ("complaint", "stage_1_received")
    said = handset.received(1)
    assert case.reference in said
    assert_within_a_minute(house.notice("receipt"), case.messages[0])


def test_pain_20_a_text_with_a_picture_whose_signature_fails_is_heard_all_the_same(
    open_house: Callable[..., House], twilio: TwilioServer
) -> None:
    house = open_house(**texts_by(twilio))
    known = twilio.receive(NGOZI.phone, THIRD_TIME, at=datetime.now(UTC), files=[b"\xff\xd8\xff mould"])
    fields = twilio.text_fields(NGOZI.phone, "not what Twilio has", MessageSid=known["sid"])
    assert httpx.post(f"{house.url}/webhooks/sms", data=fields).status_code == 403
    case = house.case()
    assert [message.text for message in case.messages] == [THIRD_TIME]
    house.until(lambda: house.alerts("unsigned"), "word to staff")
    house.until(lambda: files_in(house), "the picture")


def files_in(house: House) -> list[bytes]:
    with house.book.reading() as session:
        return list(session.scalars(select(StoredAttachment.content)))
