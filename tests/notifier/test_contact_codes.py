"""A code goes out in words that are not kept, to the one address that it is for, and not once it is too late."""

from typing import Any

import pytest
from support.book import SECRET, House
from support.cast import GRUMBLE, MONDAY, NGOZI, form
from support.post import Clock, Provider

from casework.codes import code_of
from casework.storage.people_tables import ContactCode
from casework.storage.tables import Notice
from intake import verify
from notifier import fallback, sweep
from notifier.deliver import deliver


def owe(house: House) -> tuple[int, str]:
    """A code for Ngozi's phone, whose mail address we know too: the notice and the code."""
    house.hear(form(GRUMBLE, of=NGOZI))
    verify.send_code(house.desk, house.case().reference, "phone", NGOZI.phone, now=MONDAY)
    with house.book.reading() as session:
        code = code_of(session.query(ContactCode).one().nonce, SECRET)
    return house.notices("contact_code")[0].id, code


def notice(house: House) -> Notice:
    return house.notices("contact_code")[0]


def test_it_leaves_with_the_code_and_only_that_it_left_is_kept(house: House, provider: Provider) -> None:
    number, code = owe(house)
    assert deliver(house.book, [number], now=Clock(MONDAY)) == 1
    assert [(sent.to, code in sent.text) for sent in provider.messages] == [(NGOZI.phone, True)]
    kept = notice(house)
    assert (kept.state, kept.text, kept.html, kept.subject) == ("accepted", "", "", "")
    assert code not in repr([kept.facts, [line.details for line in house.lines()]])


def test_it_is_tried_again_with_the_same_code(house: House, provider: Provider) -> None:
    number, code = owe(house)
    clock = Clock(MONDAY)
    provider.answers = ["later"]
    deliver(house.book, [number], now=clock)
    clock.tick(minutes=1)
    deliver(house.book, [number], now=clock)
    assert [code in sent.text for sent in provider.messages] == [True]


@pytest.mark.parametrize(("answer", "after"), [("never", 0), ("lost before", 0), ("later", 16)])
def test_what_cannot_arrive_in_time_has_failed_and_goes_to_no_other_address(
    house: House, provider: Provider, answer: Any, after: int
) -> None:
    number, _ = owe(house)
    clock = Clock(MONDAY)
    clock.tick(minutes=after)
    provider.answers = [answer]
    deliver(house.book, [number], now=clock)
    assert notice(house).state == "failed"
    fallback.follow_up(house.book, now=clock())
    sweep.settle(house.book, now=clock)
    assert len(house.notices("contact_code")) == 1
    assert house.alerts("undelivered") == []
