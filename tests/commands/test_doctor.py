"""The doctor: says one line for each thing, with what to do, and finds what is really broken."""

import json
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import forget_settings
from redis import Redis
from rq import Queue
from support.clamd import clamd
from support.imap_server import Account
from support.smtp_server import SmtpServer
from support.telegram_server import TOKEN, TelegramServer
from support.twilio_server import ACCOUNT, AUTH_TOKEN, TwilioServer

from channels.email.inbound import read
from commands.doctor import command, doors, finding, house
from commands.doctor.finding import Broken, Finding, NotSetUp, examine


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch):
    def setup(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"EARSHOT_{name.upper()}", value)
        forget_settings()

    return setup


def doctor(*arguments: str) -> Result:
    return CliRunner().invoke(command.command, arguments)


def test_a_deployment_by_default_has_nothing_broken(sqlite_url: str, setup) -> None:
    setup(database_url=sqlite_url)
    said = doctor("--json")
    assert said.exit_code == 0, said.output
    found = json.loads(said.output)
    assert set(found) == set(command.EXAMINATIONS)
    assert {"database", "policy", "calendar", "model", "disk"} <= {
        name for name in found if found[name]["state"] == "ok"
    }
    assert found["mailbox"] == {"state": "not set up", "sentence": "set EARSHOT_IMAP_URL to collect mail"}


def test_something_broken_is_said_in_its_line_and_by_the_exit_status(setup, monkeypatch: pytest.MonkeyPatch) -> None:
    setup(database_url="postgresql://earshot:hunter2@127.0.0.1:1/earshot")
    said = doctor()
    assert said.exit_code == 1
    assert "broken      database" in said.output
    assert "hunter2" not in said.output
    assert len(said.output.splitlines()) == len(command.EXAMINATIONS)


def test_a_database_of_an_older_version_is_told_to_migrate(database_url: str, setup) -> None:
    setup(database_url=database_url)
    with pytest.raises(Broken, match="run earshot migrate"):
        house.database()


def test_the_clock_is_compared_with_the_databases(book_url: str, setup, monkeypatch: pytest.MonkeyPatch) -> None:
    setup(database_url=book_url)
    assert house.clock()
    if book_url.startswith("postgresql"):
        monkeypatch.setattr(house, "DRIFT", -house.DRIFT)
        with pytest.raises(Broken, match="away from ours"):
            house.clock()


@pytest.mark.needs("redis")
def test_a_queue_that_nobody_hears_is_named(redis_url: str, setup) -> None:
    setup(redis_url=redis_url)
    with Redis.from_url(redis_url) as connection:
        Queue("intake", connection=connection)
    with pytest.raises(Broken, match="no worker listens to urgent, intake, notices, housekeeping"):
        house.bell_rings()


@pytest.mark.needs("redis")
def test_a_redis_that_throws_jobs_away_is_broken(redis_server, setup) -> None:
    setup(redis_url=redis_server.url)
    with Redis.from_url(redis_server.url) as connection:
        connection.config_set("maxmemory-policy", "allkeys-lru")
    with pytest.raises(Broken, match="maxmemory-policy noeviction"):
        house.bell_rings()


def test_a_redis_that_is_gone_is_broken_and_nothing_is_lost(setup, tmp_path: Path) -> None:
    setup(redis_url=f"unix://{tmp_path}/nothing.sock")
    with pytest.raises(Broken, match="nothing is lost"):
        house.bell_rings()


def test_no_redis_at_all_is_a_way_to_run(setup) -> None:
    setup(redis_url="none")
    with pytest.raises(NotSetUp, match="read the book themselves"):
        house.bell_rings()


def mail_settings(mailbox: Account, server: SmtpServer) -> dict[str, str]:
    return {
        "imap_url": mailbox.imap_url,
        "smtp_url": f"smtp://127.0.0.1:{server.port}",
        "mail_from": "info@larchmere.example",
    }


@pytest.mark.needs("dovecot")
def test_a_mail_to_ourselves_is_sent_and_found(mailbox_server: Account, submission_server: SmtpServer, setup) -> None:
    setup(**mail_settings(mailbox_server, submission_server))
    assert "INBOX with 0 mails" in doors.mailbox()
    assert "a mail to ourselves arrived after" in doors.mail_to_ourselves()


@pytest.mark.needs("dovecot")
def test_a_mail_to_ourselves_is_nobodys_complaint(
    mailbox_server: Account, submission_server: SmtpServer, setup
) -> None:
    setup(**mail_settings(mailbox_server, submission_server))
    doors.mail_to_ourselves()
    raw = mailbox_server.mails()[0]
    assert read(raw, received_at=datetime.now(UTC)).kind == "auto_reply"
    assert message_from_bytes(raw)["Message-ID"].endswith("@larchmere.example>")


@pytest.mark.needs("dovecot")
def test_a_mail_that_never_arrives_is_broken(
    mailbox_server: Account, smtp_sink: SmtpServer, setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup(**mail_settings(mailbox_server, smtp_sink))
    monkeypatch.setattr(doors, "ARRIVES_WITHIN", 0.1)
    with pytest.raises(Broken, match=r"was taken by 127.*but is not in the mailbox"):
        doors.mail_to_ourselves()


@pytest.mark.needs("dovecot")
@pytest.mark.parametrize("on", ["true", "false"])
def test_addresses_of_cases_are_proved_before_they_are_used(
    mailbox_server: Account, smtp_sink: SmtpServer, setup, monkeypatch: pytest.MonkeyPatch, on: str
) -> None:
    setup(**mail_settings(mailbox_server, smtp_sink), mail_reply_tokens=on)
    monkeypatch.setattr(doors, "ARRIVES_BEHIND_A_PLUS_WITHIN", 0.1)
    with pytest.raises(Broken if on == "true" else NotSetUp, match="does not arrive"):
        doors.reply_address()
    smtp_sink.refuse_recipient = lambda address: "550 no such user" if "+" in address else None
    with pytest.raises(Broken if on == "true" else NotSetUp, match="takes no mail"):
        doors.reply_address()
    smtp_sink.refuse_recipient = lambda address: None
    smtp_sink.on_mail = lambda taken: mailbox_server.put(taken.raw)
    monkeypatch.setattr(doors, "ARRIVES_BEHIND_A_PLUS_WITHIN", 20)
    if on == "true":
        assert "arrives" in doors.reply_address()
    else:
        with pytest.raises(NotSetUp, match="MAIL_REPLY_TOKENS=true"):
            doors.reply_address()


def test_a_mailbox_that_does_not_answer_is_broken(setup, free_port: int) -> None:
    setup(imap_url=f"imap://info:hunter2@127.0.0.1:{free_port}/INBOX")
    with pytest.raises(Broken) as found:
        doors.mailbox()
    assert "hunter2" not in str(found.value)


def test_a_bot_answers_by_its_name_and_a_wrong_token_is_broken(setup) -> None:
    telegram = TelegramServer()
    try:
        setup(telegram_token=TOKEN, telegram_api_base=telegram.url)
        assert "collected by polling" in doors.telegram()
        setup(telegram_token="123456:not-the-token", telegram_api_base=telegram.url)
        with pytest.raises(Broken):
            doors.telegram()
    finally:
        telegram.stop()


def test_twilio_knows_our_account_and_a_wrong_token_is_broken(setup) -> None:
    twilio = TwilioServer()
    try:
        known = {"twilio_account_sid": ACCOUNT, "twilio_from": "+441632960100", "twilio_api_base": twilio.url}
        setup(**known, twilio_auth_token=AUTH_TOKEN)
        assert "account active, texts from +441632960100" in doors.twilio()
        setup(**known, twilio_auth_token="not-the-token-of-this-account-00")
        with pytest.raises(Broken, match="Check EARSHOT_TWILIO_ACCOUNT_SID"):
            doors.twilio()
    finally:
        twilio.stop()


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # by what Apprise imports
def test_an_alert_address_that_apprise_does_not_know_is_broken(setup) -> None:
    setup(staff_alerts="json://127.0.0.1:9/alerts")
    assert "1 addresses" in doors.staff_alerts()
    setup(staff_alerts="json://127.0.0.1:9/alerts carrier-pigeon://loft")
    with pytest.raises(Broken, match="address 2 of EARSHOT_STAFF_ALERTS"):
        doors.staff_alerts()


def test_an_examination_that_fails_unexpectedly_is_a_finding() -> None:
    def look() -> str:
        raise ZeroDivisionError("by nought\nand more")

    assert examine(look) == Finding("broken", "ZeroDivisionError: by nought")


def test_nothing_is_examined_that_is_not_listed() -> None:
    listed = {look.__name__ for look in command.EXAMINATIONS.values()}
    offered = {
        name
        for module in (house, doors)
        for name, found in vars(module).items()
        if callable(found) and getattr(found, "__module__", "") == module.__name__ and not name.startswith("_")
    }
    assert offered == listed
    assert finding.Examination


def test_pain_17_a_virus_scanner_that_is_away_is_broken_and_one_that_answers_is_well(setup, free_port: int) -> None:
    setup(clamav="")
    assert examine(house.virus_scanner).state == "not set up"
    setup(clamav=f"127.0.0.1:{free_port}")
    found = examine(house.virus_scanner)
    assert found.state == "broken"
    assert "Start clamd" in found.sentence
    with clamd() as address:
        setup(clamav=address)
        assert examine(house.virus_scanner) == Finding("ok", f"ClamAV at {address} answers")
