"""Collecting: what fails there is heard of, what cannot be read holds up nobody, and nothing is lost or doubled."""

import itertools
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from support.book import House
from support.cast import LANDLORD, MONDAY, NGOZI, OUR_MAILBOX
from support.imap_server import Account, ImapServer

from casework.storage.tables import Message, Position
from channels.email import mailbox
from channels.email.collect import MailSource
from channels.email.mailbox import Mailbox
from channels.email.settings import imap_address
from channels.errors import ChannelError, NeedsPerson, SignInRefused
from intake import collect
from intake.collect import collect_once
from intake.outage import Outage, look_after

dovecot = pytest.mark.needs("dovecot")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SOURCE = "email:info@mail.example/INBOX"
AWAY = ChannelError("The mailbox at mail.example:993 does not answer (TimeoutError).")


def raw(number: int, *headers: str, size: int = 0, words: str = "The boiler is broken for the third time.") -> bytes:
    fields = [f"From: {NGOZI.name} <{NGOZI.email}>", f"Message-ID: <{number}@mail.example.org>", "Subject: Boiler"]
    return ("\r\n".join([*fields, *headers, "", words]) + "\r\n").encode() + b"x" * size


@pytest.fixture
def ours(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The desk, as the collector of this process finds it."""
    from casework.settings import settings as of_this_process

    monkeypatch.setenv("EARSHOT_LANDLORD", LANDLORD)
    of_this_process.cache_clear()
    return house


def source_of(account: Account) -> MailSource:
    return MailSource(imap_address(account.imap_url), OUR_MAILBOX)


def collect_all(house: House, source: MailSource, *, now: datetime = MONDAY) -> None:
    source.open()
    try:
        while collect_once(house.book, source, now=now).more:
            pass
    finally:
        source.close()


def read_at(house: House, at: datetime) -> None:
    with house.book.transaction() as session:
        session.merge(Position(source=SOURCE, value={}, at=at))


def test_pain_1_and_6_a_mailbox_that_stays_shut_is_told_to_staff_after_five_minutes_and_once_a_day(ours: House) -> None:
    read_at(ours, MONDAY)
    outage = Outage(SOURCE)
    for minute in range(1, 60 * 50, 20):
        outage.failed(ours.desk, AWAY, now=MONDAY + minute * MINUTE)
    told = ours.alerts("mailbox")
    assert len(told) == 3
    assert "since 23 Nov 2026 at 09:30" in told[0]
    assert "does not answer" in told[0]
    assert {notice.created_at - MONDAY >= 5 * MINUTE for notice in ours.notices("staff_alert")} == {True}


def test_a_server_that_is_restarted_is_nobodys_business(ours: House) -> None:
    read_at(ours, MONDAY)
    outage = Outage(SOURCE)
    outage.failed(ours.desk, AWAY, now=MONDAY + 4 * MINUTE)
    outage.ended(ours.desk, now=MONDAY + 5 * MINUTE)
    assert ours.alerts() == []


def test_pain_8_a_token_or_password_that_is_refused_is_told_at_once(ours: House) -> None:
    read_at(ours, MONDAY)
    outage = Outage(SOURCE)
    for second in range(1, 200):
        outage.failed(ours.desk, SignInRefused("They refused our token."), now=MONDAY + timedelta(seconds=second))
    [told] = ours.alerts("mailbox")
    assert "refused our token" in told
    outage.failed(ours.desk, SignInRefused("They refused our token."), now=MONDAY + DAY + MINUTE)
    assert len(ours.alerts("mailbox")) == 2


def test_that_a_mailbox_is_open_again_is_told_where_its_outage_was(ours: House) -> None:
    read_at(ours, MONDAY)
    outage = Outage(SOURCE)
    outage.failed(ours.desk, AWAY, now=MONDAY + 6 * MINUTE)
    outage.ended(ours.desk, now=MONDAY + 7 * MINUTE)
    outage.ended(ours.desk, now=MONDAY + 8 * MINUTE)
    assert len(ours.alerts("mailbox")) == 2
    assert ours.alerts("mailbox")[1].startswith("Messages come in again from E-mail")


def test_a_restart_in_the_middle_of_an_outage_tells_of_the_same_one(ours: House) -> None:
    read_at(ours, MONDAY)
    for minute in (6, 7, 8):
        outage = Outage(SOURCE)
        outage.begin(ours.book, now=MONDAY + minute * MINUTE)
        outage.failed(ours.desk, AWAY, now=MONDAY + minute * MINUTE)
    restarted = Outage(SOURCE)
    restarted.begin(ours.book, now=MONDAY + 9 * MINUTE)
    restarted.ended(ours.desk, now=MONDAY + 9 * MINUTE)
    assert [told.split()[0] for told in ours.alerts("mailbox")] == ["Nothing", "Messages"]


def test_who_cannot_read_a_mailbox_that_another_worker_reads_raises_no_alarm(ours: House) -> None:
    outage = Outage(SOURCE)
    for minute in range(30):
        read_at(ours, MONDAY + minute * MINUTE)
        outage.failed(ours.desk, AWAY, now=MONDAY + (minute + 1) * MINUTE)
    assert ours.alerts() == []


def test_a_mailbox_that_was_never_read_is_told_too(ours: House) -> None:
    outage = Outage(SOURCE)
    outage.failed(ours.desk, AWAY, now=MONDAY)
    outage.failed(ours.desk, AWAY, now=MONDAY + 6 * MINUTE)
    assert len(ours.alerts("mailbox")) == 1


def test_pain_6_a_source_that_nobody_reads_any_more_is_told_by_whoever_still_runs(ours: House) -> None:
    read_at(ours, MONDAY)
    look_after(ours.desk, [SOURCE, "email:new@mail.example/INBOX"], now=MONDAY + 9 * MINUTE)
    assert ours.alerts() == []
    for minute in (11, 12, 13):
        look_after(ours.desk, [SOURCE], now=MONDAY + minute * MINUTE)
    outage = Outage(SOURCE)
    outage.failed(ours.desk, AWAY, now=MONDAY + 14 * MINUTE)  # the same outage, and told already
    [told] = ours.alerts("mailbox")
    assert "No worker has looked there" in told


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["read", "away", "refused", "restart"]), st.integers(1, 40_000)), max_size=25
    )
)
def test_whatever_happens_to_a_mailbox_staff_hear_of_it_in_turn(
    quick_house: House, steps: list[tuple[str, int]]
) -> None:
    """Shut before open, once a day while it is shut, and never open without having been shut."""
    house = quick_house
    name = f"email:{uuid.uuid4()}@mail.example/INBOX"
    outage, now, last_read, told_before = Outage(name), MONDAY, MONDAY, len(house.alerts("mailbox"))
    with house.book.transaction() as session:
        session.merge(Position(source=name, value={}, at=now))
    for step, seconds in steps:
        now += timedelta(seconds=seconds)
        if step == "restart":
            outage = Outage(name)
            outage.begin(house.book, now=now)
        elif step == "read":
            outage.ended(house.desk, now=now)
            last_read = now
            with house.book.transaction() as session:
                session.merge(Position(source=name, value={}, at=now))
        else:
            outage.failed(house.desk, AWAY if step == "away" else SignInRefused("Refused."), now=now)
            if step == "refused" or now - last_read >= 5 * MINUTE:
                assert len(house.alerts("mailbox")) > told_before
    told = house.alerts("mailbox")[told_before:]
    shut = [sentence.startswith("Nothing") for sentence in told]
    assert shut[:1] != [False]
    assert all(before for before, after in itertools.pairwise(shut) if not after)
    days = (now - MONDAY) / DAY
    assert sum(shut) <= days + sum(step == "read" for step, _ in steps) + 1


class Door:
    """A source that does as it is told: `does` is called by each fetch."""

    name = "email:door@mail.example/INBOX"

    def __init__(self, does: Callable[[int], None]) -> None:
        self.does, self.fetches, self.opened, self.closed = does, 0, 0, 0

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.closed += 1

    def fetch(self, position: Any, *, limit: int, now: datetime) -> Any:
        from channels.channel import Collected

        self.fetches += 1
        self.does(self.fetches)
        return Collected({"fetches": self.fetches})

    def settle(self, collected: Any) -> None:
        """Nothing to tidy."""

    def wait(self, seconds: float) -> None:
        """No waiting."""


def test_pain_6_a_collector_that_fails_in_a_way_that_nobody_foresaw_goes_on(
    ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "_FIRST_PAUSE", 0.01)
    stop = threading.Event()

    def does(number: int) -> None:
        if number == 1:
            raise RuntimeError("nobody foresaw this")
        if number == 3:
            stop.set()

    door = Door(does)
    collect._collect(door, stop)
    assert (door.fetches, door.opened, door.closed) == (3, 2, 2)


@dovecot
def test_pain_3_and_5_a_mail_that_cannot_be_taken_apart_is_set_aside_and_the_rest_goes_on(
    ours: House, mailbox_server: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from channels.email import collect as email_collect

    real = email_collect.read

    def read(content: bytes, **context: Any) -> Any:
        if b"POISON" in content:
            raise RecursionError("a parser fell over")
        return real(content, **context)

    monkeypatch.setattr(email_collect, "read", read)
    mailbox_server.put(raw(1), raw(2, words="POISON"), raw(3))
    collect_all(ours, source_of(mailbox_server))
    assert [message.external_id.partition(":")[0] for message in ours.messages()] == [
        "<1@mail.example.org>",
        "<3@mail.example.org>",
        "unreadable",
    ]
    assert len(ours.alerts("quarantine")) == 1
    assert len(mailbox_server.mails("Processed")) == 3  # the book has it byte for byte


@dovecot
def test_pain_5_a_message_that_the_book_does_not_take_is_kept_as_bytes_and_the_others_come_in(
    ours: House, mailbox_server: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import DataError

    real = collect.store

    def store(session: Any, arrived: Any, **context: Any) -> Any:
        if any(message.external_id == "<2@mail.example.org>" for message in arrived):
            raise DataError("insert", {}, ValueError("out of range"))
        return real(session, arrived, **context)

    monkeypatch.setattr(collect, "store", store)
    mailbox_server.put(raw(1), raw(2), raw(3))
    collect_all(ours, source_of(mailbox_server))
    assert sorted(message.state for message in ours.messages()) == ["accepted", "accepted", "quarantined"]


@dovecot
def test_whoever_sends_a_mail_that_is_too_large_hears_what_to_do_and_its_header_is_kept(
    ours: House, mailbox_server: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MAX_MAIL_BYTES", 5_000)
    mailbox_server.put(raw(1, size=9_000), raw(2))
    collect_all(ours, source_of(mailbox_server))
    [kept] = [message for message in ours.messages() if message.state == "quarantined"]
    [told] = ours.notices("too_large")
    assert (told.channel, told.address, told.in_reply_to) == ("email", NGOZI.email, "<1@mail.example.org>")
    assert (told.facts["subject"], told.facts["name"], told.round) == ("Boiler", NGOZI.name, str(kept.id))
    assert len(ours.alerts("quarantine")) == 1


@dovecot
@pytest.mark.parametrize("header", ["Auto-Submitted: auto-replied", "List-Id: <news.example.org>", "Precedence: bulk"])
def test_a_machine_that_sends_large_mails_is_not_answered(
    ours: House, mailbox_server: Account, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    monkeypatch.setattr(mailbox, "MAX_MAIL_BYTES", 5_000)
    mailbox_server.put(raw(1, header, size=9_000))
    collect_all(ours, source_of(mailbox_server))
    assert ours.notices("too_large") == []


@dovecot
def test_the_same_address_is_told_three_times_a_day_that_its_mails_are_too_large(
    ours: House, mailbox_server: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MAX_MAIL_BYTES", 5_000)
    mailbox_server.put(*(raw(number, size=9_000) for number in range(6)))
    collect_all(ours, source_of(mailbox_server))
    assert len(ours.notices("too_large")) == 3
    assert sum(message.state == "quarantined" for message in ours.messages()) == 6


@dovecot
def test_a_box_that_is_numbered_anew_is_read_again_and_staff_hear_of_it_and_nothing_doubles(
    ours: House, mailbox_server: Account
) -> None:
    source = source_of(mailbox_server)
    collect_all(ours, source)
    with ours.book.transaction() as session:
        position = session.get_one(Position, source.name)
        position.value = {"uidvalidity": position.value["uidvalidity"] - 1, "last_uid": 99}
    mailbox_server.put(raw(1))
    collect_all(ours, source)
    collect_all(ours, source)
    assert len(ours.messages()) == 1
    [told] = ours.alerts("mailbox")
    assert "numbered the mailbox anew" in told
    assert len(ours.lines("source_changed")) == 1


@dovecot
def test_a_folder_that_is_gone_is_one_sentence_for_a_person(mailbox_server: Account) -> None:
    url = mailbox_server.imap_url.replace("/INBOX", "/Complaints")
    with pytest.raises(NeedsPerson, match="has no folder Complaints"), Mailbox(imap_address(url)) as box:
        box.fetch(None, 10)


@dovecot
def test_pain_9_a_box_is_collected_over_one_connection_however_long_it_is_watched(
    ours: House, own_imap_server: ImapServer
) -> None:
    account = own_imap_server.account()
    source = source_of(account)
    source.open()
    for number in range(5):
        account.put(raw(number))
        collect_once(ours.book, source, now=MONDAY)
        source.wait(0.05)
    source.close()
    log = (own_imap_server.folder / "dovecot.log").read_text()
    assert log.count("Login: user=") == 1 + 5  # ours, and those by which the five mails were put there
    assert len(ours.messages()) == 5


@dovecot
def test_pain_9_a_server_that_has_too_many_connections_is_not_taken_for_one_that_refuses_our_password(
    own_imap_server: ImapServer,
) -> None:
    config = own_imap_server.folder / "dovecot.conf"
    own_imap_server.stop()
    config.write_text(
        config.read_text().replace("mail_max_userip_connections = 200", "mail_max_userip_connections = 1")
    )
    own_imap_server.start()
    account = own_imap_server.account()
    with Mailbox(imap_address(account.imap_url)) as first:
        with (
            pytest.raises(ChannelError, match="too many connections") as refused,
            Mailbox(imap_address(account.imap_url)),
        ):
            pass
        assert not isinstance(refused.value, NeedsPerson)
        assert first.fetch(None, 10).mails == ()


@dovecot
def test_pain_10_a_mail_that_arrives_by_two_ways_or_is_read_again_is_one_message(
    ours: House, mailbox_server: Account
) -> None:
    source = source_of(mailbox_server)
    mailbox_server.put(raw(1), b"Received: from elsewhere by here\r\n" + raw(1))
    collect_all(ours, source)
    with ours.book.transaction() as session:
        session.execute(delete(Position))
    mailbox_server.put(raw(1), folder="INBOX")
    collect_all(ours, source)
    [message] = ours.messages()
    assert message.copies == 2


@dovecot
def test_pain_12_a_message_that_was_deleted_does_not_come_back_from_the_mailbox(
    ours: House, mailbox_server: Account
) -> None:
    source = source_of(mailbox_server)
    mailbox_server.put(raw(1))
    collect_all(ours, source)
    with ours.book.transaction() as session:
        session.execute(delete(Message))
    collect_all(ours, source, now=MONDAY + DAY)
    assert ours.messages() == []
    assert len(mailbox_server.mails("Processed")) == 1


@dovecot
def test_pain_4_what_arrives_while_it_is_read_is_read_next_and_not_at_midnight(
    ours: House, mailbox_server: Account
) -> None:
    source = source_of(mailbox_server)
    source.open()
    collect_once(ours.book, source, now=MONDAY)
    for number in range(3):
        mailbox_server.put(raw(number), at=datetime(2020 + number, 1, 1, tzinfo=UTC))  # whatever its date says
        source.wait(10)
        collect_once(ours.book, source, now=MONDAY)
    source.close()
    assert len(ours.messages()) == 3
