"""Laws 1, 2 and 9: what was accepted is in the book, once, byte for byte, whatever it was made of."""

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.book import House
from support.cast import MONDAY, OUR_NUMBER, mail, text

from casework.storage import bell, journal, messages
from casework.storage.tables import JournalLine, Message, StoredAttachment
from channels.message import Attachment, InboundMessage
from intake.accept import accept, accept_all, keep_unreadable

HOUSE = Path(__file__).parents[2]


def test_a_message_is_kept_byte_for_byte_with_its_files(house: House) -> None:
    raw = bytes(range(256))
    photo = Attachment("mould.jpg", "image/jpeg", b"\xff\xd8\x00")
    accepted = accept(house.book, text("Cold", raw=raw, attachments=(photo,)), now=MONDAY)
    assert accepted.new
    with house.book.reading() as session:
        kept = session.get_one(Message, accepted.id)
        assert (kept.raw, kept.state, kept.received_at) == (raw, "accepted", MONDAY)
        assert [(file.filename, file.content) for file in kept.attachments] == [("mould.jpg", photo.content)]


def test_a_second_copy_gets_the_same_answer_and_is_counted(house: House) -> None:
    message = text("Cold", attachments=(Attachment("a.jpg", "image/jpeg", b"a"),))
    first, second = (accept(house.book, message, now=MONDAY) for _ in range(2))
    assert (first.new, second.new, first.id) == (True, False, second.id)
    assert house.message(first.id).copies == 1
    assert house.count(StoredAttachment) == 1


def test_copies_within_one_batch_are_stored_once(house: House) -> None:
    one, other = text("One"), text("Other")
    answers = accept_all(house.book, [one, one, other, one], now=MONDAY)
    assert [answer.new for answer in answers] == [True, False, True, False]
    assert [message.copies for message in house.messages()] == [2, 0]


def test_the_same_name_at_another_address_or_on_another_channel_is_another_message(house: House) -> None:
    sent = [text("a", id="same"), text("a", id="same", our_address=OUR_NUMBER + "9"), mail("a", id="same")]
    answers = [accept(house.book, message, now=MONDAY) for message in sent]
    assert all(answer.new for answer in answers)


def test_the_same_message_from_five_threads_at_once_is_stored_once(house: House) -> None:
    message = text("Cold")
    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(lambda _: accept(house.book, message, now=MONDAY), range(5)))
    assert len({answer.id for answer in answers}) == 1
    assert sum(answer.new for answer in answers) == 1
    assert house.message(answers[0].id).copies == 4


_FIVE = """
import os, sys
from datetime import UTC, datetime
from casework.storage.sessions import Book
from channels.message import InboundMessage
from intake.accept import accept
now = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
message = InboundMessage("sms", "+441632960100", "SM1", now, b"Cold", "Cold", "Cold")
gate, opened = os.pipe()
for _ in range(5):
    if not os.fork():
        os.close(opened)
        os.read(gate, 1)
        stored = accept(Book(sys.argv[1]), message, now=now).new
        os.write(1, f"{stored} ".encode())  # in one piece: print may be interrupted by another's
        os._exit(0)
os.close(opened)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
"""


def test_the_same_message_from_five_processes_at_once_is_stored_once(house: House, book_url: str) -> None:
    ran = subprocess.run([sys.executable, "-c", _FIVE, book_url], capture_output=True, cwd=HOUSE, text=True, check=True)
    assert sorted(ran.stdout.split()) == ["False"] * 4 + ["True"], ran.stderr
    [kept] = house.messages()
    assert kept.copies == 4


def test_a_crash_before_the_commit_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_session: object) -> None:
        raise KeyboardInterrupt

    rung: list[str] = []
    monkeypatch.setattr(bell, "ring_now", lambda job, _ids: rung.append(job))
    monkeypatch.setattr(journal, "seal", crash)
    with pytest.raises(KeyboardInterrupt):
        accept(house.book, text("Cold", attachments=(Attachment("a", "b", b"c"),)), now=MONDAY)
    assert (house.count(Message), house.count(StoredAttachment), rung) == (0, 0, [])


def test_the_bell_rings_once_after_the_commit_and_never_for_a_copy(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[Any] = []
    monkeypatch.setattr(bell, "ring_now", lambda job, ids: rung.append((job, ids, house.count(Message))))
    messages = [text("One"), text("Two")]
    ids = [answer.id for answer in accept_all(house.book, messages, now=MONDAY)]
    accept_all(house.book, messages, now=MONDAY)
    assert rung == [(bell.PROCESS_MESSAGES, ids, 2)]


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "NUL \x00 in it", "new_text": "\x00"},
        {"text": "half a pair \ud83d", "subject": "\udcff", "sender_name": "Stan \x00 Bright"},
        {"details": {"keyword\x00": "\x00", "nested": [{"a": "\ud83d"}], "tuple": ("\x00",)}},
        {"details": {"location": {"latitude": math.nan, "longitude": math.inf}}},
        {"details": {"when": datetime(2026, 1, 1, tzinfo=UTC)}},
        {"attachments": (Attachment("\x00.jpg", "image/\x00", b"\x00"),)},
        {"sender": "+4477\x00", "in_reply_to": "<\x00@x>", "references": ("<\ud83d@x>",)},
        {"external_id": "SM\x00\ud83d"},
        {"our_address": "\x00info"},
        {"problems": ("a \x00 b",), "to": ("\x00",)},
    ],
)
def test_no_database_refuses_nul_or_half_a_surrogate_pair(house: House, fields: dict[str, Any]) -> None:
    message = InboundMessage(**(_fields(text("Cold")) | fields))
    first, second = (accept(house.book, message, now=MONDAY) for _ in range(2))
    assert (first.new, second.new, first.id) == (True, False, second.id)
    assert "\x00" not in repr(vars(house.message(first.id)))


def test_a_pair_of_halves_is_kept_as_the_character_that_it_is(house: House) -> None:
    accepted = accept(house.book, text("Cold \ud83e\udd76"), now=MONDAY)
    assert house.message(accepted.id).text == "Cold 🥶"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.characters()), details=st.dictionaries(st.text(st.characters()), _json, max_size=3))
def test_whatever_a_channel_makes_of_a_payload_can_be_kept(house: House, words: str, details: dict[str, Any]) -> None:
    accepted = accept(house.book, text(words, details=details, raw=b"raw"), now=MONDAY)
    assert accepted.new


def test_ten_thousand_repeats_are_one_message(house: House) -> None:
    message = text("Cold")
    for _ in range(10):
        accept_all(house.book, [message] * 1000, now=MONDAY)
    [kept] = house.messages()
    assert kept.copies == 9_999


def test_ten_thousand_messages_go_in_one_transaction_and_come_back_as_copies(house: House) -> None:
    sent = [text(f"Message {number}") for number in range(10_000)]
    assert all(answer.new for answer in accept_all(house.book, sent, now=MONDAY))
    again = accept_all(house.book, sent, now=MONDAY)
    assert not any(answer.new for answer in again)
    with house.book.reading() as session:
        assert messages.ledger(session, since=MONDAY, until=MONDAY.replace(hour=23))["seen"] == 20_000


def test_messages_get_their_numbers_in_the_order_in_which_they_came(house: House) -> None:
    sent = [text(f"Message {number}") for number in range(50)]
    ids = [answer.id for answer in accept_all(house.book, sent, now=MONDAY)]
    assert ids == sorted(ids)


def test_what_no_channel_can_read_is_kept_in_quarantine_once(house: House) -> None:
    def keep(_: int) -> int:
        return keep_unreadable(
            house.book, channel="sms", our_address="", raw=b"\x00\xff", received_at=MONDAY, reason="no\x00", now=MONDAY
        )

    with ThreadPoolExecutor(5) as threads:
        assert len(set(threads.map(keep, range(5)))) == 1
    [kept] = house.messages()
    assert (kept.state, kept.outcome, kept.copies) == ("quarantined", "quarantined", 4)
    assert house.count(JournalLine) == 1
    with house.book.reading() as session:
        assert session.get_one(Message, kept.id).raw == b"\x00\xff"


def _fields(message: InboundMessage) -> dict[str, Any]:
    return {name: getattr(message, name) for name in message.__dataclass_fields__}
