"""Staff take down a call, a letter or a visit: the clock counts from when the resident first told anybody."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from support.cast import NGOZI, STAN, Resident
from support.dates import assert_counts, assert_within_a_minute, clock
from support.desk_work import acknowledge, take_down
from support.handset import Handset, texts_by
from support.house import House
from support.letters import opened, plain
from support.smtp_server import SmtpServer
from support.twilio_server import TwilioServer
from support.visitor import Visitor

from casework.calendar import calendar_for
from notifier.render import clock_time, long_date, short_date

pytestmark = pytest.mark.needs("redis")

LONDON = ZoneInfo("Europe/London")
SAID = "She says that the boiler has failed for the third time, nobody came on Tuesday, and she wants to complain."


def working_days_ago(n: int, at: time) -> datetime:
    """A moment in London so many working days before today."""
    today = datetime.now(LONDON).date()
    day: date = calendar_for("england-and-wales").before(today, n)
    return datetime.combine(day, at, LONDON)


@pytest.fixture
def house(open_house: Callable[..., House], twilio: TwilioServer, smtp_sink: SmtpServer) -> House:
    return open_house(**texts_by(twilio), EARSHOT_SMTP_URL=smtp_sink.url)


@pytest.mark.parametrize("how", ["phone", "in_person"])
def test_what_was_said_two_days_ago_counts_from_then_and_is_answered_by_text(
    how: str, house: House, twilio: TwilioServer, priya: Callable[[House], Visitor]
) -> None:
    said_at = working_days_ago(2, time(16, 40))
    officer = priya(house)
    taken = take_down(officer, SAID, how=how, at=said_at, of=Resident(NGOZI.name, phone=NGOZI.phone, home=NGOZI.home))

    case = house.case()
    assert (case.kind, case.state) == ("complaint", "stage_1_received")
    assert case.received_at == said_at.astimezone(UTC)
    assert_counts(clock(case, "acknowledge_1"), said_at)
    assert case.reference in officer.open(taken.path).words

    handset = Handset(twilio, house)
    assert short_date(clock(case, "acknowledge_1").code_due) in handset.received(1)
    assert_within_a_minute(house.notice("receipt"), case.messages[0])

    acknowledge(officer, case.reference)
    respond = clock(house.case(), "respond_1")
    assert_counts(respond, respond.started_at)
    assert short_date(respond.code_due) in handset.received(2)

    handset.text("Thank you. She has it right.")
    assert house.case(messages=2).messages[1].outcome == "attached"


def test_a_letter_is_answered_by_mail_and_says_when_it_came(
    house: House, smtp_sink: SmtpServer, priya: Callable[[House], Visitor]
) -> None:
    opened_at = working_days_ago(1, time(9, 5))
    officer = priya(house)
    take_down(officer, "Dear Sirs, " + SAID, how="letter", at=opened_at, of=Resident(STAN.name, email=STAN.email))
    case = house.case()
    [receipt] = smtp_sink.wait_for(1)
    assert receipt.to == (STAN.email,)
    assert clock_time(opened_at) in plain(opened(receipt.raw))

    acknowledge(officer, case.reference)
    words = plain(opened(smtp_sink.wait_for(2)[1].raw))
    assert long_date(clock(house.case(), "respond_1").code_due) in words


def test_a_letter_found_after_six_working_days_is_acknowledged_at_once_and_staff_are_told(
    house: House, smtp_sink: SmtpServer, priya: Callable[[House], Visitor]
) -> None:
    came = working_days_ago(6, time(10, 0))
    officer = priya(house)
    take_down(officer, SAID, how="letter", at=came, of=Resident(STAN.name, email=STAN.email))

    acknowledgement = house.notice("acknowledgement")
    assert acknowledgement.facts["in_own_words"]
    mails = {opened(taken.raw)["Subject"]: plain(opened(taken.raw)) for taken in smtp_sink.wait_for(2)}
    [words] = [words for subject, words in mails.items() if "what we understand" in subject]
    assert SAID in " ".join(words.split())
    case = house.case()
    assert case.state == "stage_1_acknowledged"
    assert long_date(clock(case, "respond_1").code_due) in words
    assert_counts(clock(case, "acknowledge_1"), came)
    house.until(lambda: house.alerts("fail_safe"), "word to staff")
    assert case.reference in officer.open("/staff/").words


def test_a_letter_without_any_address_becomes_a_task_for_a_person(
    house: House, priya: Callable[[House], Visitor]
) -> None:
    officer = priya(house)
    take_down(officer, SAID, how="letter", at=working_days_ago(1, time(10, 0)), of=Resident(""))
    case = house.case()
    house.until(lambda: house.alerts("undelivered"), "word to staff that nobody can be written to")
    assert case.reference in officer.open("/staff/").words
