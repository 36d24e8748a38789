"""Two programs that collect one bot's messages: staff hear of it once a day, not once a message."""

from datetime import timedelta

from support.book import House
from support.cast import MONDAY

from channels.errors import Contested
from intake import contested


def test_staff_hear_of_it_once_a_day_however_often_it_comes_and_goes(house: House) -> None:
    error = Contested("Another program is collecting this bot's messages: stop it.")
    for minutes in (0, 1, 60, 24 * 60):
        contested.tell_staff(house.book, "chat:900100", error, now=MONDAY + timedelta(minutes=minutes))
    assert house.alerts("contested") == [error.sentence] * 2


def test_each_source_is_told_of(house: House) -> None:
    error = Contested("Another program is collecting these messages.")
    for source in ("chat:900100", "chat:900200"):
        contested.tell_staff(house.book, source, error, now=MONDAY)
    assert len(house.alerts("contested")) == 2
