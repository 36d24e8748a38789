"""Law 4: what we owe leaves once, is tried again when that can help, and is never guessed to have gone."""

import dataclasses
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from support.book import SECRET, House
from support.cast import GRUMBLE, MONDAY, NGOZI, REQUEST, STAN, chat, mail, text
from support.post import Clock, Provider

from casework.links import reference_in_reply
from casework.storage import delivery
from casework.storage.outbox import ALERT
from casework.storage.tables import Notice
from channels.message import OutboundMessage
from notifier import deliver as post_room
from notifier import sweep
from notifier.deliver import deliver


def test_a_receipt_is_rendered_sent_and_recorded(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST))
    assert _deliver(house, Clock(MONDAY)) == 1
    [notice] = house.notices("receipt")
    assert (notice.state, notice.accepted_at, notice.claim, notice.attempts) == ("accepted", MONDAY, None, 1)
    assert notice.provider_id == provider.id_of(notice.key)
    [sent] = provider.messages
    assert (sent.to, sent.text, sent.key) == (STAN.phone, notice.text, notice.key)
    assert house.case().reference in sent.text
    assert notice.template_version
    assert [line.event for line in house.lines("notice_accepted")] == ["notice_accepted"]


def test_an_answer_is_asked_back_to_the_address_of_its_case(
    house: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_MAIL_FROM", "info@larchmere.example")
    monkeypatch.setenv("EARSHOT_MAIL_REPLY_TOKENS", "true")
    house.hear(mail(REQUEST, subject="Tap"), text(REQUEST))
    _deliver(house, Clock(MONDAY))
    letter, by_text = provider.messages
    token = letter.reply_to.partition("+")[2].partition("@")[0]
    assert reference_in_reply(token, SECRET) == house.cases()[0].reference
    assert by_text.reply_to == ""


def test_what_was_rendered_is_what_is_sent_again(house: House, provider: Provider, monkeypatch: Any) -> None:
    house.hear(text(REQUEST))
    clock = Clock(MONDAY)
    provider.answers = ["later"]
    _deliver(house, clock)
    words = house.notices("receipt")[0].text
    monkeypatch.setattr(post_room, "render", lambda *_: pytest.fail("rendered twice"))
    clock.tick(minutes=1)
    _deliver(house, clock)
    assert [message.text for message in provider.messages] == [words]


def test_two_workers_send_each_notice_once(house: House, provider: Provider) -> None:
    house.hear(*(text(REQUEST, sender=f"+4477009001{n:02}") for n in range(30)))
    ids = [notice.id for notice in house.notices("receipt")]
    with ThreadPoolExecutor(4) as threads:
        handed = sum(threads.map(lambda _: deliver(house.book, ids, now=Clock(MONDAY)), range(4)))
    assert handed == 30
    assert set(provider.taken.values()) == {1}
    assert not house.breaks()


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("takes", "accepted"),
        ("delivers", "delivered"),
        ("later", "due"),
        ("never", "failed"),
        ("lost before", "in_doubt"),
        ("lost after", "in_doubt"),
        ("bug", "in_doubt"),
    ],
)
def test_each_answer_has_its_state(house: House, provider: Provider, answer: Any, state: str) -> None:
    house.hear(text(REQUEST))
    provider.answers = [answer]
    _deliver(house, Clock(MONDAY))
    assert house.notices("receipt")[0].state == state


def test_a_busy_provider_is_tried_again_further_and_further_apart(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST))
    provider.answers = ["later"] * 8
    clock, waits = Clock(MONDAY), []
    for _ in range(7):
        _deliver(house, clock)
        waits.append((house.notices("receipt")[0].next_try_at - clock()).total_seconds())
        _deliver(house, clock)
        assert house.notices("receipt")[0].attempts == len(waits), "tried before its time"
        clock.tick(seconds=waits[-1])
    assert waits == [5, 30, 120, 600, 1800, 1800, 1800]


def test_staff_are_told_once_of_a_notice_that_does_not_get_out(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST))
    provider.answers = ["later"] * 9
    clock = Clock(MONDAY)
    for _ in range(8):
        _deliver(house, clock)
        clock.tick(minutes=31)
    [sentence] = house.alerts("delayed")
    assert house.case().reference in sentence


def test_after_three_days_it_has_failed_and_goes_another_way(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST))
    provider.answers = ["later"] * 2
    clock = Clock(MONDAY)
    _deliver(house, clock)
    clock.tick(hours=73)
    _deliver(house, clock)
    assert house.notices("receipt")[0].state == "failed"
    sweep.settle(house.book, now=clock)
    assert len(house.alerts("undelivered")) == 1


def test_a_worker_that_dies_while_sending_leaves_a_claim_and_not_a_loss(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST))
    provider.answers = ["dies"]
    with pytest.raises(KeyboardInterrupt):
        _deliver(house, Clock(MONDAY))
    [notice] = house.notices("receipt")
    assert (notice.state, notice.claimed_at) == ("claimed", MONDAY)
    assert _deliver(house, Clock(MONDAY + timedelta(days=1))) == 0, "a claim is not simply sent again"


def test_a_receipt_that_comes_before_we_have_recorded_is_not_overwritten(house: House, provider: Provider) -> None:
    from casework.storage import receipts

    house.hear(text(REQUEST))

    def push(message: OutboundMessage) -> None:
        with house.book.transaction() as session:
            receipts.record(session, channel="sms", status="delivered", at=MONDAY, key=message.key)

    provider.while_sending = push
    _deliver(house, Clock(MONDAY))
    [notice] = house.notices("receipt")
    assert (notice.state, notice.provider_id) == ("delivered", provider.id_of(notice.key))


def test_a_receipt_that_names_only_the_providers_id_and_comes_too_early_is_applied(
    house: House, provider: Provider
) -> None:
    from casework.storage import receipts

    house.hear(text(REQUEST))

    def push(message: OutboundMessage) -> None:
        with house.book.transaction() as session:
            number = provider.id_of(message.key)
            receipts.record(session, channel="sms", status="delivered", at=MONDAY, provider_id=number)
            receipts.record(session, channel="sms", status="accepted", at=MONDAY, key=message.key)

    provider.while_sending = push
    _deliver(house, Clock(MONDAY))
    assert house.notices("receipt")[0].state == "delivered"


def test_what_cannot_be_written_fails_alone_and_is_put_to_a_person(house: House, provider: Provider) -> None:
    house.hear(mail(REQUEST, subject="Tap"), mail(GRUMBLE, subject="Boiler", of=STAN))
    with house.book.transaction() as session:
        spoilt = session.get_one(Notice, house.notices("receipt")[0].id)
        spoilt.facts = {"landlord": "Larchmere Homes"}
    clock = Clock(MONDAY)
    _deliver(house, clock)
    assert [notice.state for notice in house.notices("receipt")] == ["failed", "accepted"]
    sweep.settle(house.book, now=clock)
    [sentence] = house.alerts("undelivered")
    assert house.cases()[0].reference in sentence


def test_a_channel_that_is_gone_sends_what_it_owed_another_way(house: House, provider: Provider) -> None:
    house.hear(mail(REQUEST, subject="Tap"))
    with house.book.transaction() as session:
        session.get_one(Notice, house.notices("receipt")[0].id).channel = "fax"
    clock = Clock(MONDAY)
    _deliver(house, clock)
    sweep.settle(house.book, now=clock)
    assert [(notice.channel, notice.state) for notice in house.notices("receipt")] == [
        ("fax", "failed"), ("email", "due"),
    ]  # fmt: skip


def test_what_was_claimed_too_long_ago_is_given_back_and_not_sent(house: House, provider: Provider) -> None:
    """A worker that slept must not let the rest of a batch leave when others may already have taken it over."""
    house.hear(*(mail(REQUEST, subject="Tap", sender=f"r{n}@example.org") for n in range(5)))
    clock = Clock(MONDAY)
    provider.while_sending = lambda _: clock.tick(seconds=15) and None
    _deliver(house, clock)
    states = [notice.state for notice in house.notices("receipt")]
    assert states == ["accepted"] * 2 + ["due"] * 3
    provider.while_sending = None
    clock.tick(seconds=5)
    _deliver(house, clock)
    assert set(provider.taken.values()) == {1}
    assert {notice.state for notice in house.notices("receipt")} == {"accepted"}


def test_a_send_that_takes_longer_than_a_claim_lasts_is_not_done_again(
    house: House, provider: Provider, monkeypatch: Any
) -> None:
    """The sweep and the other workers go on while one worker still waits for a slow provider."""
    monkeypatch.setattr(delivery, "CLAIM_LASTS", timedelta(seconds=0.5))
    house.hear(mail(REQUEST, subject="Tap", at=datetime.now(MONDAY.tzinfo)))

    def now() -> datetime:
        return datetime.now(MONDAY.tzinfo)

    def dawdle(message: OutboundMessage) -> None:
        provider.while_sending = None
        provider.taken[message.key] -= 1  # the provider takes it only at the end
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            sweep.settle(house.book, now=now)
            deliver(house.book, ids, now=now)
            time.sleep(0.1)
        provider.taken[message.key] += 1

    ids = [notice.id for notice in house.notices("receipt")]
    provider.while_sending = dawdle
    deliver(house.book, ids, now=now)
    assert set(provider.taken.values()) == {1}
    assert house.notices("receipt")[0].state == "accepted"


def test_what_is_for_nobody_is_not_sent_but_followed_up(house: House, provider: Provider) -> None:
    from support.cast import form

    house.hear(form(REQUEST))
    clock = Clock(MONDAY)
    assert _deliver(house, clock) == 0
    assert house.notices("receipt")[0].state == "failed"
    sweep.settle(house.book, now=clock)
    assert len(house.alerts("undelivered")) == 1


def test_nothing_leaves_to_an_address_that_was_stopped(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST), text("STOP", details={"keyword": "stop"}, at=MONDAY))
    _deliver(house, Clock(MONDAY))
    assert not provider.taken
    assert house.notices("receipt")[0].state == "failed"


def test_an_alert_without_any_address_for_it_stands_in_the_console(house: House, provider: Provider) -> None:
    house.hear(text("I can smell gas"))
    _deliver(house, Clock(MONDAY))
    [alert] = house.notices("staff_alert")
    assert (alert.channel, alert.state, alert.detail) == (ALERT, "accepted", "shown in the console")
    assert alert.subject.startswith("URGENT")
    assert house.case().reference in alert.text


def test_the_jobs_send_what_they_are_given_and_whatever_else_is_due(house: House, provider: Provider) -> None:
    from notifier import jobs

    now = datetime.now(MONDAY.tzinfo)
    house.hear(text("I can smell gas", at=now), chat(REQUEST, at=now))
    assert jobs.deliver_alerts([]) == 1
    assert jobs.deliver_notices([house.notices("receipt")[0].id]) == 2
    assert {notice.state for notice in house.notices()} == {"accepted"}
    assert jobs.settle_doubts([]) == 0


def test_no_word_name_or_address_is_in_any_log_line(
    house: House, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house.hear(mail("Zanzibar " + GRUMBLE, subject="Boiler"), text("Zanzibar " + GRUMBLE, of=STAN))
    provider.answers = ["bug", "never", "bug", "later", "lost after"]
    clock = Clock(MONDAY)
    for _ in range(8):
        _deliver(house, clock)
        sweep.settle(house.book, now=clock)
        clock.tick(minutes=20)
    told = caplog.text + repr([line.details for line in house.lines()])
    for private in ("Zanzibar", NGOZI.email, NGOZI.name, STAN.phone, STAN.name):
        assert private not in told, private


def _deliver(house: House, clock: Clock) -> int:
    with house.book.reading() as session:
        ids = delivery.due(session, now=clock(), limit=100, alerts=True)
        ids += delivery.due(session, now=clock(), limit=100, alerts=False)
    return deliver(house.book, ids, now=clock)


def test_pain_8_a_refused_sign_in_is_told_to_staff_at_once_and_what_is_owed_is_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from channels import registry
    from channels.errors import SignInRefused

    def refuse(message: OutboundMessage, *, now: datetime) -> Any:
        raise SignInRefused("The mail server refused the user name or the token.")

    real = registry.get("email")
    monkeypatch.setattr(registry, "get", lambda name: dataclasses.replace(real, send=refuse))
    house.hear(mail(REQUEST, subject="Tap"), mail(GRUMBLE, subject="Boiler", of=STAN))
    clock = Clock(MONDAY)
    _deliver(house, clock)
    _deliver(house, clock)
    [told] = house.alerts("mailbox")
    assert "Nothing can be sent by E-mail. The mail server refused" in told
    assert {notice.state for notice in house.notices("receipt")} == {"due"}
