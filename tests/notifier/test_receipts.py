"""Proof of delivery: in any order, any number of times, even before we know the provider's id."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from support.book import House
from support.cast import MONDAY, REQUEST, text
from support.post import Clock, Provider

from casework.storage.tables import StoredReceipt
from channels.message import Receipt, ReceiptStatus
from notifier.deliver import deliver
from notifier.receipts import record_all

LATER = MONDAY + timedelta(minutes=1)


def test_a_receipt_moves_its_notice_by_our_key(house: House, provider: Provider) -> None:
    key = _sent(house)
    record_all(house.book, [Receipt("sms", "delivered", LATER, key=key)], now=LATER)
    [notice] = house.notices("receipt")
    assert (notice.state, notice.delivered_at, notice.accepted_at) == ("delivered", LATER, MONDAY)


def test_a_receipt_moves_its_notice_by_the_providers_id(house: House, provider: Provider) -> None:
    key = _sent(house)
    record_all(house.book, [Receipt("sms", "delivered", LATER, provider_id=provider.id_of(key))], now=LATER)
    assert house.notices("receipt")[0].state == "delivered"


def test_pain_23_an_unknown_receipt_is_kept_and_applied_once_its_id_is_known(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST))
    number = provider.id_of(house.notices("receipt")[0].key)
    record_all(house.book, [Receipt("sms", "delivered", LATER, provider_id=number)], now=LATER)
    assert house.notices("receipt")[0].state == "due"
    _deliver(house)
    assert house.notices("receipt")[0].state == "delivered"


def test_a_receipt_of_nothing_of_ours_is_kept_and_changes_nothing(house: House, provider: Provider) -> None:
    _sent(house)
    record_all(house.book, [Receipt("sms", "failed", LATER, provider_id="somebody else's")], now=LATER)
    assert (house.notices("receipt")[0].state, house.count(StoredReceipt)) == ("accepted", 1)


@pytest.mark.parametrize("order", list(itertools.permutations(["accepted", "delivered", "failed"])))
def test_pain_23_in_whatever_order_they_come_delivered_never_goes_back(
    house: House, provider: Provider, order: tuple[ReceiptStatus, ...]
) -> None:
    key = _sent(house)
    for minute, status in enumerate(order):
        at = LATER + timedelta(minutes=minute)
        record_all(house.book, [Receipt("sms", status, at, key=key)], now=at)
    assert house.notices("receipt")[0].state == "delivered"


def test_pain_23_a_repeated_receipt_is_kept_once_and_says_nothing_new(house: House, provider: Provider) -> None:
    key = _sent(house)
    for _ in range(5):
        record_all(house.book, [Receipt("sms", "delivered", LATER, key=key)] * 2, now=LATER)
    assert house.count(StoredReceipt) == 1
    assert len(house.lines("notice_delivered")) == 1


def test_the_same_receipt_several_times_at_once_is_kept_once(house: House, provider: Provider) -> None:
    key = _sent(house)
    pushed = [Receipt("sms", status, LATER, key=key, provider_id=provider.id_of(key))
              for status in ("accepted", "delivered")]  # fmt: skip
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: record_all(house.book, pushed, now=LATER), range(6)))
    assert (house.count(StoredReceipt), house.notices("receipt")[0].state) == (2, "delivered")
    assert not house.breaks()


def test_a_receipt_from_the_future_is_dated_now(house: House, provider: Provider) -> None:
    key = _sent(house)
    record_all(house.book, [Receipt("sms", "delivered", LATER + timedelta(days=9), key=key)], now=LATER)
    assert house.notices("receipt")[0].delivered_at == LATER


def test_a_failure_that_the_provider_reports_later_is_followed_up(house: House, provider: Provider) -> None:
    from notifier import sweep

    key = _sent(house)
    record_all(house.book, [Receipt("sms", "failed", LATER, key=key, detail="The phone is off.")], now=LATER)
    sweep.settle(house.book, now=Clock(LATER))
    [sentence] = house.alerts("undelivered")
    assert "The phone is off." in sentence


def test_a_delivery_that_is_reported_before_the_notice_is_tried_again_stops_the_second_try(
    house: House, provider: Provider
) -> None:
    house.hear(text(REQUEST))
    provider.answers = ["later"]
    _deliver(house)
    key = house.notices("receipt")[0].key
    record_all(house.book, [Receipt("sms", "delivered", LATER, key=key)], now=LATER)
    _deliver(house, Clock(LATER + timedelta(hours=1)))
    assert not provider.taken


def test_no_receipts_are_no_transaction(house: House) -> None:
    with house.counting() as counted:
        record_all(house.book, [], now=LATER)
    assert not counted


def _sent(house: House) -> str:
    house.hear(text(REQUEST))
    _deliver(house)
    return house.notices("receipt")[0].key


def _deliver(house: House, clock: Clock | None = None) -> None:
    deliver(house.book, [notice.id for notice in house.notices("receipt")], now=clock or Clock(MONDAY))
