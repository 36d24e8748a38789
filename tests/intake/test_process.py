"""A message in the book becomes a case, joins one, or is set aside; whatever happens, it is never lost (law 9)."""

import itertools
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from support.book import House
from support.cast import EWA, GAS, GRUMBLE, MONDAY, NGOZI, REQUEST, STAN, THANKS, UNSURE, chat, form, mail, text, typed

from casework.lifecycle import CaseState
from casework.storage import bell, cases, messages
from casework.storage.tables import Case, Contact, Message, Notice, Person
from intake import process
from intake.accept import accept_all


def test_a_grumble_becomes_a_complaint_with_its_clock_and_a_receipt(house: House) -> None:
    [message] = house.hear(text(GRUMBLE))
    case = house.case()
    assert (message.state, message.outcome, message.case_id) == ("processed", "opened", case.id)
    assert (case.kind, case.state, case.review) == ("complaint", CaseState.STAGE_1_RECEIVED, False)
    [clock] = house.clocks()
    assert (clock.kind, clock.started_at, clock.code_due.isoformat()) == ("acknowledge_1", MONDAY, "2026-11-30")
    assert case.next_due_at == clock.due_at
    [receipt] = house.notices("receipt")
    assert (receipt.channel, receipt.address, receipt.state) == ("sms", STAN.phone, "due")
    assert receipt.facts["acknowledge_by"] == "2026-11-30"
    assert [line.event for line in house.lines()] == ["case_opened", "clock_started"]


@pytest.mark.parametrize(("words", "kind"), [(REQUEST, "service_request"), (THANKS, "compliment"), ("Hi", "comment")])
def test_what_is_no_complaint_is_recorded_without_a_clock_and_gets_its_receipt(
    house: House, words: str, kind: str
) -> None:
    house.hear(text(words))
    assert (house.case().kind, house.case().state) == (kind, CaseState.OPEN)
    assert not house.clocks()
    assert house.notices("receipt")[0].facts["choice"]


def test_where_the_reader_is_unsure_the_choice_is_offered_and_the_safer_clock_runs(house: House) -> None:
    house.hear(text(UNSURE))
    assert (house.case().state, house.case().review) == (CaseState.CHOICE_OFFERED, True)
    assert [clock.kind for clock in house.clocks()] == ["acknowledge_1"]
    assert house.notices("receipt")[0].facts["choice"]


def test_an_unsure_message_in_an_open_case_offers_the_choice_and_starts_the_safer_clock(house: House) -> None:
    later = MONDAY + timedelta(days=1)
    house.hear(text(REQUEST), text(UNSURE, at=later))
    assert (house.case().state, house.case().review) == (CaseState.CHOICE_OFFERED, True)
    [clock] = house.clocks()
    assert (clock.kind, clock.started_at) == ("acknowledge_1", later)
    assert house.notices("receipt")[1].facts["choice"]


def test_dissatisfaction_in_an_open_case_makes_it_a_complaint_from_that_message_on(house: House) -> None:
    later = MONDAY + timedelta(days=9)
    house.hear(text(REQUEST), text(GRUMBLE, at=later))
    assert (house.case().kind, house.case().state) == ("complaint", CaseState.STAGE_1_RECEIVED)
    assert house.clocks()[0].started_at == later


def test_a_hazard_alerts_staff_at_once_whatever_the_label(house: House) -> None:
    house.hear(text(GAS))
    [alert] = house.alerts("hazard")
    assert "gas" in alert
    assert house.notices("receipt")[0].facts["emergency"]
    assert house.case().urgent


def test_a_second_text_joins_and_its_hazard_is_added(house: House) -> None:
    _, second = house.hear(text(REQUEST), text(GAS, at=MONDAY + timedelta(hours=1)))
    assert (second.outcome, house.case().hazards, house.case().urgent) == ("attached", ["gas"], True)
    assert len(house.alerts("hazard")) == 1


def test_two_mails_of_one_person_on_different_subjects_are_two_cases_of_one_person(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"), mail(GRUMBLE, subject="Boiler"))
    assert len(house.cases()) == 2
    assert [person.name for person in house.people()] == ["Ngozi Okafor"]


def test_a_batch_with_two_texts_of_the_same_new_person_makes_one_person_and_one_case(house: House) -> None:
    sent = [text(REQUEST), text("It drips all night"), text(GRUMBLE, of=NGOZI)]
    ids = [answer.id for answer in accept_all(house.book, sent, now=MONDAY)]
    assert house.process(ids) == 3
    assert [message.outcome for message in house.messages()] == ["opened", "attached", "opened"]
    assert (house.count(Case), house.count(Person), house.count(Contact)) == (2, 2, 2)


def test_a_form_without_name_or_address_is_a_case_of_nobody(house: House) -> None:
    house.hear(form(GRUMBLE))
    case = house.case()
    assert (case.person_id, case.reply_channel, house.count(Person)) == (None, "nobody", 0)
    assert [notice.channel for notice in house.notices("receipt")] == ["nobody"]


def test_an_automatic_reply_is_ignored_with_a_reason_and_never_answered(house: House) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    before = house.count(Notice)
    [ignored] = house.hear(mail("I am on leave", subject="Automatic reply: Tap", kind="auto_reply"))
    assert (ignored.outcome, house.count(Notice), house.count(Case)) == ("ignored", before, 1)
    assert "automatic" in ignored.reason
    assert house.lines("message_ignored")


def test_a_mail_without_any_words_is_still_a_case(house: House) -> None:
    [message] = house.hear(mail("", kind="empty"))
    assert message.outcome == "opened"
    assert house.notices("receipt")


def test_after_three_failures_only_the_poison_one_is_in_quarantine(house: House) -> None:
    sent = [text(REQUEST), text("poison", of=NGOZI), chat(THANKS)]
    ids = [answer.id for answer in accept_all(house.book, sent, now=MONDAY)]
    now = MONDAY
    for _ in range(3):
        house.process(ids, now=now)
        now += timedelta(minutes=1)
    assert [message.outcome for message in house.messages()] == ["opened", "quarantined", "opened"]
    poison = house.messages()[1]
    assert (poison.attempts, poison.processed_at) == (3, MONDAY + timedelta(minutes=2))
    assert len(house.alerts("quarantine")) == 1
    assert house.lines("message_quarantined")


def test_a_message_that_the_book_refuses_is_poison_like_any_other(house: House, monkeypatch: Any) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, ValueError("index row size 2800 exceeds maximum 2704"))

    [accepted] = house.accept(text(REQUEST))
    monkeypatch.setattr(process.answer, "post_receipt", refuse)
    for minute in range(3):
        house.process([accepted.id], now=MONDAY + timedelta(minutes=minute))
    assert house.message(accepted.id).state == "quarantined"


def test_a_book_that_is_out_of_order_is_said_and_nobody_is_blamed(house: House, monkeypatch: Any) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("UPDATE", {}, ValueError("database is locked"))

    [accepted] = house.accept(text(REQUEST))
    with monkeypatch.context() as outage:
        outage.setattr(process.answer, "post_receipt", gone)
        with pytest.raises(OperationalError):
            house.process([accepted.id])
    assert house.message(accepted.id).attempts == 0
    assert house.process([accepted.id]) == 1


def test_a_message_out_of_quarantine_is_processed_again_from_the_first_try(house: House) -> None:
    [accepted] = house.accept(text("poison"))
    for minute in range(3):
        house.process([accepted.id], now=MONDAY + timedelta(minutes=minute))
    with house.book.transaction() as session:
        messages.run_again(session, session.get_one(Message, accepted.id), now=MONDAY, actor="priya")
    house.reader.assess = lambda text: type(house.reader)().assess("please send")  # type: ignore[method-assign]
    assert house.process([accepted.id]) == 1
    again = house.message(accepted.id)
    assert (again.outcome, again.attempts, again.reason) == ("opened", 0, "")


def test_what_no_channel_could_read_is_read_again_by_its_channel(house: House) -> None:
    from intake.accept import keep_unreadable

    raw = b"MessageSid=SM1&From=%2B447700900456&To=%2B441632960100&Body=The+gate+drips"
    number = keep_unreadable(
        house.book, channel="sms", our_address="x", raw=raw, received_at=MONDAY, reason="bug", now=MONDAY
    )
    with house.book.transaction() as session:
        messages.run_again(session, session.get_one(Message, number), now=MONDAY, actor="priya")
    assert house.process([number]) == 1
    read = house.message(number)
    assert (read.outcome, read.text, read.sender) == ("opened", "The gate drips", STAN.phone)


def test_what_still_cannot_be_read_goes_back_to_quarantine(house: House) -> None:
    from intake.accept import keep_unreadable

    number = keep_unreadable(
        house.book, channel="sms", our_address="x", raw=b"\xff", received_at=MONDAY, reason="no", now=MONDAY
    )
    with house.book.transaction() as session:
        messages.run_again(session, session.get_one(Message, number), now=MONDAY, actor="priya")
    for minute in range(3):
        house.process([number], now=MONDAY + timedelta(minutes=minute))
    assert (house.message(number).state, house.count(Case)) == ("quarantined", 0)


def test_two_workers_with_the_same_messages_make_each_case_once(house: House) -> None:
    sent = [text(REQUEST, of=STAN), text(GRUMBLE, of=NGOZI), chat(THANKS, of=EWA), form(GRUMBLE)]
    ids = [answer.id for answer in accept_all(house.book, sent, now=MONDAY)]
    with ThreadPoolExecutor(4) as threads:
        done = sum(threads.map(lambda _: house.process(ids), range(4)))
    assert (done, house.count(Case), len(house.notices("receipt"))) == (4, 4, 4)
    assert not house.breaks()


@pytest.mark.parametrize("known", [False, True], ids=["a new person", "a known person"])
def test_two_workers_with_two_texts_of_one_person_open_one_case(house: House, known: bool) -> None:
    if known:
        house.hear(mail(THANKS, sender="", subject="Gate"))
        house.hear(typed("Called about the gate", of=STAN))
        house.change_all(lambda case: setattr(case, "closed_at", MONDAY))
    before = house.count(Case)
    for _ in range(5):
        pairs = [[answer.id] for answer in house.accept(*(text(f"{REQUEST} {n}") for n in range(4)))]
        start = threading.Barrier(len(pairs))

        def work(ids: list[int], start: threading.Barrier = start) -> None:
            start.wait()
            house.process(ids)

        with ThreadPoolExecutor(len(pairs)) as threads:
            list(threads.map(work, pairs))
    house.process([message.id for message in house.messages() if message.state == "accepted"],
                  now=MONDAY + timedelta(minutes=1))  # fmt: skip
    assert house.count(Case) == before + 1
    assert {message.state for message in house.messages()} == {"processed"}


def test_a_case_changed_by_staff_meanwhile_is_waited_for(house: House) -> None:
    house.hear(text(REQUEST))
    [second] = house.accept(text(GRUMBLE, at=MONDAY + timedelta(hours=1)))
    in_hand, done = threading.Event(), threading.Event()

    def hold() -> None:
        with house.book.transaction() as session:
            case = session.get_one(Case, house.case().id, with_for_update={"of": Case, "key_share": True})
            case.summary = "staff wrote this"
            session.flush()
            in_hand.set()
            done.wait(0.3)

    with ThreadPoolExecutor(2) as threads:
        holding = threads.submit(hold)
        in_hand.wait(10)
        assert threads.submit(house.process, [second.id]).result() == 1
        done.set()
        holding.result()
    assert house.message(second.id).attempts == 0
    assert (house.case().summary, house.case().state) == ("staff wrote this", CaseState.STAGE_1_RECEIVED)


def test_case_clock_notice_and_line_are_there_together_or_not_at_all(house: House, monkeypatch: Any) -> None:
    [accepted] = house.accept(text(GRUMBLE))
    monkeypatch.setattr("casework.storage.journal.seal", _crash)
    with pytest.raises(KeyboardInterrupt):
        house.process([accepted.id])
    assert (house.count(Case), house.clocks(), house.notices(), house.lines(), house.people()) == (0, [], [], [], [])
    assert house.message(accepted.id).state == "accepted"


def test_a_reference_that_is_taken_is_not_given_again(house: House, monkeypatch: Any) -> None:
    house.hear(text(REQUEST))
    drawn = itertools.chain([house.case().reference] * 10, itertools.repeat("4817-2736-K"))
    monkeypatch.setattr(cases, "new_reference", lambda: next(drawn))
    [message] = house.hear(text(REQUEST, of=NGOZI))
    assert (message.attempts, house.cases()[1].reference) == (0, "4817-2736-K")


def test_a_longer_batch_asks_the_book_no_more_questions(house: House) -> None:
    def questions(number: int) -> int:
        sent = [mail(REQUEST, subject=f"Tap {n}", sender=f"resident{number}-{n}@example.org") for n in range(number)]
        ids = [answer.id for answer in accept_all(house.book, sent, now=MONDAY)]
        with house.counting() as counted:
            house.process(ids)
        return counted["SELECT"]

    assert questions(50) - questions(10) <= 4


def test_no_word_name_or_address_is_in_any_log_line(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(bell, "connection", lambda: None)
    secret = "Zanzibar poison third time"
    sent = [text(secret), form(secret, of=NGOZI), text("x", sender="+4477009" + "0" * 3000)]
    for message in sent:
        house.hear(message)
        house.process([message.id for message in house.messages()], now=MONDAY + timedelta(minutes=5))
        house.process([message.id for message in house.messages()], now=MONDAY + timedelta(minutes=9))
    told = caplog.text + repr([line.details for line in house.lines()])
    for private in ("Zanzibar", "poison", *filter(None, vars(NGOZI).values()), *filter(None, vars(STAN).values())):
        assert private not in told, private


def _crash(_session: object) -> None:
    raise KeyboardInterrupt
