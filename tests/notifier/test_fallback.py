"""Law 10: no silence. What cannot go one way goes another, and at last to a person."""

from datetime import timedelta

from support.book import House
from support.cast import EWA, MONDAY, NGOZI, REQUEST, form, mail, text, typed
from support.post import Clock, Provider

from casework.storage import delivery
from casework.storage.tables import Notice
from notifier import sweep
from notifier.deliver import deliver

LATER = MONDAY + timedelta(hours=1)


def test_a_dead_mailbox_is_answered_by_text_and_a_dead_phone_by_a_person(house: House, provider: Provider) -> None:
    house.hear(form(REQUEST, of=NGOZI))
    provider.answers = ["never", "never"]
    _run(house)
    ways = [(notice.channel, notice.address, notice.state) for notice in house.notices("receipt")]
    assert ways == [("email", NGOZI.email, "failed"), ("sms", NGOZI.phone, "failed")]
    [sentence] = house.alerts("undelivered")
    assert house.case().reference in sentence
    assert len(house.lines("notice_rerouted")) == 1


def test_what_goes_another_way_says_the_same(house: House, provider: Provider) -> None:
    house.hear(form(REQUEST, of=NGOZI))
    provider.answers = ["never"]
    _run(house)
    first, second = house.notices("receipt")
    assert first.facts == second.facts
    assert [message.channel for message in provider.messages] == ["sms"]


def test_stop_moves_what_is_owed_to_the_next_permitted_channel(house: House, provider: Provider) -> None:
    house.hear(form(REQUEST, of=NGOZI, prefers="phone"))
    house.hear(text("STOP", of=NGOZI, details={"keyword": "stop"}, at=MONDAY))
    _run(house)
    assert [(notice.channel, notice.state) for notice in house.notices("receipt")] == [
        ("sms", "failed"), ("email", "accepted"),
    ]  # fmt: skip
    assert not house.alerts("undelivered")


def test_stop_everywhere_ends_with_a_person(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST, of=EWA), text("STOP", of=EWA, details={"keyword": "stop"}))
    _run(house)
    assert not provider.taken
    assert len(house.alerts("undelivered")) == 1


def test_an_anonymous_complaint_ends_with_a_person_and_one_alert(house: House, provider: Provider) -> None:
    house.hear(form(REQUEST))
    _run(house)
    [sentence] = house.alerts()
    assert "no address" in sentence


def test_a_letter_gets_its_answer_by_a_person(house: House, provider: Provider) -> None:
    from support.cast import Resident

    house.hear(typed(REQUEST, of=Resident("Mrs. Letter", home="1 Mill Row")))
    _run(house)
    assert len(house.alerts("undelivered")) == 1


def test_each_failure_is_followed_up_once(house: House, provider: Provider) -> None:
    house.hear(form(REQUEST, of=NGOZI))
    provider.answers = ["never", "never"]
    for _ in range(4):
        _run(house)
    assert len(house.notices("receipt")) == 2
    assert len(house.alerts("undelivered")) == 1


def test_an_address_that_failed_once_is_tried_again_for_the_next_message(house: House, provider: Provider) -> None:
    house.hear(form(REQUEST, of=NGOZI))
    provider.answers = ["never"]
    _run(house)
    house.hear(text("and?", of=NGOZI, at=LATER))
    provider.answers = ["never"]
    _run(house, Clock(LATER))
    assert [(notice.channel, notice.state) for notice in house.notices("receipt")] == [
        ("email", "failed"), ("sms", "accepted"), ("sms", "failed"), ("email", "accepted"),
    ]  # fmt: skip


def test_one_failure_that_cannot_be_followed_keeps_no_other_waiting(house: House, provider: Provider) -> None:
    house.hear(form(REQUEST, of=NGOZI), mail(REQUEST, subject="Tap", sender="a@example.org"))
    with house.book.transaction() as session:
        for notice in session.query(Notice).filter_by(kind="receipt"):
            delivery.note_failed(session, notice, at=MONDAY, detail="no")
        session.get_one(Notice, house.notices("receipt")[0].id).facts = {}
    sweep.settle(house.book, now=Clock(MONDAY))
    assert len(house.alerts("undelivered")) == 2
    assert all(notice.followed_at for notice in house.notices("receipt", state="failed"))


def test_an_alert_that_nobody_could_be_told_stands_in_the_book(house: House, provider: Provider) -> None:
    house.hear(text("I can smell gas"))
    with house.book.transaction() as session:
        [alert] = session.query(Notice).filter_by(kind="staff_alert")
        delivery.note_failed(session, alert, at=MONDAY, detail="no")
    _run(house)
    assert [notice.state for notice in house.notices("staff_alert")] == ["failed"]


def _run(house: House, clock: Clock | None = None) -> None:
    clock = clock or Clock(MONDAY)
    for _ in range(4):
        with house.book.reading() as session:
            ids = delivery.due(session, now=clock(), limit=100, alerts=False)
        deliver(house.book, ids, now=clock)
        sweep.settle(house.book, now=clock)
