"""Somebody smells gas: staff are told at once, at any hour, before anything else is done (law 7)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from support.alert_board import AlertBoard
from support.handset import Handset, texts_by
from support.house import House
from support.twilio_server import TwilioServer

from casework.storage.sessions import book
from casework.storage.tables import Notice
from channels import registry
from classifier.pipeline import load
from intake.accept import accept
from intake.desk import desk
from intake.process import process
from notifier.deliver import deliver

pytestmark = pytest.mark.needs("redis")

GAS = "I can smell gas in the hallway and my mum is asleep upstairs"
NUMBER = "0800 111 999"


@pytest.fixture
def board() -> Iterator[AlertBoard]:
    with AlertBoard() as put_up:
        yield put_up


def test_a_smell_of_gas_alerts_staff_before_anything_else_and_the_receipt_says_whom_to_call(
    open_house: Callable[..., House], twilio: TwilioServer, board: AlertBoard
) -> None:
    # Nobody serves the other queues yet: the alert must not wait behind them.
    house = open_house("urgent", "intake", **texts_by(twilio), EARSHOT_STAFF_ALERTS=board.apprise_url)
    handset = Handset(twilio, house)
    handset.text(GAS)

    case = house.case()
    assert case.urgent
    assert "gas" in case.hazards
    alert = board.wait_for("gas")
    assert "URGENT" in alert["title"]
    assert case.reference in alert["message"]
    assert f"/staff/cases/{case.reference}" in alert["message"]
    assert twilio.messages == []

    house.start_worker("notices", "housekeeping")
    assert NUMBER in handset.received(1)
    assert house.notice("staff_alert").kind == "staff_alert"
    assert len(board.alerts) == 1


def test_at_three_at_night_nothing_waits_for_the_morning(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    night = datetime(2026, 12, 27, 3, 0, tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)  # a Sunday after Christmas
    monkeypatch.setenv("EARSHOT_DATABASE_URL", sqlite_url)
    fields = {"MessageSid": "SM" + "1" * 32, "From": "+447700900123", "To": "+441632960100", "Body": GAS}
    message = registry.get("sms").read(urlencode(fields).encode(), received_at=night)
    process(desk(), load(), [accept(book(), message, now=night).id], now=night)

    with book().reading() as session:
        [alert] = session.query(Notice).filter(Notice.kind == "staff_alert")
        assert alert.next_try_at == night
        number = alert.id
    assert deliver(book(), [number], now=lambda: night) == 1
