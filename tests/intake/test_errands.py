"""What stands at a provider is fetched, whoever dies on the way; what cannot be had is told to a person."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from support.book import House
from support.cast import GRUMBLE, MONDAY, STAN, text
from support.twilio_server import ACCOUNT, AUTH_TOKEN, TwilioServer

from casework.storage import errands
from casework.storage.errand_table import Errand
from casework.storage.tables import Message, StoredAttachment
from channels.sms import provider, recover
from channels.sms.settings import settings
from intake import unsigned
from intake.errands import run_due

PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME"
JPEG = b"\xff\xd8\xff\xe0 mould behind the cot"
MINUTE = timedelta(minutes=1)
LAST_TRY = MONDAY + timedelta(days=3)


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        for name, value in {
            "ACCOUNT_SID": ACCOUNT, "AUTH_TOKEN": AUTH_TOKEN, "FROM": "+441632960100", "API_BASE": server.url,
        }.items():  # fmt: skip
            monkeypatch.setenv(f"EARSHOT_TWILIO_{name}", value)
        settings.cache_clear()
        yield server
        provider.close()


def hear_pictures(house: House, twilio: TwilioServer, *contents: bytes) -> Message:
    media = [
        {"url": twilio.keep_file(f"{PATH}{number}", content), "content_type": "image/jpeg"}
        for number, content in enumerate(contents)
    ]
    [heard] = house.hear(text(GRUMBLE, details={"media": media}))
    return heard


def files(house: House) -> list[tuple[int, str, bytes]]:
    with house.book.reading() as session:
        columns = (StoredAttachment.message_id, StoredAttachment.content_type, StoredAttachment.content)
        return [tuple(row) for row in session.execute(select(*columns).order_by(StoredAttachment.id))]


def errands_of(house: House) -> list[Errand]:
    with house.book.reading() as session:
        return list(session.scalars(select(Errand).order_by(Errand.id)))


def run_all(house: House, *, now: object = MONDAY) -> None:
    while run_due(house.desk, now=now):  # type: ignore[arg-type]
        pass


def test_pictures_are_kept_with_their_message(house: House, twilio: TwilioServer) -> None:
    heard = hear_pictures(house, twilio, JPEG, b"%PDF-1.7 a letter")
    run_all(house)
    assert files(house) == [
        (heard.id, "image/jpeg", JPEG),
        (heard.id, "application/pdf", b"%PDF-1.7 a letter"),
    ]
    assert [line.case_id for line in house.lines("file_fetched")] == [house.case().id] * 2
    assert not house.breaks()


def test_a_second_copy_of_a_message_fetches_nothing_twice(quick_house: House, twilio: TwilioServer) -> None:
    media = [{"url": twilio.keep_file(f"{PATH}0", JPEG)}]
    quick_house.accept(*(text(GRUMBLE, id="SM1", details={"media": media}) for _ in range(3)))
    run_all(quick_house)
    assert len(files(quick_house)) == 1


def test_twilio_away_is_tried_again_and_nobody_is_troubled(quick_house: House, twilio: TwilioServer) -> None:
    hear_pictures(quick_house, twilio, JPEG)
    twilio.auth_token = "changed-at-twilio"
    run_all(quick_house)
    assert run_due(quick_house.desk, now=MONDAY + timedelta(seconds=5)) == 0
    twilio.auth_token = AUTH_TOKEN
    run_all(quick_house, now=MONDAY + MINUTE)
    assert len(files(quick_house)) == 1
    assert quick_house.alerts("file_lost") == []


def test_a_picture_that_cannot_be_had_in_a_day_is_told_to_a_person(house: House, twilio: TwilioServer) -> None:
    heard = hear_pictures(house, twilio, JPEG)
    twilio.files.clear()
    now = MONDAY
    while now < LAST_TRY:
        run_all(house, now=now)
        now += timedelta(minutes=20)
    [sentence] = house.alerts("file_lost")
    assert house.case().reference in sentence
    assert "ask them to send it again" in sentence
    [problem] = house.message(heard.id).details["problems"]
    assert "could not be fetched" in problem
    [errand] = errands_of(house)
    assert (errand.outcome, errand.attempts) == ("given_up", len(errands.BACK_OFF) + 1)
    assert errand.ended_at is not None
    assert errand.ended_at - MONDAY < timedelta(days=1, hours=2)


def test_a_file_elsewhere_is_given_up_at_once(quick_house: House, twilio: TwilioServer) -> None:
    quick_house.hear(text(GRUMBLE, details={"media": [{"url": "http://169.254.169.254/latest"}]}))
    run_all(quick_house)
    assert [errand.outcome for errand in errands_of(quick_house)] == ["given_up"]
    assert len(quick_house.alerts("file_lost")) == 1


def test_whoever_dies_on_an_errand_is_followed_by_the_next(quick_house: House, twilio: TwilioServer) -> None:
    hear_pictures(quick_house, twilio, JPEG)
    with quick_house.book.transaction() as session:
        [taken] = errands.take(session, now=MONDAY, limit=5)
    assert run_due(quick_house.desk, now=MONDAY + MINUTE) == 0
    run_all(quick_house, now=MONDAY + errands.LASTS)
    assert len(files(quick_house)) == 1
    with quick_house.book.transaction() as session:
        assert not errands.end(session, taken, "kept", now=MONDAY)  # the first one, awake again, keeps no second copy


def test_pain_20_an_unsigned_text_is_asked_of_twilio_and_heard(house: House, twilio: TwilioServer) -> None:
    known = twilio.receive(STAN.phone, GRUMBLE, at=MONDAY - MINUTE)
    note(house, known["sid"])
    run_all(house)
    [message] = house.messages()
    assert (message.text, message.sender, message.received_at) == (GRUMBLE, STAN.phone, MONDAY - MINUTE)
    assert message.raw_sha256
    [sentence] = house.alerts("unsigned")
    assert "EARSHOT_PUBLIC_URL" in sentence
    house.process([message.id], now=MONDAY + MINUTE)
    assert house.case().kind == "complaint"


def test_pain_19_a_text_pushed_listed_and_announced_is_one_message_without_copies(
    house: House, twilio: TwilioServer
) -> None:
    known = twilio.receive(STAN.phone, GRUMBLE, at=MONDAY)
    note(house, known["sid"])
    run_all(house)
    for _ in range(3):
        listed = recover.recover(known["sid"], now=MONDAY)
        assert listed is not None
        house.accept(listed)
    house.accept(text(GRUMBLE, id=known["sid"]))
    [message] = house.messages()
    assert message.copies == 1
    assert not note(house, known["sid"])


def test_what_twilio_does_not_know_is_ignored_with_the_reason(house: House, twilio: TwilioServer) -> None:
    note(house, "SM" + "0" * 32)
    run_all(house)
    assert house.messages() == []
    [errand] = errands_of(house)
    assert (errand.outcome, errand.reason) == ("unknown", "the provider has no such message for us")
    assert house.alerts() == []


def test_while_twilio_cannot_be_asked_unsigned_texts_wait_and_staff_hear_of_it_once(
    house: House, twilio: TwilioServer
) -> None:
    sids = [twilio.receive(STAN.phone, f"{GRUMBLE} {number}", at=MONDAY)["sid"] for number in range(3)]
    for sid in sids:
        note(house, sid)
    twilio.auth_token = "changed-at-twilio"
    for minutes in (0, 1, 3, 10, 45):
        run_all(house, now=MONDAY + minutes * MINUTE)
    assert len(house.alerts("unproved")) == 1
    twilio.auth_token = AUTH_TOKEN
    run_all(house, now=MONDAY + timedelta(hours=5))
    assert len(house.messages()) == 3
    assert len(house.alerts("unsigned")) == 1


def test_nobody_fills_the_book_by_making_numbers_up(quick_house: House, twilio: TwilioServer) -> None:
    noted = [note(quick_house, f"SM{number:032x}") for number in range(unsigned.MOST_A_DAY + 20)]
    assert noted.count(True) == unsigned.MOST_A_DAY
    assert len(errands_of(quick_house)) == unsigned.MOST_A_DAY
    assert unsigned_tomorrow(quick_house)


def test_what_was_found_in_the_list_alone_is_told_to_staff_once_a_day(quick_house: House) -> None:
    quick_house.hear(*(text(f"{GRUMBLE} {n}", details={"recovered": "list"}) for n in range(3)))
    assert len(quick_house.alerts("recovered")) == 1


def note(house: House, sid: str) -> bool:
    with house.book.transaction() as session:
        return unsigned.note(session, "sms", sid, now=MONDAY)


def unsigned_tomorrow(house: House) -> bool:
    with house.book.transaction() as session:
        return unsigned.note(session, "sms", "SM" + "f" * 32, now=MONDAY + timedelta(days=1, minutes=1))
