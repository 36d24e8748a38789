"""What a colleague forwards is the resident's: theirs the case and the answer; the first receipt starts the clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from support.book import House
from support.cast import MONDAY, NGOZI, STAN

from casework.storage import messages
from casework.storage.tables import Message
from channels import registry
from channels.message import InboundMessage
from intake.desk import Forwards

FRIDAY = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)
TO = "info+forward@larchmere.example"
GRUMBLE = "The boiler is broken for the third time. This is not good enough."


def printed(
    *, of: str = f"{STAN.name} <{STAN.email}>", sent: str = "20 November 2026 09:12", subject: str = "The boiler"
) -> str:
    return f"Please deal with it.\n\nFrom: {of}\nSent: {sent}\nTo: Priya Shah\nSubject: {subject}\n\n{GRUMBLE}\n"


def forwarded(
    words: str = "",
    *,
    by: str = "priya@larchmere.example",
    to: str = "info@larchmere.example",
    subject: str = "FW: The boiler",
    name: str = "<f1@larchmere.example>",
    enclosed: str = "",
    **headers: str,
) -> InboundMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = f"Priya Shah <{by}>", to, subject, name
    mail["Date"] = "Mon, 23 Nov 2026 09:30:00 +0000"
    mail["Reply-To"] = "somebody@elsewhere.example"
    for header, value in headers.items():
        mail[header.replace("_", "-")] = value
    mail.set_content(words or printed())
    if enclosed:
        from email import message_from_string
        from email.policy import default

        mail.add_attachment(message_from_string(enclosed, policy=default))
    return registry.get("email").read(mail.as_bytes(), received_at=MONDAY, our_address="info@larchmere.example")


@pytest.fixture
def office(house: House) -> House:
    """Priya works here, and there is an address for forwards."""
    house.staff()
    house.desk = replace(house.desk, forwards=Forwards(to=TO))
    return house


def test_the_case_is_the_resident_s_and_counts_from_when_the_first_of_us_got_it(office: House) -> None:
    [message] = office.hear(forwarded())
    case = office.case()
    assert (message.sender, message.sender_name, message.subject) == (STAN.email, STAN.name, "The boiler")
    assert (message.new_text, message.received_at, case.received_at) == (GRUMBLE, FRIDAY, FRIDAY)
    [clock] = office.clocks()
    assert clock.started_at == FRIDAY
    assert message.details["forwarded_by"] == "priya@larchmere.example"
    assert message.details["forwarded_at"] == MONDAY.isoformat()
    assert message.details["note"] == "Please deal with it."
    [person] = office.people()
    assert person.name == STAN.name
    assert office.breaks() == []


def test_the_receipt_goes_to_the_resident_and_the_colleague_hears_no_word_of_it(office: House) -> None:
    office.hear(forwarded())
    [receipt], [heard] = office.notices("receipt"), office.notices("forward_heard")
    assert (receipt.channel, receipt.address, receipt.in_reply_to) == ("email", STAN.email, "")
    assert (heard.channel, heard.address, heard.case_id) == ("email", "priya@larchmere.example", None)
    assert heard.facts["reference"] == office.case().reference
    assert "boiler" not in str(heard.facts)
    assert STAN.name not in str(heard.facts)


def test_who_only_has_an_address_of_ours_is_told_nothing(office: House) -> None:
    office.desk = replace(office.desk, forwards=Forwards(domains=frozenset({"larchmere.example"})))
    [message] = office.hear(forwarded(by="reception@larchmere.example"))
    assert message.sender == STAN.email
    assert office.notices("forward_heard") == []


def test_a_mail_that_came_whole_is_answered_in_its_own_thread_and_keeps_its_files(office: House) -> None:
    theirs = f"From: {STAN.email}\nSubject: The boiler\nMessage-ID: <b@example.net>\n"
    theirs += f"Date: Fri, 20 Nov 2026 09:12:00 +0000\n\n{GRUMBLE}\n"
    [message] = office.hear(forwarded("See this.", enclosed=theirs))
    assert (message.sender, message.received_at, message.references) == (STAN.email, FRIDAY, ["<b@example.net>"])
    assert office.notices("receipt")[0].in_reply_to == "<b@example.net>"


def test_what_the_resident_also_wrote_to_us_is_one_case(office: House) -> None:
    theirs = f"From: {STAN.email}\nSubject: The boiler\nMessage-ID: <b@example.net>\n"
    theirs += f"Date: Fri, 20 Nov 2026 09:12:00 +0000\n\n{GRUMBLE}\n"
    straight = registry.get("email").read(theirs.encode(), received_at=FRIDAY, our_address="info@larchmere.example")
    office.hear(straight, forwarded("See this.", enclosed=theirs))
    assert [message.outcome for message in office.messages()] == ["opened", "attached"]
    assert office.notices("forward_heard")[0].facts["joined"]


def test_two_colleagues_who_forward_the_same_mail_open_one_case(office: House) -> None:
    office.staff("Tom Reed", "tom@larchmere.example")
    office.hear(forwarded(), forwarded(by="tom@larchmere.example", name="<f2@larchmere.example>"))
    assert [message.outcome for message in office.messages()] == ["opened", "attached"]
    assert len(office.notices("receipt")) == 1


@pytest.mark.parametrize(
    "sent", ["25 November 2026 09:12", "20 November 2019 09:12", "some day", ""], ids=["ahead", "old", "unread", "none"]
)
def test_a_date_that_cannot_be_believed_counts_from_the_forward_and_staff_are_asked(office: House, sent: str) -> None:
    office.hear(forwarded(printed(sent=sent)))
    assert office.case().received_at == MONDAY
    [sentence] = office.alerts("date")
    assert sentence.startswith(office.case().reference)


def test_an_ordinary_mail_of_a_colleague_is_their_own(office: House) -> None:
    office.hear(
        forwarded("My own heating is off.", subject="Heating"),
        forwarded(subject="RE: The boiler", name="<f2@larchmere.example>"),
    )
    assert {message.sender for message in office.messages()} == {"priya@larchmere.example"}
    assert office.notices("forward_heard") == []


def test_a_forward_of_a_resident_is_the_resident_s_own_letter(office: House) -> None:
    [message] = office.hear(forwarded(by=NGOZI.email))
    assert message.sender == NGOZI.email
    assert "forwarded_by" not in message.details


def test_who_works_here_no_more_forwards_nothing(office: House) -> None:
    from casework.storage import staff

    with office.book.transaction() as session:
        staff.deactivate(session, "priya@larchmere.example", now=MONDAY)
    [message] = office.hear(forwarded())
    assert message.sender == "priya@larchmere.example"


def test_where_no_original_is_found_it_is_kept_and_staff_are_told_and_nothing_is_guessed(office: House) -> None:
    [message] = office.hear(forwarded("Stan rang about his boiler, third time.", to=TO))
    assert (message.state, message.sender) == ("quarantined", "priya@larchmere.example")
    assert "could not be found" in message.reason
    assert len(office.alerts("quarantine")) == 1
    assert office.cases() == []
    run_again(office, message)
    assert office.case().person_id is not None
    assert office.message(message.id).sender == "priya@larchmere.example"


def test_a_reply_that_was_passed_on_to_the_address_for_it_is_a_forward(office: House) -> None:
    [message] = office.hear(forwarded(subject="RE: The boiler", to=TO))
    assert message.sender == STAN.email


def test_what_our_own_server_cannot_prove_waits_for_a_person_and_then_counts_from_the_same_day(office: House) -> None:
    office.desk = replace(office.desk, forwards=Forwards(server="mx.larchmere.example"))
    [message] = office.hear(forwarded())
    assert message.state == "quarantined"
    assert "cannot prove" in message.reason
    assert len(office.alerts("quarantine")) == 1
    assert office.notices("receipt") == []
    run_again(office, message)
    assert office.case().received_at == FRIDAY
    assert office.notices("receipt")[0].address == STAN.email


def test_what_our_own_server_proves_is_taken_at_once(office: House) -> None:
    office.desk = replace(office.desk, forwards=Forwards(server="mx.larchmere.example"))
    word = "mx.larchmere.example; dmarc=pass header.from=larchmere.example"
    [message] = office.hear(forwarded(Authentication_Results=word))
    assert message.details["proven"] is True
    [line] = office.lines("message_forwarded")
    assert line.details == {"proven": True, "received_at": FRIDAY.isoformat()}


def test_a_forward_is_turned_once_however_often_it_is_tried(office: House) -> None:
    [accepted] = office.accept(forwarded())
    for _ in range(3):
        office.process([accepted.id])
    assert len(office.lines("message_forwarded")) == 1
    assert len(office.notices("forward_heard")) == 1


def run_again(house: House, message: Message) -> None:
    later = MONDAY + timedelta(hours=1)
    with house.book.transaction() as session:
        messages.run_again(session, session.get_one(Message, message.id), now=later, actor="staff:1")
    house.process([message.id], now=later)
