"""`earshot run` on a folder of its own: settings from the environment, the doors open, and nothing lost by Ctrl-C."""

from pathlib import Path

import httpx
import pytest
from support.cast import LANDLORD, NGOZI, OUR_MAILBOX
from support.earshot_run import EarshotRun
from support.imap_server import Account
from support.letters import letter, opened, plain, reply
from support.smtp_server import SmtpServer

pytestmark = [pytest.mark.needs("dovecot"), pytest.mark.needs("redis")]

SAID = "The boiler is broken for the third time and nobody came on Tuesday. I am fed up with this."


def test_what_comes_in_is_answered_and_what_comes_while_it_is_down_is_answered_after(
    tmp_path: Path, mailbox_server: Account, submission_server: SmtpServer
) -> None:
    variables = {
        "EARSHOT_LANDLORD": LANDLORD,
        "EARSHOT_MAIL_FROM": f"{LANDLORD} <{OUR_MAILBOX}>",
        "EARSHOT_IMAP_URL": mailbox_server.imap_url,
        "EARSHOT_SMTP_URL": submission_server.url,
    }
    with EarshotRun(tmp_path / "var", **variables) as earshot:
        assert earshot.is_ready()
        assert httpx.get(f"{earshot.url}/demo").status_code == 404
        assert "Demonstration" not in httpx.get(earshot.url).text
        mailbox_server.put(letter(SAID, subject="Boiler", of=NGOZI).as_bytes())
        receipt = opened(submission_server.wait_for(1, seconds=60)[0].raw)
        family = earshot.family()
        assert len(family) > 5
    assert earshot.process.returncode == 0
    assert set(earshot.family()) == set()
    assert "everything is kept" in earshot.said

    mailbox_server.put(reply(receipt, "And now it leaks, too.").as_bytes())
    mailbox_server.put(letter("The lamp on the stairs is out.", subject="Lamp", of=NGOZI).as_bytes())
    with EarshotRun(tmp_path / "var", **variables):
        mails = [opened(mail.raw) for mail in submission_server.wait_for(2, seconds=60)]
    assert [mail["To"] for mail in mails] == [f"{NGOZI.name} <{NGOZI.email}>"] * 2
    assert "lamp on the stairs" in plain(mails[1])
    words = (tmp_path / "said.log").read_text()
    assert "Traceback" not in words
    assert [private for private in (NGOZI.name, NGOZI.email, SAID, "leaks") if private in words] == []


def test_a_misspelt_setting_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    run = EarshotRun(tmp_path / "var", EARSHOT_MAIL_FORM=OUR_MAILBOX)
    assert run.process.wait(60) == 1
    assert "Did you mean EARSHOT_MAIL_FROM?" in run.said
    assert run.said.count("\n") == 1
