"""Law 9: every item seen at any door ends as exactly one thing, and the day's ledger balances."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from support.book import House
from support.cast import EWA, GAS, GRUMBLE, MONDAY, NGOZI, REQUEST, STAN, UNSURE, chat, form, mail, text, typed

from casework.storage import messages
from casework.storage.tables import Message
from channels.message import InboundMessage
from intake.accept import accept, keep_unreadable

DAY = timedelta(days=1)

_words = st.sampled_from([GRUMBLE, REQUEST, UNSURE, GAS, "poison", "COMPLAINT", "", "\x00"])
_arrivals = st.one_of(
    st.builds(lambda words, who: text(words, of=who), _words, st.sampled_from([STAN, NGOZI])),
    st.builds(lambda words: chat(words, of=EWA), _words),
    st.builds(lambda words: mail(words, subject="Re: Tap"), _words),
    st.builds(lambda words: form(words), _words),
    st.builds(lambda words: typed(words, of=STAN), _words),
    st.just("stop").map(lambda word: text(word, details={"keyword": word})),
    st.just("away").map(lambda word: mail(word, kind="auto_reply")),
    st.just("bounced").map(lambda word: mail(word, kind="bounce")),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arrivals=st.lists(st.tuples(_arrivals, st.integers(1, 3)), max_size=10),
    unreadable=st.lists(st.binary(max_size=4), max_size=3),
    runs=st.integers(0, 4),
)
def test_whatever_arrives_the_ledger_balances(
    house: House, arrivals: list[tuple[InboundMessage, int]], unreadable: list[bytes], runs: int
) -> None:
    first = house.last_number()
    seen = 0
    for message, copies in arrivals:
        for _ in range(copies):
            accept(house.book, message, now=MONDAY)
            seen += 1
    for number, raw in enumerate(unreadable):
        keep_unreadable(
            house.book, channel="sms", our_address=f"{first}-{number}", raw=raw, received_at=MONDAY, reason="no",
            now=MONDAY,
        )  # fmt: skip
        seen += 1
    before = {message.id for message in house.messages() if message.id <= first}
    for run in range(runs):
        waiting = [message.id for message in house.messages() if message.state == "accepted"]
        house.process(waiting, now=MONDAY + timedelta(minutes=run))
    with house.book.reading() as session:
        today = messages.ledger(session, since=MONDAY, until=MONDAY + DAY)
        new = session.execute(
            select(func.count(), func.coalesce(func.sum(Message.copies), 0)).where(Message.id > first)
        ).one()
        whole = session.scalar(select(func.count() + func.coalesce(func.sum(Message.copies), 0)).select_from(Message))
    assert new[0] + new[1] == seen
    assert today["seen"] == whole
    assert sum(count for part, count in today.items() if part != "seen") == today["seen"]
    for message in house.messages():
        if message.id not in before:
            assert (message.state == "processed") == (message.outcome in ("opened", "attached", "ignored"))
            assert (message.outcome in ("opened", "attached")) <= (
                message.case_id is not None or message.kind == "bounce"
            )
            assert message.outcome != "ignored" or message.reason
            assert runs < 3 or message.outcome is not None


def test_a_day_without_messages_balances_too(house: House) -> None:
    with house.book.reading() as session:
        assert set(messages.ledger(session, since=MONDAY, until=MONDAY + DAY).values()) == {0}


def test_only_that_day_is_counted(house: House) -> None:
    house.hear(text(REQUEST, at=MONDAY - DAY), text(REQUEST, at=MONDAY), text(REQUEST, at=MONDAY + DAY))
    with house.book.reading() as session:
        assert messages.ledger(session, since=MONDAY, until=MONDAY + DAY)["seen"] == 1


def test_set_aside_needs_a_reason_and_a_message_in_quarantine(house: House) -> None:
    import pytest

    [done] = house.hear(text(REQUEST))
    with house.book.transaction() as session, pytest.raises(ValueError, match="not in quarantine"):
        messages.set_aside(session, session.get_one(Message, done.id), now=MONDAY, actor="priya", reason="spam")
    number = keep_unreadable(
        house.book, channel="sms", our_address="x", raw=b"\xff", received_at=MONDAY, reason="no", now=MONDAY
    )
    with house.book.transaction() as session:
        kept = session.get_one(Message, number)
        with pytest.raises(ValueError, match="Say why"):
            messages.set_aside(session, kept, now=MONDAY, actor="priya", reason=" ")
        messages.set_aside(session, kept, now=MONDAY, actor="priya", reason="a test by the provider")
    assert house.message(number).outcome == "ignored"
