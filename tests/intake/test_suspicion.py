"""What looks like a machine's work is kept, set aside, and processed like any other at a person's word (law 9)."""

from datetime import UTC, datetime, timedelta

from support.book import House

from casework.storage import messages
from casework.storage.tables import Message
from channels.webform.fields import payload
from channels.webform.inbound import read
from intake.suspicion import keep_suspect

NOW = datetime(2026, 11, 25, 10, 1, tzinfo=UTC)
WHY = "it filled in a field of the form that no person sees."


def suspect(house: House, words: str, *, at: datetime = NOW, number: int = 1) -> None:
    raw = payload(f"6f1d2c3b-0000-4000-8000-00000000000{number}", {"message": words})
    keep_suspect(house.desk, read(raw, received_at=at), reason=WHY, now=at)


def alerts(house: House) -> int:
    return sum(notice.kind == "staff_alert" for notice in house.notices())


def test_it_is_set_aside_with_the_reason_and_the_ledger_balances(house: House) -> None:
    suspect(house, "Buy owls")
    (message,) = house.messages()
    assert (message.state, message.reason) == ("quarantined", WHY)
    with house.book.reading() as session:
        counted = messages.ledger(session, since=NOW - timedelta(days=1), until=NOW + timedelta(days=1))
    assert (counted["seen"], counted["quarantined"]) == (1, 1)


def test_a_second_copy_is_counted_and_tells_nobody_again(house: House) -> None:
    for _ in range(3):
        suspect(house, "Buy owls")
    assert [message.copies for message in house.messages()] == [2]
    assert alerts(house) == 1


def test_a_flood_of_them_alerts_staff_every_ten_minutes_only(house: House) -> None:
    for number in range(5):
        suspect(house, f"Buy owls {number}", number=number, at=NOW + timedelta(minutes=number))
    assert alerts(house) == 1
    suspect(house, "I smell gas", number=9, at=NOW + timedelta(minutes=10))
    assert alerts(house) == 2


def test_a_person_behind_it_is_heard_once_staff_say_so(house: House) -> None:
    suspect(house, "The boiler is broken for the third time.")
    (message,) = house.messages()
    with house.book.transaction() as session:
        messages.run_again(session, session.get_one(Message, message.id), now=NOW, actor="staff:1")
    assert house.process([message.id], now=NOW) == 1
    assert house.messages()[0].outcome == "opened"
