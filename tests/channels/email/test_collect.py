"""The mailbox as the intake desk collects from it."""

from datetime import UTC, datetime

import pytest
from support.imap_server import Account

from channels.email import collect, mailbox
from channels.email.settings import settings

pytestmark = pytest.mark.needs("dovecot")

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
THEN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def mail(name: str, text: bytes = b"No heating.") -> bytes:
    return f"From: ngozi.okafor@example.org\r\nMessage-ID: <{name}@example.org>\r\n\r\n".encode() + text + b"\r\n"


@pytest.fixture
def source(mailbox_server: Account, monkeypatch: pytest.MonkeyPatch) -> collect.MailSource:
    monkeypatch.setenv("EARSHOT_IMAP_URL", mailbox_server.imap_url)
    monkeypatch.setenv("EARSHOT_MAIL_FROM", "Larchmere Homes <info@larchmere.example>")
    settings.cache_clear()
    found = collect.source()
    assert found is not None
    return found


def test_without_a_mailbox_there_is_no_source() -> None:
    assert collect.source() is None


def test_what_is_collected_is_moved_only_when_it_is_settled(
    source: collect.MailSource, mailbox_server: Account
) -> None:
    mailbox_server.put(mail("a"), mail("b"), at=THEN)
    source.open()
    first = source.fetch(None, limit=1, now=NOW)
    assert [one.external_id for one in first.messages] == ["<a@example.org>"]
    assert (first.messages[0].our_address, first.messages[0].received_at) == ("info@larchmere.example", THEN)
    assert first.more
    assert len(mailbox_server.mails()) == 2
    source.settle(first)
    assert mailbox_server.mails("Processed") == [mail("a")]
    second = source.fetch(first.position, limit=10, now=NOW)
    assert [one.external_id for one in second.messages] == ["<b@example.org>"]
    source.close()


def test_a_crash_before_settling_brings_the_mail_again_under_the_same_name(
    source: collect.MailSource, mailbox_server: Account
) -> None:
    mailbox_server.put(mail("a"), b"From: x@example.org\r\n\r\nwithout an id\r\n")
    source.open()
    first = source.fetch(None, limit=10, now=NOW)
    source.close()
    source.open()
    again = source.fetch(None, limit=10, now=NOW)
    source.close()
    assert [one.external_id for one in again.messages] == [one.external_id for one in first.messages]
    assert [one.received_at for one in again.messages] == [one.received_at for one in first.messages]


def test_poison_and_oversize_stay_in_the_box_for_a_person_and_the_rest_goes_on(
    source: collect.MailSource, mailbox_server: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MAX_MAIL_BYTES", 5_000)
    mailbox_server.put(mail("a"), mail("large", b"x" * 9_000), b"\xff\xfe poison \x80\r\n", mail("b"))
    source.open()
    found = source.fetch(None, limit=10, now=NOW)
    source.settle(found)
    source.close()
    assert [one.external_id for one in found.messages if "@" in one.external_id] == [
        "<a@example.org>",
        "<b@example.org>",
    ]
    assert len(found.messages) == 3
    (unreadable,) = found.unreadable
    assert b"<large@example.org>" in unreadable.raw
    assert "bytes" in unreadable.reason
    assert len(mailbox_server.mails()) == 1
