"""Law 4, whatever happens in whatever order: never sent twice, and never lost."""

import itertools
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from support.book import House
from support.cast import MONDAY, REQUEST, STAN, text
from support.facts import SAMPLES
from support.post import Clock, Provider

from casework.storage import delivery, outbox
from casework.storage.outbox import Route
from casework.storage.tables import Case, Notice
from channels.message import Receipt
from notifier import sweep
from notifier.deliver import deliver
from notifier.receipts import record_all

STATES = ("due", "claimed", "accepted", "delivered", "failed", "in_doubt")
SETTLED = ("accepted", "delivered", "failed")

_answers = st.sampled_from(
    ["takes", "delivers", "later", "never", "lost before", "lost after", "dies", "takes and dies", "bug"]
)
_pauses = st.sampled_from([0, 61, 1800, 7200])

_rounds = itertools.count(1)


class Outbox(RuleBasedStateMachine):
    """One notice, a provider that tells the truth when it is asked, and workers that die anywhere."""

    def __init__(self, house: House, provider: Provider) -> None:
        super().__init__()
        self.house, self.provider, self.clock = house, provider, Clock(MONDAY)
        self.seen: list[str] = []

    @initialize()
    def owe(self) -> None:
        self.provider.silent, self.provider.answers = False, []
        with self.house.book.transaction() as session:
            case = session.get_one(Case, self.house.case().id)
            route = Route("sms", STAN.phone)
            notice = outbox.post(
                session, SAMPLES["progress update"], case=case, round=f"try-{next(_rounds)}", route=route, now=MONDAY
            )
        self.number, self.key = notice.id, notice.key

    @rule(answer=_answers, after=_pauses)
    def a_worker_delivers(self, answer: Any, after: int) -> None:
        self.clock.tick(seconds=after)
        self.provider.answers = [answer]
        with suppress(KeyboardInterrupt):
            deliver(self.house.book, [self.number], now=self.clock)
        self.provider.answers = []

    @rule(after=_pauses)
    def a_worker_claims_and_dies_before_it_sends(self, after: int) -> None:
        self.clock.tick(seconds=after)
        with self.house.book.transaction() as session:
            for notice in delivery.claim(session, [self.number], now=self.clock()):
                notice.text = "words"

    @rule(silent=st.booleans(), after=_pauses)
    def the_sweep_runs(self, silent: bool, after: int) -> None:
        self.clock.tick(seconds=after)
        self.provider.silent = silent
        sweep.settle(self.house.book, now=self.clock)
        self.provider.silent = False

    @precondition(lambda self: self.provider.taken[self.key])
    @rule(status=st.sampled_from(["accepted", "delivered", "failed"]), by_key=st.booleans(), times=st.integers(1, 2))
    def the_provider_reports(self, status: Any, by_key: bool, times: int) -> None:
        name = {"key": self.key} if by_key else {"provider_id": self.provider.id_of(self.key)}
        record_all(self.house.book, [Receipt("sms", status, self.clock(), **name)] * times, now=self.clock())

    @precondition(lambda self: self.notice().state == "in_doubt")
    @rule()
    def a_person_finds_out(self) -> None:
        arrived = bool(self.provider.taken[self.key])
        sweep.decide(self.house.book, self.number, arrived=arrived, now=self.clock())

    @invariant()
    def it_was_never_sent_twice(self) -> None:
        assert self.provider.taken[self.key] <= 1

    @invariant()
    def it_is_in_a_state_that_there_is_and_proof_is_never_taken_back(self) -> None:
        state = self.notice().state
        assert state in STATES
        assert "delivered" not in self.seen or state == "delivered"
        assert state not in ("accepted", "delivered") or self.provider.taken[self.key] == 1
        self.seen.append(state)

    def teardown(self) -> None:
        """Once everything is well again it is out, or a person has been told that it is not."""
        self.provider.answers, self.provider.silent = [], False
        for _ in range(8):
            self.clock.tick(hours=1)
            sweep.settle(self.house.book, now=self.clock)
            deliver(self.house.book, [self.number], now=self.clock)
        notice = self.notice()
        assert notice.state in SETTLED, self.seen
        assert self.provider.taken[self.key] <= 1
        if notice.state == "failed":
            assert notice.followed_at is not None
            assert any(row.round == f"undelivered:{self.number}" for row in self.house.notices("staff_alert"))
        else:
            assert self.provider.taken[self.key] == 1

    def notice(self) -> Notice:
        with self.house.book.reading() as session:
            return session.get_one(Notice, self.number)


def test_whatever_the_order_of_claim_crash_ask_and_receipt(house: House, provider: Provider) -> None:
    house.hear(text(REQUEST))
    with house.book.transaction() as session:
        for notice in session.query(Notice):
            notice.state = "cancelled"
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    run_state_machine_as_test(
        lambda: Outbox(house, provider),
        settings=settings(max_examples=40, stateful_step_count=10, deadline=None, suppress_health_check=checks),
    )
    assert not house.breaks()
