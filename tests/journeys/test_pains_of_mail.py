"""What users of other mail desks suffer from, each under its number, through real mail servers and a whole house."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from support.cast import NGOZI, STAN
from support.house import House, on_both_databases
from support.imap_server import Account, ImapServer
from support.letters import letter, opened, reply
from support.oauth_server import OAuthServer
from support.smtp_server import SmtpServer

from casework.storage import ledger
from casework.storage.tables import Message, Notice
from commands.bench import backlog

pytestmark = [pytest.mark.needs("dovecot"), pytest.mark.needs("redis")]

WORDS = "The boiler at 12 Larch Court has broken down for the third time this month. I am fed up with being fobbed off."

Open = Callable[..., House]


def at_the_mailbox(box: Account, post: SmtpServer) -> dict[str, str]:
    return {"EARSHOT_IMAP_URL": box.imap_url, "EARSHOT_SMTP_URL": post.url}


@on_both_databases
def test_pains_1_to_5_a_full_box_of_which_one_mail_in_fifty_is_damaged_is_accounted_for_whole(
    open_house: Open, mailbox_server: Account, smtp_sink: SmtpServer
) -> None:
    count = 300
    backlog.fill(mailbox_server.imap_url, count)
    house = open_house(**at_the_mailbox(mailbox_server, smtp_sink))

    def settled() -> bool:
        with house.book.reading() as session:
            return session.scalar(select(func.count()).where(Message.outcome.is_not(None))) == count

    house.until(settled, "everything settled", 90)
    compared = house.until(lambda: _compared(house), "a comparison of the mailbox with the book", 60)
    assert (compared.held, compared.known, compared.astray) == (count, count, 0)
    assert mailbox_server.mails() == []
    now = datetime.now(UTC)
    with house.book.reading() as session:
        day = ledger.of_day(session, since=now - timedelta(days=1), until=now, now=now)
    assert day.agrees
    assert (day.total.seen, day.total.ended["waiting"], day.total.ended["duplicate"]) == (count, 0, 0)
    whole = count - count // backlog.EVERY
    smtp_sink.wait_for(whole, 60)


def test_pain_11_an_answer_in_a_changed_subject_joins_and_two_matters_of_two_people_stay_two(
    open_house: Open, mailbox_server: Account, submission_server: SmtpServer
) -> None:
    house = open_house(**at_the_mailbox(mailbox_server, submission_server))
    mailbox_server.put(letter(WORDS, subject="Boiler").as_bytes(), letter(WORDS, subject="Boiler", of=STAN).as_bytes())
    house.until(lambda: len(house.cases()) == 2, "two cases of two people")
    first = next(mail for mail in map(opened, _sent(submission_server, 2)) if NGOZI.email in str(mail["To"]))
    answer = reply(first, "It is still cold.")
    del answer["Subject"]
    answer["Subject"] = "Heating!"
    mailbox_server.put(answer.as_bytes())
    house.until(lambda: sum(len(case.messages) for case in house.cases()) == 3, "the answer joined")
    assert {case.person.name: len(case.messages) for case in house.cases()} == {NGOZI.name: 2, STAN.name: 1}


def test_pain_13_holiday_replies_and_newsletters_and_our_own_words_never_make_a_loop(
    open_house: Open, mailbox_server: Account, submission_server: SmtpServer
) -> None:
    house = open_house(**at_the_mailbox(mailbox_server, submission_server))
    mailbox_server.put(letter(WORDS, subject="Boiler").as_bytes())
    receipt = opened(_sent(submission_server, 1)[0])
    away = reply(receipt, "I am away until Monday.")
    away["Auto-Submitted"] = "auto-replied"
    news = letter("Our autumn offers!", subject="News", of=STAN)
    news["List-Id"] = "<news.example.net>"
    mailbox_server.put(away.as_bytes(), news.as_bytes(), submission_server.mails[0].raw)

    def settled() -> bool:
        with house.book.reading() as session:
            return session.scalar(select(func.count()).where(Message.outcome.is_not(None))) == 4

    house.until(settled, "all four settled")
    with house.book.reading() as session:
        assert session.scalar(select(func.count()).where(Notice.kind == "receipt")) == 1
    assert len(submission_server.mails) == 1


def test_pain_18_a_mail_server_that_takes_a_mail_and_breaks_off_brings_the_resident_one_receipt(
    open_house: Open, mailbox_server: Account, submission_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(House, "constants", {"casework.storage.delivery:ASK_AGAIN_AFTER": 1.0})
    submission_server.hang_up_after_data = True
    house = open_house(**at_the_mailbox(mailbox_server, submission_server))
    mailbox_server.put(letter(WORDS, subject="Boiler").as_bytes())
    assert house.notice("receipt", state="in_doubt").attempts == 1
    submission_server.hang_up_after_data = False
    assert house.notice("receipt", seconds=100).detail == "found in the Sent folder"
    assert len(submission_server.mails) == 1


def test_pains_1_and_6_a_mail_server_that_goes_away_and_comes_back_is_told_both_times_and_nothing_is_lost(
    open_house: Open, own_imap_server: ImapServer, smtp_sink: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(House, "constants", {"intake.outage:TOLD_AFTER": 1.0})
    box = own_imap_server.account()
    house = open_house(**at_the_mailbox(box, smtp_sink))
    box.put(letter(WORDS, subject="Boiler").as_bytes())
    house.case()
    own_imap_server.stop()
    shut = house.until(lambda: house.alerts("mailbox"), "an alert that the mailbox is shut")
    assert "Nothing has come in from E-mail" in shut[0].facts["sentence"]
    own_imap_server.start()
    box.put(letter(WORDS, subject="Boiler", of=STAN).as_bytes())
    house.until(lambda: len(house.cases()) == 2, "the mail that waited")
    open_again = house.until(lambda: house.alerts("mailbox")[1:], "an alert that it is open again")
    assert open_again[0].facts["sentence"].startswith("Messages come in again from E-mail")


def test_pain_8_a_token_that_dies_is_told_at_once_and_mail_goes_on_as_soon_as_it_is_mended(
    open_house: Open, token_imap_server: ImapServer, oauth: OAuthServer, smtp_sink: SmtpServer
) -> None:
    box = token_imap_server.account("info")
    url = f"imap://info@127.0.0.1:{token_imap_server.imap_port}/INBOX"
    oauth.lasts = 1
    oauth.error = "invalid_client"
    house = open_house(EARSHOT_IMAP_URL=url, EARSHOT_SMTP_URL=smtp_sink.url, **oauth.variables)
    box.put(letter(WORDS, subject="Boiler").as_bytes())
    told = house.until(lambda: house.alerts("mailbox"), "an alert that the token is refused", 10)
    assert "gives us no token (invalid_client)" in told[0].facts["sentence"]
    oauth.error = ""
    house.case()
    smtp_sink.wait_for(1)
    assert house.until(lambda: house.alerts("mailbox")[1:], "an alert that mail comes in again")


def _sent(server: SmtpServer, count: int) -> list[bytes]:
    return [taken.raw for taken in server.wait_for(count)]


def _compared(house: House) -> ledger.Balance | None:
    with house.book.reading() as session:
        found = next(iter(ledger.newest(session)), None)
        if found is not None:
            session.expunge(found)
        return found
