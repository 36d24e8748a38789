"""The mailbox, against a real Dovecot."""

from datetime import UTC, datetime

import pytest
from imapclient import IMAPClient
from support.imap_server import Account, ImapServer

from channels.email import folders, mailbox
from channels.email.mailbox import Cursor, Mailbox
from channels.email.settings import imap_address
from channels.errors import ChannelError

pytestmark = pytest.mark.needs("dovecot")

THEN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def mail(number: int, size: int = 0) -> bytes:
    text = f"From: ngozi.okafor@example.org\r\nMessage-ID: <{number}@example.org>\r\n\r\nThe boiler, day {number}.\r\n"
    return text.encode() + b"x" * size


def box_of(account: Account) -> Mailbox:
    return Mailbox(imap_address(account.imap_url))


def test_mails_come_byte_for_byte_with_the_time_the_server_took_them(mailbox_server: Account) -> None:
    raw = b"From: x@example.org\r\nSubject: caf\xe9 \xa3120\r\n\r\nnot \xff utf-8 \x00 at all\r\n".replace(b"\x00", b"")
    mailbox_server.put(raw, at=THEN)
    with box_of(mailbox_server) as box:
        fetched = box.fetch(None, 10)
    assert [one.raw for one in fetched.mails] == [raw]
    assert fetched.mails[0].internal_date == THEN
    assert fetched.mails[0].internal_date.tzinfo is UTC


def test_the_next_poll_brings_only_what_is_new(mailbox_server: Account) -> None:
    mailbox_server.put(mail(1), mail(2))
    with box_of(mailbox_server) as box:
        first = box.fetch(None, 10)
        again = box.fetch(first.cursor, 10)
        mailbox_server.put(mail(3))
        third = box.fetch(again.cursor, 10)
    assert [len(one.mails) for one in (first, again, third)] == [2, 0, 1]
    assert third.mails[0].raw == mail(3)
    assert again.cursor == first.cursor


def test_an_empty_box_and_a_read_box_bring_nothing(mailbox_server: Account) -> None:
    with box_of(mailbox_server) as box:
        empty = box.fetch(None, 10)
        assert (empty.mails, empty.more, empty.cursor.last_uid) == ((), False, 0)
    mailbox_server.put(mail(1))
    with box_of(mailbox_server) as box:
        # `2:*` makes a server name mail 1, which is the newest
        assert box.fetch(Cursor(empty.cursor.uidvalidity, 1), 10).mails == ()


def test_a_full_box_comes_in_batches_oldest_first(mailbox_server: Account) -> None:
    mailbox_server.put(*[mail(number) for number in range(7)])
    seen, cursor, more = [], None, True
    with box_of(mailbox_server) as box:
        while more:
            fetched = box.fetch(cursor, 3)
            cursor, more = fetched.cursor, fetched.more
            seen += [one.raw for one in fetched.mails]
    assert seen == [mail(number) for number in range(7)]


def test_an_older_cursor_brings_the_older_mails_again(mailbox_server: Account) -> None:
    mailbox_server.put(*[mail(number) for number in range(6)])
    with box_of(mailbox_server) as box:
        first = box.fetch(None, 2)
        second = box.fetch(first.cursor, 2)
        again = box.fetch(first.cursor, 2)  # the commit of the second batch failed
        start = box.fetch(None, 2)
    assert again == second
    assert start == first


def test_a_batch_of_large_mails_stays_within_memory(mailbox_server: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "MAX_BATCH_BYTES", 5_000)
    mailbox_server.put(*[mail(number, 2_000) for number in range(4)])
    with box_of(mailbox_server) as box:
        first = box.fetch(None, 10)
        second = box.fetch(first.cursor, 10)
    assert (len(first.mails), first.more) == (2, True)
    assert (len(second.mails), second.more) == (2, False)


def test_a_mail_too_large_is_reported_with_its_header_and_the_others_come(
    mailbox_server: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MAX_MAIL_BYTES", 10_000)
    mailbox_server.put(mail(1), mail(2, 20_000), mail(3))
    with box_of(mailbox_server) as box:
        fetched = box.fetch(None, 10)
    assert [one.raw for one in fetched.mails] == [mail(1), mail(3)]
    (large,) = fetched.unfetched
    assert large.size > 20_000
    assert b"<2@example.org>" in large.header
    assert "MB" in large.reason


def test_collected_mail_moves_to_processed(mailbox_server: Account) -> None:
    mailbox_server.put(mail(1), mail(2))
    with box_of(mailbox_server) as box:
        fetched = box.fetch(None, 1)
        box.move_to_processed(one.uid for one in fetched.mails)
        box.move_to_processed([])
        box.move_to_processed(one.uid for one in fetched.mails)  # a second time, after a crash: no harm
        rest = box.fetch(fetched.cursor, 10)
    assert mailbox_server.mails("Processed") == [mail(1)]
    assert [one.raw for one in rest.mails] == [mail(2)]


def test_a_server_without_move_is_served_by_copy_and_delete(
    mailbox_server: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    has = IMAPClient.has_capability
    monkeypatch.setattr(IMAPClient, "has_capability", lambda self, name: name != "MOVE" and has(self, name))
    mailbox_server.put(mail(1), mail(2))
    with box_of(mailbox_server) as box:
        fetched = box.fetch(None, 1)
        box.move_to_processed(one.uid for one in fetched.mails)
    assert mailbox_server.mails("Processed") == [mail(1)]
    assert mailbox_server.mails() == [mail(2)]


def test_a_box_that_was_made_anew_is_read_from_the_start(mailbox_server: Account) -> None:
    mailbox_server.put(mail(1), mail(2))
    with box_of(mailbox_server) as box:
        first = box.fetch(None, 10)
        other = Cursor(first.cursor.uidvalidity + 1, 99)
        again = box.fetch(other, 10)
    assert again.renumbered
    assert [one.raw for one in again.mails] == [mail(1), mail(2)]


def test_unread_marks_stay_as_they_are(mailbox_server: Account) -> None:
    mailbox_server.put(mail(1))
    with box_of(mailbox_server) as box:
        box.fetch(None, 10)
    with mailbox_server.open() as client:
        client.select_folder("INBOX")
        assert client.search("UNSEEN")


def test_new_mail_ends_the_wait(mailbox_server: Account) -> None:
    with box_of(mailbox_server) as box:
        box.fetch(None, 10)
        assert box.idle(0.2) is False
        mailbox_server.put(mail(1))
        assert box.idle(20) is True
        fetched = box.fetch(Cursor(box.fetch(None, 1).cursor.uidvalidity, 0), 10)
        assert len(fetched.mails) == 1


def test_the_sent_folder_knows_what_was_sent(mailbox_server: Account) -> None:
    mailbox_server.put(mail(1), folder="Sent")
    with box_of(mailbox_server) as box:
        assert box.find_sent("<1@example.org>") is True
        assert box.find_sent("<2@example.org>") is False
        assert box.fetch(None, 10).mails == ()


def test_a_box_without_a_sent_folder_cannot_know(mailbox_server: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "find_sent", lambda client: None)  # Dovecot makes its Sent again at each login
    with box_of(mailbox_server) as box:
        assert box.find_sent("<1@example.org>") is None
        assert box.keeps_our_copies("example.org") is False


def test_a_wrong_password_is_one_sentence_without_the_password(mailbox_server: Account) -> None:
    url = mailbox_server.imap_url.replace("pass%2Fword", "wrong-secret")
    with pytest.raises(ChannelError, match="refused") as refusal, Mailbox(imap_address(url)):
        pass
    assert "wrong-secret" not in refusal.value.sentence
    assert not refusal.value.permanent


def test_a_server_that_is_away_is_one_sentence(free_port: int) -> None:
    with (
        pytest.raises(ChannelError, match="does not answer"),
        Mailbox(imap_address(f"imap://u:p@127.0.0.1:{free_port}/INBOX")),
    ):
        pass


def test_a_server_that_stops_in_between_is_one_sentence_and_the_next_try_works(own_imap_server: ImapServer) -> None:
    account = own_imap_server.account()
    account.put(mail(1))
    with box_of(account) as box:
        first = box.fetch(None, 10)
        own_imap_server.stop()
        with pytest.raises(ChannelError, match="could not be read"):
            box.fetch(first.cursor, 10)
    own_imap_server.start()
    account.put(mail(2))
    with box_of(account) as box:
        assert [one.raw for one in box.fetch(first.cursor, 10).mails] == [mail(2)]


def test_an_operation_that_hangs_is_cut_off(mailbox_server: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "COMMAND_SECONDS", 0.3)
    mailbox_server.put(mail(1))
    with box_of(mailbox_server) as box:
        box.fetch(None, 10)
        line = box._line
        monkeypatch.setattr(type(line.client), "noop", lambda self: self._imap.readline())  # waits for ever
        with pytest.raises(ChannelError, match="could not be read"):
            box.fetch(None, 10)
