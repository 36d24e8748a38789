"""Bounces in the words of the providers that residents have their boxes with, with and without the mail returned."""

from datetime import UTC, datetime

import pytest

from channels.email.inbound import read

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
RETURNED = (
    "\n--- Original message follows.\n\nReceived: from a by b\nMessage-ID: <1@larchmere.example>\nSubject: x\n\nDear"
)

PROVIDERS = {
    "Yahoo": (
        "MAILER-DAEMON@yahoo.example",
        "Failure Notice",
        (
            "Sorry, we were unable to deliver your message to the following address.\n\n"
            "<stan.bright@example.net>:\n554: delivery error: dd This user doesn't have an account here [-5]\n"
        ),
        "5.0.0",
    ),
    "GMX, web.de": (
        "MAILER-DAEMON@gmx.example",
        "Mail delivery failed: returning message to sender",
        (
            "This message was created automatically by mail delivery software.\n\nThe following address failed:\n\n"
            '"stan.bright@example.net":\nSMTP error from remote server after RCPT command:\n5.1.1 User Unknown\n'
        ),
        "5.1.1",
    ),
    "mail.ru": (
        "mailer-daemon@corp.mail.example",
        "Mail failure.",
        (
            "Это письмо создано автоматически, отвечать на него не нужно.\n\nВаше письмо не может быть доставлено:\n\n"
            "stan.bright@example.net\nuser not found\n"
        ),
        "5.1.1",
    ),
    "iCloud": (
        "MAILER-DAEMON@icloud.example (Mail Delivery System)",
        "Undelivered Mail Returned to Sender",
        (
            "This is the mail system at host ms1.icloud.example.\n\n<stan.bright@example.net>: host mx said: "
            "552 5.2.2 <stan.bright@example.net>: user is over quota (in reply to RCPT TO command)\n"
        ),
        "5.2.2",
    ),
    "BT": (
        "postmaster@btinternet.example",
        "Delivery Notification: Delivery has failed",
        (
            "This report relates to a message you sent with the following header fields:\n\nYour message cannot be "
            "delivered to the following recipients:\n\n  Recipient address: stan.bright@example.net\n"
            "  Reason: Over quota\n"
        ),
        "5.2.2",
    ),
    "Virgin Media": (
        "Mail Delivery System <Mailer-Daemon@virginmedia.example>",
        "Mail delivery failed : returning message to sender",
        (
            "A message that you sent could not be delivered to one or more of its recipients.\n\n"
            "  stan.bright@example.net\n    mailbox is full: retry timeout exceeded\n"
        ),
        "5.2.2",
    ),
    "TalkTalk": (
        "MAILER-DAEMON@smtp.talktalk.example",
        "Undeliverable: Boiler",
        "Failed to deliver to '<stan.bright@example.net>'\nSMTP module reports: account is not available\n",
        "",
    ),
    "Mimecast": (
        "Mimecast <postmaster@mimecast.example>",
        "[Postmaster] Email Delivery Failure",
        (
            "The email to <stan.bright@example.net> has been rejected by the recipient's mail server: "
            "550 Invalid Recipient\n"
        ),
        "5.0.0",
    ),
    "Proofpoint": (
        "Mail Delivery Subsystem <MAILER-DAEMON@ppe.example>",
        "Returned mail: see transcript for details",
        (
            "   ----- The following addresses had permanent fatal errors -----\n<stan.bright@example.net>\n"
            "    (reason: 554 5.7.1 Message blocked by policy)\n"
        ),
        "5.7.1",
    ),
    "Microsoft 365": (
        "postmaster@tenant.onmicrosoft.example",
        "Undeliverable: Boiler",
        (
            "Delivery has failed to these people:\n\nstan.bright@example.net\n"
            "The address you entered couldn't be found.\n\nRemote server returned '550 5.1.10 RecipientNotFound'\n"
        ),
        "5.1.10",
    ),
    "Domino": (
        "Postmaster <postmaster@domino.example>",
        "DELIVERY FAILURE: User stan.bright not listed in Domino Directory",
        (
            "Your message\n\n  Subject: Boiler\n\nwas not delivered to:\n\n  stan.bright@example.net\n\nbecause:\n\n"
            "  User not listed in Domino Directory\n"
        ),
        "5.1.1",
    ),
}


@pytest.mark.parametrize(("sender", "subject", "text", "status"), PROVIDERS.values(), ids=PROVIDERS)
@pytest.mark.parametrize("returned", ["", RETURNED], ids=["alone", "with the mail"])
def test_the_bounce_of_a_provider_is_known(sender: str, subject: str, text: str, status: str, returned: str) -> None:
    head = f"From: {sender}\nTo: info@larchmere.example\nSubject: {subject}\nMessage-ID: <1@example.org>\n"
    found = read(f"{head}\n{text}{returned}\n".encode(), received_at=NOW)
    assert found.kind == "bounce"
    assert found.details["failed_recipient"] == "stan.bright@example.net"
    assert found.details["status"] == status
    assert found.details["permanent"] is True
