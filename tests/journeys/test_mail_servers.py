"""Between real mail servers: in by Postfix and Dovecot, out by Postfix, and what it reports comes back to its row."""

from collections.abc import Callable

import pytest
from support.cast import NGOZI, OUR_MAILBOX
from support.house import House
from support.imap_server import Account, ImapServer
from support.letters import letter, opened, reply
from support.postfix import Postfix
from support.smtp_server import SmtpServer

pytestmark = [pytest.mark.needs("dovecot", "postfix", "redis")]

WORDS = "The boiler at 12 Larch Court has broken down for the third time this month. I am fed up with being fobbed off."

Open = Callable[[int, int], Postfix]


@pytest.fixture
def box(own_imap_server: ImapServer) -> Account:
    return own_imap_server.account("info")


def test_a_mail_comes_in_by_postfix_and_its_receipt_leaves_by_it_and_is_proved_delivered(
    open_house: Callable[..., House], box: Account, smtp_sink: SmtpServer, open_postfix: Open
) -> None:
    post = open_postfix(box.server.lmtp_port, smtp_sink.port)
    house = open_house(EARSHOT_IMAP_URL=box.imap_url, EARSHOT_SMTP_URL=post.url, EARSHOT_MAIL_REPLY_TOKENS="true")
    written = letter(WORDS, subject="Boiler AGAIN")
    post.put(written.as_bytes(), sender=NGOZI.email, to=OUR_MAILBOX)

    case = house.case()
    [taken] = smtp_sink.wait_for(1)
    receipt = opened(taken.raw)
    assert taken.to == (NGOZI.email,)
    assert receipt["In-Reply-To"] == written["Message-ID"]

    # Her program answers under another subject and without a thread, to the address that we asked for.
    answer = letter("It is still cold.", subject="Heating")
    del answer["To"]
    answer["To"] = receipt["Reply-To"]
    post.put(answer.as_bytes(), sender=NGOZI.email, to=str(receipt["Reply-To"].addresses[0].addr_spec))
    joined = house.case(messages=2)
    assert joined.reference == case.reference
    assert joined.messages[-1].new_text == "It is still cold."


def test_a_mail_to_an_address_that_does_not_exist_comes_back_and_is_tied_to_its_row(
    open_house: Callable[..., House], box: Account, smtp_sink: SmtpServer, open_postfix: Open
) -> None:
    smtp_sink.refuse_recipient = lambda address: "550 5.1.1 No such user here"
    post = open_postfix(box.server.lmtp_port, smtp_sink.port)
    house = open_house(EARSHOT_IMAP_URL=box.imap_url, EARSHOT_SMTP_URL=post.url)
    post.put(letter(WORDS, subject="Boiler AGAIN").as_bytes(), sender=NGOZI.email, to=OUR_MAILBOX)
    failed = house.notice("receipt", state="failed")
    assert failed.detail == "failed 5.1.1"
    assert house.until(lambda: house.alerts("undelivered"), "an alert that it was not delivered")
    [report] = [message for message in house.case(messages=2).messages if message.kind == "bounce"]
    assert report.reason == "a delivery report"
    assert len(smtp_sink.mails) == 0


def test_a_delivery_that_the_next_server_proves_is_delivered(
    open_house: Callable[..., House], box: Account, smtp_sink: SmtpServer, open_postfix: Open
) -> None:
    post = open_postfix(box.server.lmtp_port, smtp_sink.port)
    house = open_house(EARSHOT_IMAP_URL=box.imap_url, EARSHOT_SMTP_URL=post.url)
    neighbour = letter(WORDS, subject="Boiler AGAIN")
    del neighbour["From"]
    neighbour["From"] = "Ngozi Okafor <ngozi@delivered.example>"
    post.put(neighbour.as_bytes(), sender="ngozi@delivered.example", to=OUR_MAILBOX)
    delivered = house.notice("receipt", state="delivered")
    assert delivered.delivered_at is not None
    assert delivered.detail.startswith("delivered")


def test_that_a_mail_went_on_to_a_server_which_proves_nothing_is_no_proof(
    open_house: Callable[..., House], box: Account, smtp_sink: SmtpServer, open_postfix: Open
) -> None:
    post = open_postfix(box.server.lmtp_port, smtp_sink.port)
    house = open_house(EARSHOT_IMAP_URL=box.imap_url, EARSHOT_SMTP_URL=post.url)
    post.put(letter(WORDS, subject="Boiler AGAIN").as_bytes(), sender=NGOZI.email, to=OUR_MAILBOX)
    [report] = [one for one in house.case(messages=2).messages if one.kind == "bounce"]
    assert report.details["action"] == "relayed"
    assert house.notice("receipt").state == "accepted"


def test_mail_waits_for_a_mail_server_that_is_away_and_comes_in_once(
    open_house: Callable[..., House], box: Account, smtp_sink: SmtpServer, open_postfix: Open
) -> None:
    post = open_postfix(box.server.lmtp_port, smtp_sink.port)
    house = open_house(EARSHOT_IMAP_URL=box.imap_url, EARSHOT_SMTP_URL=post.url)
    box.server.stop()
    post.put(letter(WORDS, subject="Boiler AGAIN").as_bytes(), sender=NGOZI.email, to=OUR_MAILBOX)
    box.server.start()
    assert len(house.case(seconds=60).messages) == 1
    [taken] = smtp_sink.wait_for(1)
    post.put(reply(opened(taken.raw), "Thank you.").as_bytes(), sender=NGOZI.email, to=OUR_MAILBOX)
    assert house.case(messages=2).messages[-1].new_text == "Thank you."
