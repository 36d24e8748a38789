"""What a provider says of an address is believed: it is lost, it has moved, or we must wait."""

from datetime import timedelta

import pytest
from support.book import House
from support.cast import EWA, GRUMBLE, MONDAY, NGOZI, REQUEST, chat, text
from support.post import Clock, Provider

from casework.storage import delivery, people
from casework.storage.tables import Contact
from channels.errors import ChannelError
from notifier import sweep
from notifier.deliver import deliver

LATER = MONDAY + timedelta(days=1)


def test_a_chat_that_blocked_us_is_lost_and_what_is_owed_goes_another_way_at_once(
    house: House, provider: Provider
) -> None:
    _linked(house)
    house.hear(chat(REQUEST))
    provider.error = ChannelError("The resident has blocked the bot.", permanent=True, stopped=True)
    clock = _deliver(house, Clock(MONDAY))
    assert _stopped(house) == {"telegram": True, "phone": False}
    assert len(house.lines("contact_lost")) == 1
    provider.error = None
    sweep.settle(house.book, now=clock)
    _deliver(house, clock)
    assert [(notice.channel, notice.state) for notice in house.notices("receipt")] == [
        ("chat", "failed"), ("sms", "accepted"),
    ]  # fmt: skip
    assert not house.alerts("undelivered")


def test_after_a_chat_is_lost_the_next_answer_does_not_even_try_it(house: House, provider: Provider) -> None:
    _linked(house)
    house.hear(chat(REQUEST))
    provider.error = ChannelError("The resident has blocked the bot.", permanent=True, stopped=True)
    _deliver(house, Clock(MONDAY))
    provider.error = None
    house.hear(text(GRUMBLE, sender=EWA.phone, at=LATER))
    _deliver(house, Clock(LATER))
    assert {message.channel for message in provider.messages} == {"sms"}


def test_a_chat_that_is_lost_without_another_way_ends_with_a_person(house: House, provider: Provider) -> None:
    house.hear(chat(REQUEST))
    provider.error = ChannelError("The resident has blocked the bot.", permanent=True, stopped=True)
    clock = _deliver(house, Clock(MONDAY))
    sweep.settle(house.book, now=clock)
    assert len(house.alerts("undelivered")) == 1


def test_who_lets_us_in_again_is_answered_in_the_chat_again(house: House, provider: Provider) -> None:
    house.hear(chat(REQUEST))
    provider.error = ChannelError("The resident has blocked the bot.", permanent=True, stopped=True)
    _deliver(house, Clock(MONDAY))
    provider.error = None
    house.hear(chat("", kind="empty", details={"membership": "here", "keyword": "start"}, at=LATER))
    house.hear(chat(GRUMBLE, at=LATER))
    _deliver(house, Clock(LATER))
    assert [message.channel for message in provider.messages] == ["chat"]


@pytest.mark.parametrize(("asked", "waits"), [(7, 7), (1, 5), (600, 600), (86_400, 3600)])
def test_a_provider_that_asks_us_to_wait_is_obeyed_within_reason(
    house: House, provider: Provider, asked: int, waits: int
) -> None:
    house.hear(chat(REQUEST))
    provider.error = ChannelError("Telegram asks us to wait.", wait=timedelta(seconds=asked))
    _deliver(house, Clock(MONDAY))
    [notice] = house.notices("receipt")
    assert (notice.state, notice.next_try_at - MONDAY) == ("due", timedelta(seconds=waits))


def test_a_chat_that_became_another_is_written_to_there(house: House, provider: Provider) -> None:
    house.hear(chat(REQUEST))
    provider.moved_to = "-1005550001"
    _deliver(house, Clock(MONDAY))
    assert house.case().reply_address == "-1005550001"
    assert len(house.lines("contact_moved")) == 1
    with house.book.reading() as session:
        assert [contact.address for contact in session.query(Contact)] == ["-1005550001"]


def test_an_address_never_moves_onto_somebody_elses(house: House, provider: Provider) -> None:
    house.hear(chat(REQUEST), text(REQUEST, of=NGOZI))
    with house.book.transaction() as session:
        assert not people.move_address(session, "telegram", "chat", EWA.telegram, EWA.telegram)
        assert not people.move_address(session, "phone", "sms", "+447700900999", NGOZI.phone)
    assert not house.lines("contact_moved")


def test_a_greeting_of_which_nobody_knows_whether_it_went_is_said_again(house: House, provider: Provider) -> None:
    house.hear(chat("/start", details={"keyword": "start"}))
    provider.can_be_asked = False
    provider.answers = ["lost after"]
    clock = _deliver(house, Clock(MONDAY))
    clock.tick(minutes=2)
    sweep.settle(house.book, now=clock)
    _deliver(house, clock)
    assert house.notices("greeting")[0].state == "accepted"
    assert not house.alerts()


def _linked(house: House) -> None:
    """Ewa is known by her chat and her phone, as staff have confirmed."""
    with house.book.transaction() as session:
        addresses = [("telegram", EWA.telegram), ("phone", EWA.phone)]
        people.know(session, None, addresses, {}, name=EWA.name, home="", adjustments="", now=MONDAY)


def _stopped(house: House) -> dict[str, bool]:
    with house.book.reading() as session:
        return {contact.kind: contact.stopped_at is not None for contact in session.query(Contact)}


def _deliver(house: House, clock: Clock) -> Clock:
    with house.book.reading() as session:
        ids = delivery.due(session, now=clock(), limit=100, alerts=False)
    deliver(house.book, ids, now=clock)
    return clock
