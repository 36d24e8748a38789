"""The blind sample: the same week draws the same messages, of every channel; nobody reads what they have worked on."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from support.book import House
from support.cast import EWA, GRUMBLE, MONDAY, NGOZI, REQUEST, THANKS, UNSURE, chat, mail, text, typed

from casework.storage import journal, rereading
from casework.storage.learning_tables import Draw, Rereading
from casework.storage.rereading import AnsweredAlready, spread
from casework.storage.tables import Case, StaffMember

NEXT_WEEK = MONDAY + timedelta(days=7)
QUESTION = "When is the office open?"


def draw(house: House, now: datetime = NEXT_WEEK, size: int = 30) -> int:
    with house.book.transaction() as session:
        return rereading.draw(session, size=size, now=now)


def drawn(house: House) -> list[int]:
    with house.book.reading() as session:
        return list(session.scalars(select(Rereading.message_id).order_by(Rereading.message_id)))


def offered(house: House, member: StaffMember) -> int | None:
    with house.book.reading() as session:
        found = rereading.next_for(session, member)
        return found.id if found else None


def answer(house: House, number: int, member: StaffMember, said: str = "no") -> None:
    with house.book.transaction() as session:
        rereading.answer(session, number, member, said, labels=(), now=NEXT_WEEK)


def test_only_what_was_read_as_no_complaint_and_without_a_doubt_is_drawn(house: House) -> None:
    heard = house.hear(
        text(REQUEST, sender="+447700900001"),
        text(THANKS, sender="+447700900002"),
        text(QUESTION, sender="+447700900003"),
        text(GRUMBLE, sender="+447700900004"),
        text(UNSURE, sender="+447700900005"),
        text("", sender="+447700900006"),
        mail("I am away until Monday.", subject="Out of office", kind="auto_reply"),
    )
    assert draw(house) == 3
    assert drawn(house) == [message.id for message in heard[:3]]


def test_the_sample_is_of_the_seven_days_before_the_week_began(house: House) -> None:
    numbers = iter(range(10, 99))
    sunday_night = datetime.fromisoformat("2026-11-29T23:59:59+00:00")
    times = (MONDAY - timedelta(days=1), MONDAY, sunday_night, sunday_night + timedelta(seconds=1))
    heard = house.hear(*(text(QUESTION, sender=f"+4477009000{next(numbers)}", at=at) for at in times))
    draw(house, NEXT_WEEK + timedelta(days=3))
    assert drawn(house) == [heard[1].id, heard[2].id]


def test_a_week_is_drawn_once_and_no_message_twice(house: House) -> None:
    house.hear(text(QUESTION))
    with house.book.reading() as session:
        assert rereading.is_due(session, now=NEXT_WEEK)
    draw(house)
    with house.book.reading() as session:
        assert not rereading.is_due(session, now=NEXT_WEEK + timedelta(days=6))
        assert rereading.is_due(session, now=NEXT_WEEK + timedelta(days=7))
        assert [(row.week, row.found, row.drawn) for row in session.scalars(select(Draw))] == [("2026-W49", 1, 1)]
    assert draw(house, NEXT_WEEK + timedelta(days=7)) == 0


found = st.lists(st.tuples(st.integers(1, 500), st.sampled_from("abc")), unique_by=lambda one: one[0])


@given(found=found, size=st.integers(0, 60))
def test_a_sample_is_as_large_as_it_can_be_and_holds_each_message_once(found: list, size: int) -> None:
    chosen = spread(found, size=size, seed="2026-W49")
    assert len(chosen) == len(set(chosen)) == min(size, len(found))
    assert spread(reversed(found), size=size, seed="2026-W49") == chosen


@given(found=found, size=st.integers(3, 60))
def test_every_channel_is_in_the_sample(found: list, size: int) -> None:
    channels = dict(found)
    assert {channels[number] for number in spread(found, size=size, seed="x")} == set(channels.values())


def test_channels_keep_their_proportions_and_another_week_draws_others() -> None:
    book = [(number, "sms") for number in range(800)] + [(number, "chat") for number in range(800, 1000)]
    this_week, next_week = (spread(book, size=50, seed=seed) for seed in ("2026-W49", "2026-W50"))
    assert set(Counter(dict(book)[number] for number in this_week).values()) == {40, 10}
    assert set(this_week) != set(next_week)


def test_a_message_is_answered_once(house: House) -> None:
    priya, tom = house.staff(), house.staff("Tom Reed", "tom@larchmere.example")
    house.hear(text(QUESTION))
    draw(house)
    number = offered(house, priya)
    assert number is not None
    assert offered(house, tom) == number
    answer(house, number, priya)
    assert offered(house, tom) is None
    with pytest.raises(AnsweredAlready):
        answer(house, number, tom, "yes")
    [line] = house.lines("message_reread")
    assert (line.actor, line.details) == (f"staff:{priya.id}", {"answer": "no"})


def test_who_worked_the_case_or_took_it_down_is_not_asked(house: House) -> None:
    priya, tom = house.staff(), house.staff("Tom Reed", "tom@larchmere.example")
    house.hear(text(QUESTION))
    with house.book.transaction() as session:
        case = session.scalars(select(Case)).one()
        journal.write(session, "alert_seen", at=MONDAY, actor=f"staff:{priya.id}", case=case)
    house.hear(typed(QUESTION, of=NGOZI, taken_by=tom.email), chat(QUESTION, of=EWA))
    with house.book.transaction() as session:
        session.scalars(select(Case).where(Case.id == 3)).one().handler_id = priya.id
    draw(house)
    with house.book.reading() as session:
        by_message = {row.message_id: row.id for row in session.scalars(select(Rereading))}
    assert offered(house, priya) == by_message[2]
    with pytest.raises(AnsweredAlready):
        answer(house, by_message[1], priya)
    read = []
    while number := offered(house, tom):
        answer(house, number, tom)
        read.append(number)
    assert sorted(read) == sorted((by_message[1], by_message[3]))


@pytest.mark.parametrize(("said", "waits"), [("yes", True), ("no", False), ("cant_tell", False)])
def test_a_yes_waits_in_its_case_until_somebody_decides(house: House, said: str, waits: bool) -> None:
    priya = house.staff()
    house.hear(text(QUESTION))
    draw(house)
    answer(house, offered(house, priya) or 0, priya, said)
    case = house.case()
    with house.book.reading() as session:
        assert rereading.unsettled(session, [case.id]) == ({case.id} if waits else set())
    with house.book.transaction() as session:
        rereading.settle(session, case, now=NEXT_WEEK)
    with house.book.reading() as session:
        assert rereading.unsettled(session, [case.id]) == set()
