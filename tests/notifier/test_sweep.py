"""Laws 3 and 4: what was cut off becomes a doubt, a doubt is asked about, and nobody sends on a guess."""

from datetime import timedelta
from typing import Any

import pytest
from support.book import House
from support.cast import MONDAY, REQUEST, STAN, chat, mail, text
from support.post import Clock, Provider

from casework.storage import bell, delivery, receipts
from casework.storage.tables import Notice
from channels.errors import ChannelError
from channels.message import OutboundMessage
from notifier import sweep
from notifier.deliver import deliver


def test_a_cut_off_claim_is_asked_about_after_a_minute_and_found(house: House, provider: Provider) -> None:
    clock = _cut_off(house, provider, taken=True)
    clock.tick(seconds=59)
    assert sweep.settle(house.book, now=clock) == 0
    clock.tick(seconds=1)
    assert sweep.settle(house.book, now=clock)
    [notice] = house.notices("receipt")
    assert (notice.state, notice.provider_id) == ("accepted", provider.id_of(notice.key))
    assert [line.event for line in house.lines()][-2:] == ["notice_in_doubt", "notice_accepted"]


def test_a_cut_off_claim_that_the_provider_has_not_is_sent(house: House, provider: Provider) -> None:
    clock = _cut_off(house, provider, taken=False)
    clock.tick(seconds=61)
    sweep.settle(house.book, now=clock)
    assert house.notices("receipt")[0].state == "due"
    _deliver(house, clock)
    assert list(provider.taken.values()) == [1]


def test_a_doubt_of_which_the_provider_knows_nothing_is_sent_again(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST))
    provider.answers = ["lost before"]
    clock = Clock(MONDAY)
    _deliver(house, clock)
    assert sweep.settle(house.book, now=clock) == 0, "the provider is given a minute"
    clock.tick(minutes=1)
    sweep.settle(house.book, now=clock)
    _deliver(house, clock)
    assert list(provider.taken.values()) == [1]
    assert house.notices("receipt")[0].state == "accepted"


def test_a_doubt_that_had_gone_is_never_sent_again(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST))
    provider.answers = ["lost after"]
    clock = Clock(MONDAY)
    for _ in range(5):
        _deliver(house, clock)
        sweep.settle(house.book, now=clock)
        clock.tick(minutes=2)
    assert list(provider.taken.values()) == [1]


def test_a_provider_that_cannot_tell_is_asked_again_and_then_a_person_is(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST))
    provider.answers, provider.silent = ["lost after"], True
    clock = Clock(MONDAY)
    _deliver(house, clock)
    for _ in range(12):
        clock.tick(minutes=2)
        sweep.settle(house.book, now=clock)
    [sentence] = house.alerts("in_doubt")
    assert house.case().reference in sentence
    assert house.notices("receipt")[0].state == "in_doubt"
    assert 3 <= len(provider.asked) <= 8
    provider.silent = False
    clock.tick(hours=2)
    sweep.settle(house.book, now=clock)
    assert house.notices("receipt")[0].state == "accepted"


def test_a_channel_that_cannot_be_asked_leaves_it_to_a_person(house: House, provider: Provider) -> None:
    provider.can_be_asked = False
    house.hear(chat(REQUEST))
    provider.answers = ["lost before"]
    clock = Clock(MONDAY)
    _deliver(house, clock)
    for _ in range(6):
        clock.tick(minutes=5)
        sweep.settle(house.book, now=clock)
    assert len(house.alerts("in_doubt")) == 1
    notice = house.notices("receipt")[0]
    sweep.decide(house.book, notice.id, arrived=False, now=clock())
    _deliver(house, clock)
    assert (list(provider.taken.values()), house.notices("receipt")[0].state) == ([1], "accepted")


def test_a_person_may_say_that_it_arrived(house: House, provider: Provider) -> None:
    house.hear(chat(REQUEST))
    provider.answers = ["lost after"]
    clock = Clock(MONDAY)
    _deliver(house, clock)
    notice = house.notices("receipt")[0]
    sweep.decide(house.book, notice.id, arrived=True, now=clock())
    assert house.notices("receipt")[0].state == "accepted"
    with pytest.raises(ValueError, match="not in doubt any more"):
        sweep.decide(house.book, notice.id, arrived=False, now=clock())


def test_an_answer_about_an_earlier_try_says_nothing_of_a_later_one(
    house: House, provider: Provider, monkeypatch: Any
) -> None:
    """Two workers ask; while the second waits, the first has it sent again, and that is in doubt by now."""
    house.hear(text(REQUEST))
    provider.answers = ["lost before", "lost after"]
    clock = Clock(MONDAY)
    _deliver(house, clock)
    clock.tick(minutes=1)
    ask, others = provider.ask, iter([True])

    def ask_slowly(message: OutboundMessage, *, now: Any) -> Any:
        answer = ask(message, now=now)
        if next(others, False):
            sweep.settle(house.book, now=clock)
            _deliver(house, clock)
            assert house.notices("receipt")[0].state == "in_doubt"
        return answer

    monkeypatch.setattr(provider, "ask", ask_slowly)
    sweep.settle(house.book, now=clock)
    monkeypatch.undo()
    for _ in range(3):
        clock.tick(minutes=2)
        _deliver(house, clock)
    assert list(provider.taken.values()) == [1]


def test_one_doubt_that_cannot_be_asked_about_keeps_no_other_waiting(
    house: House, provider: Provider, monkeypatch: Any
) -> None:
    house.hear(text(REQUEST), text(REQUEST, sender="+447700900999"))
    provider.answers = ["lost after", "lost after"]
    clock = Clock(MONDAY)
    _deliver(house, clock)
    ask = provider.ask

    def stumble(message: OutboundMessage, *, now: Any) -> Any:
        if message.to == STAN.phone:
            raise RuntimeError("a bug of the channel")
        return ask(message, now=now)

    monkeypatch.setattr(provider, "ask", stumble)
    clock.tick(minutes=1)
    sweep.settle(house.book, now=clock)
    assert sorted(notice.state for notice in house.notices("receipt")) == ["accepted", "in_doubt"]


def test_a_receipt_that_comes_meanwhile_settles_the_doubt(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST))
    provider.answers = ["lost after"]
    clock = Clock(MONDAY)
    _deliver(house, clock)
    with house.book.transaction() as session:
        receipts.record(session, channel="sms", status="delivered", at=MONDAY, key=house.notices("receipt")[0].key)
    clock.tick(minutes=5)
    assert sweep.settle(house.book, now=clock) == 0
    assert (house.notices("receipt")[0].state, provider.asked) == ("delivered", [])


def test_an_alert_that_was_cut_off_is_told_again(house: House, provider: Provider) -> None:
    house.hear(text("I can smell gas"))
    [alert] = house.notices("staff_alert")
    clock = Clock(MONDAY)
    with house.book.transaction() as session:
        delivery.claim(session, [alert.id], now=clock())
    clock.tick(minutes=1)
    sweep.settle(house.book, now=clock)
    assert house.notices("staff_alert")[0].state == "due"


def test_the_sweep_rings_for_what_is_due_and_for_what_is_unsettled(house: House, monkeypatch: Any) -> None:
    rung: dict[str, int] = {}
    monkeypatch.setattr(bell, "ring_now", lambda job, ids: rung.update({job: len(ids)}) if ids else None)
    house.hear(text("I can smell gas"), mail(REQUEST, subject="Tap"))
    rung.clear()
    assert sweep.ring_for_due(house.book, now=MONDAY) == 3
    assert rung == {bell.DELIVER_ALERTS: 1, bell.DELIVER_NOTICES: 2}
    with house.book.transaction() as session:
        delivery.claim(session, [notice.id for notice in house.notices()], now=MONDAY)
    rung.clear()
    assert sweep.ring_for_due(house.book, now=MONDAY + timedelta(seconds=30)) == 0
    assert sweep.ring_for_due(house.book, now=MONDAY + timedelta(seconds=60)) == 1
    assert rung == {bell.SETTLE_DOUBTS: 1}


def test_asking_that_fails_for_certain_is_still_a_doubt(house: House, provider: Provider, monkeypatch: Any) -> None:
    house.hear(text(REQUEST))
    provider.answers = ["lost before"]
    clock = Clock(MONDAY)
    _deliver(house, clock)

    def refuse(*_: object, **__: object) -> None:
        raise ChannelError("not set up", permanent=True)

    monkeypatch.setattr(provider, "ask", refuse)
    clock.tick(minutes=1)
    sweep.settle(house.book, now=clock)
    assert house.notices("receipt")[0].state == "in_doubt"


def _cut_off(house: House, provider: Provider, *, taken: bool) -> Clock:
    house.hear(text(REQUEST))
    [notice] = house.notices("receipt")
    with house.book.transaction() as session:
        delivery.claim(session, [notice.id], now=MONDAY)
        session.get_one(Notice, notice.id).text = "words"
    provider.taken[notice.key] += taken
    return Clock(MONDAY)


def _deliver(house: House, clock: Clock) -> int:
    with house.book.reading() as session:
        ids = delivery.due(session, now=clock(), limit=100, alerts=False)
    return deliver(house.book, ids, now=clock)
