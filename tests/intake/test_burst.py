"""Texts sent within seconds are one message: one reading, one case, one receipt; and nobody in danger waits for it."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.book import House
from support.cast import GAS, GRUMBLE, MONDAY, NGOZI, REQUEST, STAN, Resident, text

from casework.lifecycle import CaseState
from casework.storage import messages
from casework.storage.tables import Message
from channels.message import InboundMessage
from intake import burst

QUIET = 15.0


def at(seconds: float) -> datetime:
    return MONDAY + timedelta(seconds=seconds)


def told(words: str, *, of: Resident = STAN, seconds: float = 0, quiet: float = QUIET, **fields: Any) -> InboundMessage:
    details = fields.pop("details", {}) | {"burst": {"key": of.phone, "quiet": quiet}}
    return text(words, of=of, at=at(seconds), details=details, **fields)


def work(house: House, seconds: float) -> int:
    """What a worker does then, with whatever waits."""
    with house.book.reading() as session:
        waiting = messages.waiting(session, now=at(seconds), limit=50)
    return house.process(waiting, now=at(seconds))


def hear(house: House, *arrived: InboundMessage) -> None:
    """Each is accepted and looked at as it comes."""
    for message in arrived:
        [kept] = house.accept(message)
        house.process([kept.id], now=message.received_at)


def test_texts_within_seconds_are_one_message_one_case_and_one_receipt(house: House) -> None:
    hear(house, told("The boiler is broken"), told("for the third time", seconds=5), told("12 Larch Court", seconds=12))
    assert house.cases() == []
    assert work(house, 26) == 0
    assert work(house, 27) == 3
    case = house.case()
    assert (case.kind, case.state, case.received_at) == ("complaint", CaseState.STAGE_1_RECEIVED, MONDAY)
    assert [message.outcome for message in house.messages()] == ["opened", "attached", "attached"]
    [receipt] = house.notices("receipt")
    assert receipt.facts["own_words"] == "The boiler is broken\nfor the third time\n12 Larch Court"
    assert not house.breaks()


def test_a_single_text_waits_only_until_it_is_quiet(quick_house: House) -> None:
    hear(quick_house, told(REQUEST))
    assert work(quick_house, 14.9) == 0
    assert work(quick_house, 15) == 1


def test_who_goes_on_writing_has_a_receipt_within_a_minute_all_the_same(quick_house: House) -> None:
    for second in range(0, 60, 10):
        [kept] = quick_house.accept(told(f"line {second}", seconds=second))
        quick_house.process([kept.id], now=at(second))
        work(quick_house, second)
    work(quick_house, burst.LONGEST.total_seconds())
    [receipt] = quick_house.notices("receipt")
    assert receipt.created_at - MONDAY <= timedelta(minutes=1)
    work(quick_house, 70)
    work(quick_house, 80)
    assert len(quick_house.cases()) == len(quick_house.notices("receipt")) == 1
    assert {message.state for message in quick_house.messages()} == {"processed"}


def test_a_hazard_does_not_wait(house: House) -> None:
    hear(house, told(GAS))
    assert len(house.alerts("hazard")) == 1
    assert house.notices("receipt")[0].facts["emergency"]
    hear(house, told("number 12", seconds=4))
    work(house, 30)
    assert len(house.cases()) == len(house.notices("receipt")) == 1
    assert len(house.alerts("hazard")) == 1


def test_a_hazard_in_the_second_text_lets_the_first_wait_no_longer(quick_house: House) -> None:
    hear(quick_house, told("hello"), told(GAS, seconds=5))
    assert quick_house.case().urgent
    assert [message.state for message in quick_house.messages()] == ["processed"] * 2


def test_a_hazard_told_in_two_texts_is_seen_when_they_are_read_as_one(quick_house: House) -> None:
    quick_house.reader.assess = _reads_smell_then_gas  # type: ignore[method-assign]
    hear(quick_house, told("there is a smell"), told("of gas", seconds=5))
    assert len(quick_house.alerts("hazard")) == 1


def test_a_complaint_told_in_several_texts_is_seen_although_the_first_was_answered(house: House) -> None:
    hear(house, told("The boiler is out for the third"))
    work(house, 15)
    assert house.case().kind == "comment"
    house.reader.assess = _reads_third_and_time  # type: ignore[method-assign]
    hear(house, told("time now", seconds=120))
    work(house, 135)
    assert (house.case().kind, house.case().state) == ("complaint", CaseState.STAGE_1_RECEIVED)
    assert house.clocks()[0].started_at == at(120)


def test_what_was_told_long_before_is_not_read_again(quick_house: House) -> None:
    hear(quick_house, told("The boiler is out for the third"))
    work(quick_house, 15)
    quick_house.reader.assess = _reads_third_and_time  # type: ignore[method-assign]
    hear(quick_house, told("time now", seconds=1200))
    work(quick_house, 1215)
    assert quick_house.case().kind == "comment"


@pytest.mark.parametrize("word", ["STOP", "COMPLAINT", "HELP"])
def test_a_keyword_waits_for_nothing_and_lets_go_what_waits(quick_house: House, word: str) -> None:
    details = {} if word == "COMPLAINT" else {"keyword": word.lower()}
    hear(quick_house, told(REQUEST), told(word, seconds=3, details=details))
    assert [message.state for message in quick_house.messages()] == ["processed"] * 2
    assert len(quick_house.cases()) == 1
    assert quick_house.messages()[0].outcome == "opened"
    if word == "COMPLAINT":
        assert quick_house.case().kind == "complaint"


def test_two_senders_never_share_a_burst(quick_house: House) -> None:
    hear(
        quick_house, told("The tap drips"), told(GRUMBLE, of=NGOZI, seconds=1), told("all night", seconds=2),
        told("Larch Court", of=NGOZI, seconds=3),
    )  # fmt: skip
    work(quick_house, 60)
    assert len(quick_house.cases()) == 2
    assert sorted(receipt.facts["own_words"] for receipt in quick_house.notices("receipt")) == sorted(
        ["The tap drips\nall night", f"{GRUMBLE}\nLarch Court"]
    )


def test_nothing_is_lost_with_the_worker_that_holds(quick_house: House) -> None:
    """Whoever dies while a message is held leaves it in the book, with the time at which it goes on."""
    hear(quick_house, told(GRUMBLE))
    [held] = quick_house.messages()
    assert (held.state, held.attempts, held.next_try_at) == ("accepted", 0, at(15))
    assert work(quick_house, 3600) == 1
    assert quick_house.case().kind == "complaint"


def test_without_any_look_at_it_meanwhile_a_burst_is_one_all_the_same(quick_house: House) -> None:
    quick_house.accept(told("The boiler is broken"), told("for the third time", seconds=5))
    assert work(quick_house, 3600) == 2
    assert quick_house.case().kind == "complaint"
    assert len(quick_house.notices("receipt")) == 1


def test_one_poisonous_text_of_a_burst_spoils_only_itself(quick_house: House) -> None:
    hear(quick_house, told(REQUEST), told("poison", seconds=2), told("number 12", seconds=4))
    for seconds in (20, 60, 120, 180):
        work(quick_house, seconds)
    assert [message.outcome for message in quick_house.messages()] == ["opened", "quarantined", "attached"]


def test_a_channel_that_says_nothing_of_bursts_waits_for_nothing(quick_house: House) -> None:
    quick_house.hear(text(REQUEST))
    assert len(quick_house.cases()) == 1


def test_a_text_with_our_reference_joins_its_case_wherever_in_the_burst_it_stands(quick_house: House) -> None:
    quick_house.hear(text(REQUEST))
    reference = quick_house.case().reference
    hear(quick_house, told("about my tap", seconds=90_000_0), told(f"it is {reference}", seconds=90_000_5))
    work(quick_house, 90_006_0)
    assert quick_house.case().reference == reference


def test_evidence_stands_in_the_message_that_says_it(quick_house: House) -> None:
    from classifier.assessment import Evidence

    plain = type(quick_house.reader)().assess

    def pointing(words: str) -> Any:
        from dataclasses import replace

        found = words.find("third time")
        piece = (Evidence("earlier_report", "third time", found, found + 10),) if found >= 0 else ()
        return replace(plain(words), evidence=piece)

    quick_house.reader.assess = pointing  # type: ignore[method-assign]
    hear(quick_house, told("The boiler again"), told("for the third time", seconds=5))
    work(quick_house, 30)
    first, second = quick_house.messages()
    assert first.assessment is not None
    assert second.assessment is not None
    assert first.assessment["evidence"] == []
    [piece] = second.assessment["evidence"]
    assert second.new_text[piece["start"] : piece["end"]] == "third time"


SAID = st.lists(
    st.tuples(st.sampled_from([STAN, NGOZI]), st.sampled_from(["The tap drips", "third time", "hi", "Larch Court"])),
    min_size=1, max_size=6,
)  # fmt: skip


@given(said=SAID, order=st.randoms(use_true_random=False), doubled=st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_in_any_order_doubled_and_interleaved_the_cases_and_their_words_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[Resident, str]], order: Any, doubled: bool
) -> None:
    from casework.storage import schema

    house = House(f"sqlite:///{tmp_path_factory.mktemp('burst')}/book.sqlite")
    schema.upgrade(house.book)
    sent = [told(words, of=of, seconds=place, id=f"SM{place:032x}") for place, (of, words) in enumerate(said)]
    arriving = [*sent, *sent] if doubled else list(sent)
    order.shuffle(arriving)
    for message in arriving:
        [kept] = house.accept(message, now=at(6))
        house.process([kept.id], now=at(6))
    work(house, 60)
    expected: defaultdict[str, set[str]] = defaultdict(set)
    for of, words in said:
        expected[of.phone].add(words)
    with house.book.reading() as session:
        kept = session.query(Message).all()
        by_case = {(message.sender, message.case_id) for message in kept}
        found: defaultdict[str, set[str]] = defaultdict(set)
        for message in kept:
            found[message.sender].add(message.new_text)
    own = {receipt.address: receipt.facts["own_words"] for receipt in house.notices("receipt")}
    house.book.close()
    assert found == expected
    assert len(by_case) == len(expected)
    assert own == {phone: "\n".join(words for of, words in said if of.phone == phone) for phone in expected}


def _reads_smell_then_gas(words: str) -> Any:
    from support.book import PlainReader

    joined = " ".join(words.split())
    return PlainReader().assess("smell gas" if "smell of gas" in joined else joined)


def _reads_third_and_time(words: str) -> Any:
    from support.book import PlainReader

    return PlainReader().assess(" ".join(words.split()))
