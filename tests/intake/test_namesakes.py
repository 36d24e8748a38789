"""One Message-ID, two letters: both are kept; one letter by two ways: it is one."""

import pytest
from support.book import House
from support.cast import GRUMBLE, MONDAY, NGOZI, REQUEST, STAN, mail, text

from channels.message import InboundMessage
from intake.accept import accept_all

ID = "<1@mail.example.org>"


def kept(house: House) -> list[tuple[str, int]]:
    return [(message.new_text, message.copies) for message in house.messages()]


@pytest.mark.parametrize("together", [True, False])
def test_pain_10_two_letters_under_one_message_id_are_both_kept(house: House, together: bool) -> None:
    letters = [mail(GRUMBLE, id=ID), mail(REQUEST, id=ID, of=STAN), mail(GRUMBLE, id=ID), mail(REQUEST, id=ID, of=STAN)]
    if together:
        found = accept_all(house.book, letters, now=MONDAY)
    else:
        found = [one for letter in letters for one in accept_all(house.book, [letter], now=MONDAY)]
    assert [one.new for one in found] == [True, True, False, False]
    assert [one.id for one in found[:2]] == [one.id for one in found[2:]]
    assert kept(house) == [(GRUMBLE, 1), (REQUEST, 1)]
    assert house.messages()[0].external_id == ID


@pytest.mark.parametrize(
    "again",
    [
        mail(GRUMBLE, id=ID),
        mail(f"{GRUMBLE}\n\n-- \nThe residents' list. To leave it, write to us.", id=ID),
        mail(GRUMBLE.replace(" ", "\n "), id=ID),
    ],
    ids=["the same", "with a footer", "folded otherwise"],
)
def test_pain_10_one_letter_by_two_ways_is_one_message(house: House, again: InboundMessage) -> None:
    accept_all(house.book, [mail(GRUMBLE, id=ID), again], now=MONDAY)
    assert kept(house) == [(GRUMBLE, 1)]


def test_a_letter_that_only_begins_like_another_is_another(house: House) -> None:
    accept_all(house.book, [mail("", id=ID), mail(REQUEST, id=ID), mail(f"{REQUEST} {GRUMBLE}", id=ID)], now=MONDAY)
    assert len(house.messages()) == 3


def test_the_same_bytes_are_the_same_message_however_they_are_read(house: House) -> None:
    """A new version may read a mail otherwise; and a deleted message must not come back (pain 12)."""
    accept_all(house.book, [mail(GRUMBLE, id=ID), mail("read otherwise", id=ID, raw=f"{ID}\n{GRUMBLE}".encode())],
               now=MONDAY)  # fmt: skip
    assert kept(house) == [(GRUMBLE, 1)]


def test_a_subject_alone_tells_two_letters_apart(house: House) -> None:
    accept_all(
        house.book,
        [mail("", id=ID, subject=subject, raw=subject.encode()) for subject in ("Boiler", "Lift")],
        now=MONDAY,
    )
    assert len(house.messages()) == 2


def test_the_name_that_a_provider_gives_is_believed(house: House) -> None:
    accept_all(house.book, [text(GRUMBLE, id="SM1"), text(REQUEST, id="SM1")], now=MONDAY)
    assert kept(house) == [(GRUMBLE, 1)]


def test_each_of_two_letters_under_one_id_has_its_receipt(house: House) -> None:
    house.hear(mail(GRUMBLE, id=ID), mail(REQUEST, id=ID, of=STAN))
    assert [notice.address for notice in house.notices("receipt")] == [NGOZI.email, STAN.email]
