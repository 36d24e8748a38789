"""A resident writes a mail, has a receipt and then the acknowledgement, and writes back."""

from collections.abc import Callable

import pytest
from support.cast import NGOZI
from support.dates import assert_counts, assert_within_a_minute, clock
from support.desk_work import UNDERSTANDING, acknowledge
from support.house import House, on_both_databases
from support.imap_server import Account
from support.letters import letter, opened, plain, reply, rich, thread
from support.smtp_server import SmtpServer
from support.visitor import Visitor

from notifier.render import long_date

pytestmark = [pytest.mark.needs("dovecot"), pytest.mark.needs("redis")]

WORDS = """Dear Larchmere,

The boiler at 12 Larch Court has broken down for the third time this month. Your
engineer was meant to come on Tuesday and again on Thursday and nobody came. I have
phoned four times and I am fed up with being fobbed off. I want it fixed and I want
somebody to tell me why this keeps happening.

Ngozi Okafor"""

HTML = f"<html><body><p>{WORDS.replace(chr(10) * 2, '</p><p>')}</p><img src='https://example.org/pixel'></body></html>"


@on_both_databases
def test_a_complaint_by_mail_is_received_acknowledged_and_answered_in_one_thread(
    open_house: Callable[..., House],
    mailbox_server: Account,
    submission_server: SmtpServer,
    priya: Callable[[House], Visitor],
) -> None:
    house = open_house(EARSHOT_IMAP_URL=mailbox_server.imap_url, EARSHOT_SMTP_URL=submission_server.url)
    written = letter(WORDS, subject="Boiler AGAIN", html=HTML)
    mailbox_server.put(written.as_bytes())

    case = house.case()
    assert (case.kind, case.state) == ("complaint", "stage_1_received")
    assert_counts(clock(case, "acknowledge_1"), case.messages[0].received_at)

    receipt = house.notice("receipt")
    assert_within_a_minute(receipt, case.messages[0])
    [taken] = submission_server.wait_for(1)
    assert taken.to == (NGOZI.email,)
    receipt_mail = opened(taken.raw)
    assert receipt_mail["In-Reply-To"] == written["Message-ID"]
    assert thread(receipt_mail) == [written["Message-ID"]]
    for words in (plain(receipt_mail), rich(receipt_mail)):
        assert case.reference in words
        assert long_date(clock(case, "acknowledge_1").code_due) in words
    assert "boiler" in plain(receipt_mail)

    acknowledge(priya(house), case.reference)
    acknowledged = house.case()
    assert acknowledged.state == "stage_1_acknowledged"
    assert clock(acknowledged, "acknowledge_1").outcome == "acknowledged"
    respond = clock(acknowledged, "respond_1")
    assert_counts(respond, respond.started_at)
    mail = opened(submission_server.wait_for(2)[1].raw)
    assert mail["In-Reply-To"] == written["Message-ID"]
    for words in (plain(mail), rich(mail)):
        assert long_date(respond.code_due) in words
        assert UNDERSTANDING in words
        assert "Priya Shah" in words

    mailbox_server.put(reply(mail, "Thank you, that is right. The pressure gauge now shows zero.").as_bytes())
    joined = house.case(messages=2)
    answer = joined.messages[1]
    assert answer.new_text == "Thank you, that is right. The pressure gauge now shows zero."
    assert answer.outcome == "attached"
    assert joined.state == "stage_1_acknowledged"

    sent = [opened(raw)["Message-ID"] for raw in mailbox_server.mails("Sent")]
    assert sent[:2] == [receipt_mail["Message-ID"], mail["Message-ID"]]
    assert len(sent) == len(set(sent))
