"""Who told the provider alone to stop is left in peace by us too, and nothing that is owed is dropped for it."""

from datetime import timedelta

from support.book import House
from support.cast import MONDAY, NGOZI, REQUEST, STAN, form, text
from support.post import Clock, Provider

from casework.storage.tables import Contact
from channels.errors import ChannelError
from channels.message import OutboundMessage, Receipt
from notifier import sweep
from notifier.deliver import deliver
from notifier.receipts import record_all

LATER = MONDAY + timedelta(minutes=1)


def stopped(house: House, address: str) -> bool:
    with house.book.reading() as session:
        return session.query(Contact).filter_by(address=address).one().stopped_at is not None


def send(house: House) -> None:
    deliver(house.book, [notice.id for notice in house.notices()], now=Clock(MONDAY))


def test_pain_22_a_refusal_since_they_said_stop_is_known_in_our_own_book(house: House, provider: Provider) -> None:
    def refuse(_message: OutboundMessage) -> None:
        raise ChannelError("They replied STOP.", permanent=True, stopped=True)

    provider.while_sending = refuse
    house.hear(text(REQUEST))
    send(house)
    assert stopped(house, STAN.phone)
    [line] = house.lines("contact_lost")
    assert (line.actor, line.case_id) == ("provider", house.case().id)
    sweep.settle(house.book, now=Clock(LATER))
    assert len(house.alerts("undelivered")) == 1


def test_pain_22_a_receipt_that_says_so_is_believed_and_what_is_owed_goes_by_mail(
    house: House, provider: Provider
) -> None:
    house.hear(form(REQUEST, of=NGOZI, prefers="phone"))
    send(house)
    [receipt] = house.notices("receipt")
    assert receipt.address == NGOZI.phone
    record_all(house.book, [Receipt("sms", "failed", LATER, key=receipt.key, permanent=True, stopped=True)], now=LATER)
    assert stopped(house, NGOZI.phone)
    assert not stopped(house, NGOZI.email)
    sweep.settle(house.book, now=Clock(LATER))
    assert house.notices("receipt")[1].address == NGOZI.email


def test_pain_22_start_lets_texts_through_again(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST), text("STOP", details={"keyword": "stop"}, at=LATER))
    assert stopped(house, STAN.phone)
    house.hear(text("START", details={"keyword": "start"}, at=LATER + timedelta(minutes=1)))
    assert not stopped(house, STAN.phone)


def test_a_way_of_its_own_is_kept_for_later_notices_and_leaves_the_plain_way_open(
    house: House, provider: Provider
) -> None:
    way = {"via": "whatsapp", "heard_at": MONDAY.isoformat()}
    house.hear(text(REQUEST, details={"via": "whatsapp", "way": way}))
    send(house)
    assert provider.messages[0].way == way
    [receipt] = house.notices("receipt")
    record_all(house.book, [Receipt("sms", "failed", LATER, key=receipt.key, permanent=True)], now=LATER)
    sweep.settle(house.book, now=Clock(LATER))
    _, again = house.notices("receipt")
    assert (again.channel, again.address, again.way) == ("sms", STAN.phone, None)
    assert house.alerts("undelivered") == []


def test_the_way_of_the_last_message_is_the_way_of_the_answer(house: House) -> None:
    from intake.acknowledge import route_for

    first, second = ({"via": "whatsapp", "heard_at": at.isoformat()} for at in (MONDAY, LATER))
    house.hear(text(REQUEST, details={"way": first}), text("It drips", details={"way": second}, at=LATER))
    with house.book.reading() as session:
        assert route_for(session.merge(house.case())).way == second
    house.hear(text("By text now", at=LATER + timedelta(minutes=1)))
    with house.book.reading() as session:
        assert route_for(session.merge(house.case())).way == {}
