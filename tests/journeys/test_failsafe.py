"""Nobody confirms an acknowledgement all week: staff are told every day, and at the last safe hour it goes (law 8)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from support.dates import assert_counts, clock
from support.handset import Handset, texts_by
from support.house import House
from support.twilio_server import TwilioServer

from casework.clocks import failsafe_at
from casework.rules import rules_of
from casework.storage import clocks
from casework.storage.sessions import book
from casework.storage.tables import Notice
from casework.watching import looks
from channels.sms import provider
from intake.desk import desk
from intake.watch import watch
from notifier.deliver import deliver
from notifier.render import short_date

pytestmark = pytest.mark.needs("redis")

SAID = "The boiler at 12 Larch Court is broken for the third time and nobody ever comes. I am sick of this."


def test_the_fail_safe_acknowledges_in_the_residents_own_words_before_the_fifth_working_day_ends(
    open_house: Callable[..., House], twilio: TwilioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = open_house(**texts_by(twilio))
    handset = Handset(twilio, house)
    handset.text(SAID)
    handset.received(1)
    case = house.case()
    waiting = clock(case, "acknowledge_1")
    rules = rules_of("code-2024")
    last_safe = failsafe_at(clocks.as_clock(waiting), rules.policy, rules.calendar)
    assert last_safe < waiting.due_at
    assert rules.calendar.count(case.received_at.date(), last_safe.date()) <= 5

    for name, value in house.variables.items():  # from here on the test is the worker, with a clock of its own
        monkeypatch.setenv(name, value)
    moments = [look.at for look in looks(clocks.as_clock(waiting), rules.policy, rules.calendar) if look.at < last_safe]
    for number, moment in enumerate(moments, 1):
        assert pass_by(moment) == 1
        assert len(house.alerts("due_soon")) == number
        assert house.case().state == "stage_1_received"
    assert len(moments) >= 2

    assert pass_by(last_safe - timedelta(seconds=1)) == 0
    assert pass_by(last_safe) == 1
    said = handset.received(2)
    provider.close()
    acknowledged = house.case()
    assert acknowledged.state == "stage_1_acknowledged"
    assert acknowledged.understanding == SAID
    respond = clock(acknowledged, "respond_1")
    assert_counts(respond, last_safe)
    assert short_date(respond.code_due) in said
    assert len(house.alerts("fail_safe")) == 1
    assert pass_by(waiting.due_at + timedelta(minutes=1)) == 0
    assert len(house.alerts("overdue")) == 0


def pass_by(moment: datetime) -> int:
    """What the tick finds at this moment, and what the post room then sends; how many clocks were looked at."""
    looked = watch(desk(), now=moment)
    with book().reading() as session:
        due = [number for (number,) in session.query(Notice.id).filter(Notice.state == "due")]
    deliver(book(), due, now=lambda: moment)
    return looked
