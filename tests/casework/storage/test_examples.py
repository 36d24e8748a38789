"""What staff say of a message is kept beside it, only as long as it may be, and never against the resident's will."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from support.book import House
from support.cast import EWA, MONDAY, NGOZI, REQUEST, STAN, chat, mail, text

from casework.storage import examples
from casework.storage.learning_tables import Example
from casework.storage.tables import Case, Message

LATER = MONDAY + timedelta(days=1)
KEPT = timedelta(days=730)


def keep(house: House, number: int, labels: tuple[str, ...] = ("complaint",), **said: object) -> Example | None:
    facts = {"how": "corrected", "hazards": (), "may_teach": True, "now": LATER, "actor": "staff:1", **said}
    with house.book.transaction() as session:
        return examples.keep(session, session.get_one(Message, number), labels=labels, **facts)  # type: ignore[arg-type]


def kept(house: House) -> list[Example]:
    with house.book.reading() as session:
        return list(session.scalars(select(Example).order_by(Example.id)))


def taught(house: House, now: datetime = LATER) -> list[tuple[int, list[str]]]:
    with house.book.reading() as session:
        return [(one.message_id, one.labels) for one in examples.teaching(session, now=now)]


def forget(house: House, number: int) -> int:
    with house.book.transaction() as session:
        case = session.scalars(select(Case).join(Case.messages).where(Message.id == number)).one()
        return examples.forget(session, case, now=LATER, actor="operator")


def test_it_says_what_was_read_by_which_model_and_what_a_person_says(house: House) -> None:
    [heard] = house.hear(text("I can smell gas in the hall."))
    keep(house, heard.id, ("complaint", "service_request"), hazards=("fire",))
    [one] = kept(house)
    assert (one.model_version, one.read_labels, one.read_hazards) == ("plain", ["service_request"], ["gas"])
    assert (one.labels, one.confirmed, one.struck) == (["complaint", "service_request"], [], ["gas"])
    assert (one.actor, one.at, one.kept_until) == ("staff:1", LATER, LATER + KEPT)


def test_no_word_of_the_message_is_copied(house: House) -> None:
    [heard] = house.hear(text(REQUEST))
    keep(house, heard.id)
    values = [getattr(kept(house)[0], column.key) for column in Example.__table__.columns]
    assert not [value for value in values if isinstance(value, str) and "tap" in value]


def test_the_newest_word_on_a_message_counts(house: House) -> None:
    [heard] = house.hear(text(REQUEST))
    keep(house, heard.id, ("complaint",))
    keep(house, heard.id, ("service_request",))
    assert taught(house) == [(heard.id, ["service_request"])]
    keep(house, heard.id, ("complaint",), may_teach=False)
    assert taught(house) == []


def test_what_may_not_teach_is_kept_but_never_taught(house: House) -> None:
    [heard] = house.hear(text(REQUEST))
    keep(house, heard.id, may_teach=False)
    assert (len(kept(house)), taught(house)) == (1, [])


def test_an_example_ends_with_its_time_even_before_it_is_deleted(house: House) -> None:
    [heard] = house.hear(text(REQUEST))
    keep(house, heard.id)
    assert taught(house, LATER + KEPT - timedelta(seconds=1)) != []
    assert taught(house, LATER + KEPT) == []
    with house.book.transaction() as session:
        assert examples.drop_expired(session, now=LATER + KEPT - timedelta(seconds=1)) == 0
    with house.book.transaction() as session:
        assert examples.drop_expired(session, now=LATER + KEPT) == 1
    assert kept(house) == []
    assert [line.details for line in house.lines("examples_expired")] == [{"count": 1}]


def test_who_objects_has_everything_of_theirs_deleted_at_once_and_nobody_else(house: House) -> None:
    first, second = house.hear(mail(REQUEST, subject="Tap"), mail("And thank you for the gate.", subject="Gate"))
    [other] = house.hear(text(REQUEST, of=STAN))
    for heard in (first, second, other):
        keep(house, heard.id)
    assert forget(house, first.id) == 2
    assert [one.message_id for one in kept(house)] == [other.id]
    [line] = house.lines("examples_forgotten")
    assert (line.actor, line.details) == ("operator", {"count": 2})
    assert house.breaks() == []


def test_who_objects_teaches_nothing_from_then_on_in_any_case_of_theirs(house: House) -> None:
    [first] = house.hear(mail(REQUEST, subject="Tap"))
    forget(house, first.id)
    [second] = house.hear(mail("The gate hangs loose.", subject="Gate"))
    with pytest.raises(examples.Objected, match="answer No"):
        keep(house, second.id)
    assert keep(house, second.id, may_teach=False) is None
    assert kept(house) == []


def test_an_objection_without_a_name_holds_for_its_case(house: House) -> None:
    [heard], [other] = house.hear(chat(REQUEST, of=EWA)), house.hear(mail(REQUEST, of=NGOZI, subject="Tap"))
    with house.book.transaction() as session:
        session.get_one(Case, heard.case_id).person_id = None
    keep(house, heard.id)
    assert forget(house, heard.id) == 1
    assert keep(house, other.id) is not None
