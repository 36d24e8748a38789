"""Letters, automatic replies, delivery reports: nobody who wrote is taken for a machine."""

from datetime import UTC, datetime

import pytest

from channels.email.inbound import read
from channels.message import InboundMessage

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
RETURNED = "Received: from a by b\nMessage-ID: <0123456789abcdef0123456789abcdef@larchmere.example>\nSubject: x\n\nDear"


def mail(
    text: str = "Hello.", subject: str = "Boiler", sender: str = "ngozi.okafor@example.org", **more: str
) -> InboundMessage:
    fields = {"From": sender, "To": "info@larchmere.example", "Subject": subject, "Message-ID": "<1@example.org>"}
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    head = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return read(f"{head}\n{text}\n".encode(), received_at=NOW)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Out of office hours number does not work", "Nobody answers."),
        ("Your automatic reply is an insult", "I want a person."),
        ("Re: Automatic reply: We have your complaint", "You sent me an automatic reply."),
        ("I am away from home and the alarm rings", "Help."),
        ("On leave from work because of the damp", "I am ill."),
        ("Annual leave wasted waiting for you", "Three days."),
        ("Undelivered mail in our lobby", "The postman could not deliver it; it was returned to sender."),
        ("Mail not delivered", "My letters were returned because the box is full and the address unknown."),
        ("Delivery failure", "The new boiler was not delivered. The account manager is not found."),
        ("Returned mail", "You sent my letter back. User unknown? I have lived here for 30 years!"),
        ("Failure notice from your gas engineer", "He left a failure notice. The boiler failed permanently."),
        ("Mail delivery system", "The letter boxes are broken."),
        ("Vacation", "I go on vacation, please do not send anybody."),
        ("Read: this", "Please read this."),
        ("FW: Undeliverable: my complaint", "Your mailbox was full, see below.\n\n" + RETURNED),
        ("Re: Delivery Status Notification (Failure)", "I got this back from you. Why?"),
        ("Non-delivery: my parcel", "The parcel was left with a neighbour."),
        ("My mail", "Your message could not be delivered to info@larchmere.example, it says. Why?"),
        ("My mail", "Your mail was not delivered to ngozi.okafor@example.org. I never had it."),
        ("Complaint about message from 3 November", "You promised a visit in it."),
        ("Antivirus", "The SMTP server of my phone rejects your mail."),
        ("Auto: the car park gate is out of order", "It does not open."),
        ("[Automatic] door", "It does not close."),
    ],
)
def test_a_letter_is_a_letter(subject: str, text: str) -> None:
    assert mail(text, subject).kind == "message"


@pytest.mark.parametrize("sender", ["Website Mailer <mailer@x.example>", "mail-server@x.example", "bounces@x.example"])
@pytest.mark.parametrize("subject", ["Repair rejected: no heating", "Parcel returned to sender", "Delivery failed"])
def test_what_a_web_form_sends_on_is_a_letter(sender: str, subject: str) -> None:
    assert mail("My repair was rejected. I have had no heating for 450 days.", subject, sender).kind == "message"
    assert mail("I have had no heating.", subject, "form@x.example", Return_Path="<>").kind == "message"


@pytest.mark.parametrize("name", ["Postmaster Gatehouse", "System Administrator", "Daemon Mailer"])
def test_people_with_unlucky_names_write_letters(name: str) -> None:
    assert (
        mail("The mail room is locked. The account of my rent is not found.", sender=f"{name} <x@example.org>").kind
        == "message"
    )


@pytest.mark.parametrize(
    "header",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"Auto_Submitted": "Auto-Generated; x=y"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": ""},
        {"X_Auto_Response": "1", "Precedence": "auto_reply"},
        {"Precedence": "auto_reply"},
        {"X_Precedence": "auto-reply"},
        {"X_POST_MessageClass": "9; Autoresponder"},
        {"X_FC_MachineGenerated": "true"},
        {"X_Mailer": "vacation 1.2"},
        {"Delivered_To": "Autoresponder"},
        {"Subject": "Automatic reply: Boiler"},
        {"Subject": "AutoReply: Boiler"},
        {"Subject": "Out of Office: Boiler"},
        {"Subject": "Out of Office AutoReply: Boiler"},
        {"Subject": "Auto: Out of office"},
        {"Subject": "Réponse automatique : Chaudière"},
        {"Subject": "Automatische Antwort: Aufzug"},
        {"Subject": "Abwesenheitsnotiz: Aufzug"},
        {"Subject": "Odpowiedź automatyczna: Winda"},
        {"Subject": "Respuesta automática: Ascensor"},
        {"Subject": "Resposta automática: Elevador"},
        {"Subject": "Răspuns automat: Lift"},
        {"Subject": "Ymateb awtomatig: Gwres"},
        {"Subject": "Boiler (Auto Reply)"},
        {"Subject": "AUTO: Stan Bright is out of the office (returning 23/11/2026)"},
        {"Subject": "[Automatyczna odpowiedź] Winda"},
        {"Subject": "[Auto-Reply] Boiler"},
        {"Subject": "[AUTO GENERATED] Boiler"},
        {"Subject": "Thank you for your e-mail", "Return_Path": "<>", "Precedence": "bulk"},
    ],
)
def test_an_automatic_reply_is_known(header: dict[str, str]) -> None:
    read = mail(**header)
    assert read.kind == "auto_reply"
    assert read.details["automatic_because"]


def test_auto_submitted_no_is_a_letter() -> None:
    assert mail(Auto_Submitted="no").kind == "message"


def test_mail_to_many_is_heard_but_marked() -> None:
    read = mail(List_Id="<residents.example.org>")
    assert (read.kind, read.details["bulk"]) == ("message", True)


BOUNCES = {
    "qmail": (
        "MAILER-DAEMON@x.example",
        "failure notice",
        (
            "Hi. This is the qmail-send program at x.example.\n"
            "\n"
            "<stan.bright@example.net>:\n"
            "Sorry, no mailbox here by that name. (#5.1.1)\n"
        ),
        "5.1.1",
    ),
    "exim": (
        "Mail Delivery System <Mailer-Daemon@x.example>",
        "Mail delivery failed: returning message to sender",
        ("A message that you sent could not be delivered.\n\n  stan.bright@example.net\n    550 Unknown user\n"),
        "5.0.0",
    ),
    "sendmail": (
        "Mail Delivery Subsystem <MAILER-DAEMON@x.example>",
        "Returned mail: see transcript for details",
        (
            "   ----- The following addresses had permanent fatal errors -----\n"
            "<stan.bright@example.net>\n"
            "\n"
            "   ----- Transcript of session follows -----\n"
            "<<< 550 5.1.1 User unknown\n"
        ),
        "5.1.1",
    ),
    "postfix in plain words": (
        "MAILER-DAEMON@x.example (Mail Delivery System)",
        "Undelivered Mail Returned to Sender",
        (
            "This is the mail system at host x.example.\n"
            "\n"
            "<stan.bright@example.net>: host y said: 552 5.2.2 Over quota\n"
        ),
        "5.2.2",
    ),
    "Exchange": (
        "postmaster@x.example",
        "Undeliverable: Boiler",
        (
            "Your message did not reach the following recipient(s):\n"
            "\n"
            "stan.bright@example.net on Thu, 19 Nov 2026\n"
            "    The recipient name is not recognized\n"
        ),
        "",
    ),
    "Notes": (
        "postmaster@x.example",
        "Undeliverable message",
        (
            "------- Failure Reasons  --------\n"
            "\n"
            "User not listed in public Name & Address Book\n"
            "stan.bright@example.net\n"
        ),
        "5.1.1",
    ),
    "Google": (
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        (
            "Delivery to the following recipient failed permanently:\n"
            "\n"
            "     stan.bright@example.net\n"
            "\n"
            "The error was: 550 5.2.1 disabled\n"
        ),
        "5.2.1",
    ),
    "a filter": (
        '"InterScan MSS" <postmaster@x.example>',
        "Mail could not be delivered",
        ("Unable to deliver message to <stan.bright@example.net>\nReceived >>> 550 5.1.1 user unknown\n"),
        "5.1.1",
    ),
    "a mailbox service": (
        "post_master@x.example",
        "Re:Boiler",
        (
            "Error: Invalid user address\n"
            "\n"
            "550 - no such user here\n"
            "\n"
            "Message details:\n"
            "  RCPT TO: stan.bright@example.net\n"
        ),
        "5.0.0",
    ),
    "Polish": (
        "MAILER-DAEMON@x.example",
        "Niedostarczona wiadomość",
        ("Wiadomość nie została dostarczona: stan.bright@example.net 550 5.1.1\n"),
        "5.1.1",
    ),
}


@pytest.mark.parametrize(("sender", "subject", "text", "status"), BOUNCES.values(), ids=BOUNCES)
def test_a_bounce_in_plain_words_is_known(sender: str, subject: str, text: str, status: str) -> None:
    read = mail(f"{text}\n--- Original message follows.\n\n{RETURNED}", subject, sender)
    assert read.kind == "bounce"
    assert read.details["failed_recipient"] == "stan.bright@example.net"
    assert read.details["original_key"] == "0123456789abcdef0123456789abcdef"
    assert read.details["status"] == status
    assert read.details["permanent"] is True


@pytest.mark.parametrize("action", ["failed", "delayed", "relayed", "delivered", "expanded"])
def test_only_a_failed_delivery_is_permanent(action: str) -> None:
    read = mail(
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n\n"
        f"Final-Recipient: rfc822; stan.bright@example.net\nAction: {action}\nStatus: 4.4.7\n\n--b--",
        Content_Type="multipart/report; report-type=delivery-status; boundary=b",
    )
    assert (read.kind, read.details["action"]) == ("bounce", action)
    assert read.details["permanent"] is (action == "failed")


# Nothing of the mail that did not arrive is in these, so nothing else proves what they are.
BOUNCES_THAT_RETURN_NOTHING = {
    "a server without an address": (
        '"Larch Post" <>',
        "Mail Error",
        "Your mail cannot be delivered to the following address(es):\n\n stan.bright@example.net (mailbox is full)\n",
        "5.2.2",
    ),
    "a mail service of its own name": (
        "Relay7_SMTP_Mail_Service@x.example",
        "Returned Mail - Error",
        "------ Recipients ------\n\n<stan.bright@example.net>: mailbox unavailable. [SMTP Error Code 550]\n",
        "5.0.0",
    ),
    "an administrator's own words": (
        "admin@x.example",
        "Non-Delivery: Boiler",
        '--- Non-Delivery Report ---\nThe email below could not be delivered to:\n\n"stan.bright@example.net"\n',
        "",
    ),
    "two languages": (
        "desk@x.example",
        "RE: Boiler : non remis (delivery failed)",
        "***\nVotre message n'a pas pu etre delivre a\nstan.bright@example.net\n\nYour message was not delivered.\n",
        "",
    ),
    "a virus scanner": (
        "Larch_AntiVirus_for_Gateways@x.example",
        "Delivery failure notification",
        "Your message could not be delivered to the following recipients:\n\nstan.bright@example.net\n",
        "",
    ),
    "a warning": (
        "<Postmaster\\@y.example@x.example>",
        "Mail Delivery Warning",
        'Delivery to "stan.bright@example.net" has been postponed due to a full mailbox.\n',
        "4.0.0",
    ),
    "no subject": (
        "MAILER-DAEMON@x.example",
        "",
        "I'm afraid I wasn't able to deliver the following message.\n\nTo: stan.bright@example.net\n",
        "",
    ),
}


@pytest.mark.parametrize(
    ("sender", "subject", "text", "status"), BOUNCES_THAT_RETURN_NOTHING.values(), ids=BOUNCES_THAT_RETURN_NOTHING
)
def test_a_bounce_that_returns_nothing_is_known(sender: str, subject: str, text: str, status: str) -> None:
    read = mail(text, subject, sender)
    assert read.kind == "bounce"
    assert read.details["failed_recipient"] == "stan.bright@example.net"
    assert read.details["status"] == status
    assert read.details["permanent"] is not status.startswith("4")


def test_a_server_that_rejects_in_the_form_of_a_read_receipt_bounces() -> None:
    found = mail(
        "--b\nContent-Type: text/plain\n\nYour message to <stan.bright@example.net> was automatically rejected:\n"
        "Quota exceeded\n--b\nContent-Type: message/disposition-notification\n\n"
        "Final-Recipient: rfc822; stan.bright@example.net\n"
        "Disposition: automatic-action/MDN-sent-automatically; deleted\n--b--",
        "Automatically rejected mail",
        "Mail Delivery Subsystem <admin@x.example>",
        Auto_Submitted="auto-replied (rejected)",
        Content_Type="multipart/report; report-type=disposition-notification; boundary=b",
    )
    assert (found.kind, found.details["failed_recipient"]) == ("bounce", "stan.bright@example.net")


def test_a_report_of_spam_without_a_report_part_is_about_a_mail_of_ours() -> None:
    found = mail(
        "--b\nContent-Type: message/rfc822\n\nMessage-ID: <ours@larchmere.example>\nSubject: Your case\n\nDear\n--b--",
        "complaint about message from 192.0.2.22",
        "staff@mail.example",
        Content_Type="multipart/mixed; boundary=b",
    )
    assert (found.kind, found.details["action"]) == ("bounce", "complained")
    assert found.details["original_message_id"] == "<ours@larchmere.example>"


def test_a_report_of_spam_is_about_a_mail_of_ours() -> None:
    text = "--b\n\nAbuse report.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--b\n"
    text += f"Content-Type: message/rfc822\n\n{RETURNED}\n--b--"
    read = mail(text, Content_Type="multipart/report; report-type=feedback-report; boundary=b")
    assert (read.kind, read.details["action"], read.details["permanent"]) == ("bounce", "complained", False)
    assert read.details["original_key"] == "0123456789abcdef0123456789abcdef"


def test_a_read_receipt_is_no_letter() -> None:
    text = "--b\n\nRead.\n--b\nContent-Type: message/disposition-notification\n\nDisposition: x; displayed\n--b--"
    assert (
        mail(text, Content_Type="multipart/report; report-type=disposition-notification; boundary=b").kind
        == "auto_reply"
    )


def test_a_server_that_is_still_trying_has_not_failed() -> None:
    text = "Your message has not been delivered yet and will be retried.\n\n<stan.bright@example.net>: 451 try later\n"
    read = mail(text, "Warning: message delayed 4 hours", "Mail Delivery System <mailer-daemon@x.example>")
    assert (read.kind, read.details["action"], read.details["permanent"]) == ("bounce", "delayed", False)


@pytest.mark.parametrize(
    ("answer", "words", "kind"),
    [
        ("ACCEPTED", "", "auto_reply"),
        ("DECLINED", "", "message"),
        ("TENTATIVE", "", "message"),
        ("ACCEPTED", "Please ring first.", "message"),
    ],
)
def test_only_a_bare_yes_to_an_invitation_is_automatic(answer: str, words: str, kind: str) -> None:
    calendar = f"BEGIN:VCALENDAR\nMETHOD:REPLY\nATTENDEE;PARTSTAT={answer}:mailto:ngozi@example.org\nEND:VCALENDAR"
    found = mail(
        f"--b\nContent-Type: text/plain\n\n{words}\n--b\nContent-Type: text/calendar\n\n{calendar}\n--b--",
        f"{answer.title()}: Visit on Monday",
        Content_Type="multipart/alternative; boundary=b",
    )
    assert found.kind == kind
    assert found.attachments[0].content_type == "text/calendar"
