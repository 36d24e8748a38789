"""A group is declined once; what may be a complaint or a danger in it still reaches a person."""

from datetime import timedelta
from typing import Any

import pytest
from support.book import House
from support.cast import EWA, GAS, GRUMBLE, MONDAY, UNSURE, Resident, chat

from casework.storage import messages
from casework.storage.tables import Contact

LARCH_COURT = Resident("Ewa Kowalska", telegram="-100777")


def said(words: str, *, minutes: int = 0, **details: Any):
    told = {"chat_type": "supergroup"} | details
    return chat(words, of=LARCH_COURT, at=MONDAY + timedelta(minutes=minutes), details=told)


def test_a_group_is_asked_once_to_write_alone_and_then_left_in_peace(house: House) -> None:
    heard = house.hear(said("", membership="here"), said("Hi all"), said("Bins again", minutes=90))
    assert [(message.outcome, "alone" in message.reason) for message in heard] == [("ignored", True)] * 3
    [declined] = house.notices()
    assert (declined.kind, declined.address) == ("group_declined", LARCH_COURT.telegram)
    assert not house.cases()
    assert not house.people()


@pytest.mark.parametrize("words", [GRUMBLE, UNSURE, GAS])
def test_what_may_be_a_complaint_or_a_danger_waits_for_a_person(house: House, words: str) -> None:
    [message] = house.hear(said(words))
    assert (message.outcome, message.case_id) == ("quarantined", None)
    [sentence] = house.alerts("quarantine")
    assert ("gas" in sentence) == (words == GAS)
    with house.book.transaction() as session:
        kept = messages.take(session, [message.id])
        assert kept == []


def test_being_put_out_of_a_group_is_answered_with_nothing(house: House) -> None:
    [left] = house.hear(said("", membership="gone"))
    assert left.outcome == "ignored"
    assert not house.notices()


def test_a_button_or_a_command_in_a_group_does_nothing(house: House) -> None:
    house.hear(said("x", button="cases"), said("/start", keyword="start"), said("/stop", keyword="stop"))
    assert [notice.kind for notice in house.notices()] == ["group_declined"]


def test_a_group_that_became_another_is_followed(house: House) -> None:
    house.hear(chat("Please send somebody", of=LARCH_COURT))  # from before groups were declined
    house.hear(said("", moved_to="-100888"))
    with house.book.reading() as session:
        assert [contact.address for contact in session.query(Contact)] == ["-100888"]
    assert house.case().reply_address == "-100888"


def test_a_group_never_moves_the_address_of_a_resident(house: House) -> None:
    house.hear(chat(GRUMBLE, of=EWA))
    house.hear(said("", moved_to=EWA.telegram))
    with house.book.reading() as session:
        assert [contact.address for contact in session.query(Contact)] == [EWA.telegram]
