"""A delivery report fails the notice that it speaks of; a report of nothing of ours is ignored with that reason."""

from datetime import timedelta

import pytest
from support.book import House
from support.cast import MONDAY, NGOZI, OUR_MAILBOX, REQUEST, mail

from casework.storage import delivery
from casework.storage.tables import Case, Message, Notice
from channels.email.inbound import read

LATER = MONDAY + timedelta(minutes=2)

REPORT = """\
From: MAILER-DAEMON@mx.example.org
To: {ours}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{id}@mx.example.org>
Date: Mon, 23 Nov 2026 09:32:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your mail to {to} did what is told below.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <{to}> says no

--b
Content-Type: text/rfc822-headers

From: {ours}
To: {to}
Message-ID: <{key}@larchmere.example>
Subject: We have your message

--b--
"""


@pytest.mark.parametrize(
    ("action", "status", "state"),
    [
        ("failed", "5.1.1", "failed"),
        ("failed", "5.2.2", "failed"),  # a full box: that mail will not arrive either
        ("failed", "4.4.7", "failed"),  # tried for days, and given up
        ("delayed", "4.4.1", "accepted"),
        ("delivered", "2.0.0", "delivered"),
        ("relayed", "2.0.0", "accepted"),
    ],
)
def test_a_report_moves_its_notice(house: House, action: str, status: str, state: str) -> None:
    key = _sent(house)
    report = _report(house, key=key, action=action, status=status)
    assert (report.kind, report.outcome, report.case_id) == ("bounce", "attached", house.case().id)
    [notice] = house.notices("receipt")
    assert notice.state == state
    assert house.count(Case) == 1
    assert NGOZI.email not in repr([line.details for line in house.lines()])


def test_a_report_about_a_mail_that_we_never_sent_is_ignored_with_that_reason(house: House) -> None:
    _sent(house)
    report = _report(house, key="0" * 32, action="failed", status="5.1.1")
    assert (report.outcome, house.notices("receipt")[0].state) == ("ignored", "accepted")
    assert "did not send" in report.reason


def test_a_report_without_any_message_of_ours_in_it_is_ignored(house: House) -> None:
    _sent(house)
    [report] = house.hear(mail("could not be delivered", kind="bounce", details={"original_message_id": ""}))
    assert report.outcome == "ignored"


def test_a_report_never_takes_a_delivery_back(house: House) -> None:
    key = _sent(house)
    _report(house, key=key, action="delivered", status="2.0.0")
    _report(house, key=key, action="failed", status="5.1.1", id="late")
    assert house.notices("receipt")[0].state == "delivered"


def _sent(house: House) -> str:
    house.hear(mail(REQUEST, subject="Tap"))
    with house.book.transaction() as session:
        notice = session.get_one(Notice, house.notices("receipt")[0].id)
        delivery.note_accepted(session, notice, at=MONDAY, provider_id=f"<{notice.key}@larchmere.example>")
        return notice.key


def _report(house: House, *, key: str, action: str, status: str, id: str = "report") -> Message:
    words = REPORT.format(ours=OUR_MAILBOX, to=NGOZI.email, key=key, action=action, status=status, id=id)
    raw = words.replace("\n", "\r\n").encode()
    return house.hear(read(raw, received_at=LATER, our_address=OUR_MAILBOX))[0]
