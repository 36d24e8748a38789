"""Sending: what goes over the wire, and what the answers of mail servers mean."""

import os
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from support.imap_server import Account
from support.smtp_server import SmtpServer

from casework.links import reply_token_for
from channels.email import addresses, inbound, outbound, smtp_line, structure
from channels.email.receipts import receipt_from
from channels.email.settings import settings
from channels.errors import ChannelError, NotConfigured
from channels.message import OutboundMessage

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KEY = "k3" * 16


def notice(**changes: object) -> OutboundMessage:
    facts: dict[str, object] = {
        "key": KEY,
        "channel": "email",
        "to": "ngozi.okafor@example.org",
        "to_name": "Ngozi Okafor",
        "subject": "We have your complaint – 4817-2736-K",
        "text": "Dear Ms Okafor,\n\nWe have your complaint. It cost you £120.\n.\n.hidden?\n",
        "html": "<p>Dear Ms Okafor,</p><p>We have your complaint. It cost you £120.</p>",
    }
    return OutboundMessage(**(facts | changes))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _hang_up() -> object:
    yield
    smtp_line.close()


@pytest.fixture
def post(smtp_sink: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> SmtpServer:
    """A mail server that takes everything, and Larchmere Homes set up to send by it."""
    monkeypatch.setenv("EARSHOT_MAIL_FROM", "Larchmere Homes <info@larchmere.example>")
    monkeypatch.setenv("EARSHOT_SMTP_URL", smtp_sink.url)
    settings.cache_clear()
    return smtp_sink


def opened(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_notice_leaves_as_a_mail_with_text_and_html(post: SmtpServer) -> None:
    receipt = outbound.send(notice(), now=NOW)
    (taken,) = post.mails
    mail = opened(taken.raw)
    assert (taken.sender, taken.to) == ("info@larchmere.example", ("ngozi.okafor@example.org",))
    assert mail["From"] == "Larchmere Homes <info@larchmere.example>"
    assert mail["To"] == "Ngozi Okafor <ngozi.okafor@example.org>"
    assert mail["Subject"] == "We have your complaint – 4817-2736-K"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == f"<{KEY}@larchmere.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    plain, html = mail.iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == notice().text
    assert html.get_content().strip() == notice().html
    assert receipt.status == "accepted"
    assert (receipt.key, receipt.provider_id, receipt.at) == (KEY, f"<{KEY}@larchmere.example>", NOW)
    assert "250" in receipt.detail


def test_an_answer_is_threaded_and_says_that_it_is_an_answer(post: SmtpServer) -> None:
    long = "<" + "a" * 120 + "@mail.example.org>"
    outbound.send(notice(in_reply_to=long, references=("<first@example.org>", "sha256:abc")), now=NOW)
    mail = opened(post.mails[0].raw)
    assert mail["In-Reply-To"] == long
    assert mail["References"].split() == ["<first@example.org>", long]
    assert mail["Auto-Submitted"] == "auto-replied"


def test_an_answer_is_asked_back_to_the_address_of_its_case_only_where_that_is_switched_on(
    post: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = reply_token_for("4817-2736-K", "a secret")
    assert outbound.reply_address(token) == ""
    monkeypatch.setenv("EARSHOT_MAIL_REPLY_TOKENS", "true")
    settings.cache_clear()
    outbound.send(notice(reply_to=outbound.reply_address(token)), now=NOW)
    mail = opened(post.mails[0].raw)
    assert mail["Reply-To"] == f"Larchmere Homes <info+{token}@larchmere.example>"
    answer = f"From: ngozi.okafor@example.org\r\nTo: {mail['Reply-To'].upper()}\r\n\r\nThank you.\r\n"
    assert inbound.read(answer.encode(), received_at=NOW).details["case_token"] == token


@pytest.mark.parametrize("header", ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"])
def test_the_token_of_a_case_is_found_wherever_a_mail_server_has_left_it(header: str) -> None:
    token = reply_token_for("4817-2736-K", "a secret")
    raw = f"From: x@example.org\r\n{header}: <info+{token}@larchmere.example>\r\n\r\nThank you.\r\n".encode()
    assert inbound.read(raw, received_at=NOW).details["case_token"] == token


@pytest.mark.parametrize("to", ["info@larchmere.example", "info+news@larchmere.example", "info+@larchmere.example", ""])
def test_other_addresses_carry_no_token(to: str) -> None:
    raw = f"From: x@example.org\r\nTo: {to}\r\n\r\nThank you.\r\n".encode()
    assert "case_token" not in inbound.read(raw, received_at=NOW).details


def test_no_mail_goes_to_ourselves_behind_a_plus_either(post: SmtpServer) -> None:
    with pytest.raises(ChannelError, match="our own") as refused:
        outbound.send(notice(to="info+4817@larchmere.example"), now=NOW)
    assert refused.value.permanent


def test_a_mail_server_that_offers_reports_and_takes_no_words_for_them_has_the_mail_all_the_same(
    post: SmtpServer,
) -> None:
    post.offers_reports = True
    assert outbound.send(notice(), now=NOW).status == "accepted"
    assert [taken.to for taken in post.mails] == [("ngozi.okafor@example.org",)]


def test_our_own_reader_reads_what_we_send(post: SmtpServer) -> None:
    outbound.send(notice(text="Zażółć £ – ü\n" * 50), now=NOW)
    read = inbound.read(post.mails[0].raw, received_at=NOW)
    assert read.external_id == f"<{KEY}@larchmere.example>"
    assert read.subject == notice().subject
    assert read.text == ("Zażółć £ – ü\n" * 50).rstrip()
    assert read.problems == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "A\r\nBcc: everybody@example.org"},
        {"to_name": 'Ngozi "the first"\r\nBcc: everybody@example.org'},
        {"in_reply_to": "<a@b>\r\nBcc: everybody@example.org"},
        {"references": ("<a@b>\nBcc: everybody@example.org",)},
    ],
)
def test_nothing_in_a_notice_can_add_a_header(post: SmtpServer, changes: dict[str, object]) -> None:
    outbound.send(notice(**changes), now=NOW)
    assert opened(post.mails[0].raw)["Bcc"] is None


@pytest.mark.parametrize("name", ["Żaneta Łąka", 'O\'Brien, "Pat"', "", "x" * 200, "名前" * 40, "=?utf-8?q?x?="])
def test_names_survive(post: SmtpServer, name: str) -> None:
    outbound.send(notice(to_name=name, html=""), now=NOW)
    raw = post.mails[0].raw
    (to,) = addresses.read(structure.read(raw, []).headers.raw("to"))
    assert (to.name, to.address) == (name, "ngozi.okafor@example.org")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_one_connection_carries_many_notices(post: SmtpServer) -> None:
    for number in range(5):
        outbound.send(notice(key=f"{number:032d}"), now=NOW)
    assert (len(post.mails), post.connections) == (5, 1)


def test_a_worn_connection_is_replaced(post: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_line, "_MAX_MAILS", 2)
    for number in range(5):
        outbound.send(notice(key=f"{number:032d}"), now=NOW)
    assert (len(post.mails), post.connections) == (5, 3)


def test_a_connection_that_grew_cold_is_opened_anew_and_nothing_is_sent_twice(post: SmtpServer) -> None:
    outbound.send(notice(), now=NOW)
    line = smtp_line._open
    assert line is not None
    line.smtp.sock.shutdown(2)
    outbound.send(notice(key="b" * 32), now=NOW)
    assert (len(post.mails), post.connections) == (2, 2)


def test_a_child_process_never_speaks_on_its_parents_connection(post: SmtpServer) -> None:
    outbound.send(notice(), now=NOW)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if smtp_line._open is None else 1)
    assert os.waitpid(pid, 0)[1] == 0
    outbound.send(notice(key="b" * 32), now=NOW)
    assert (len(post.mails), post.connections) == (2, 1)


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [("550 5.1.1 no such user", True), ("552 5.2.2 over quota", True), ("450 4.2.1 try later", False)],
)
def test_a_refused_address(post: SmtpServer, answer: str, permanent: bool) -> None:
    post.refuse_recipient = lambda address: answer
    with pytest.raises(ChannelError) as refusal:
        outbound.send(notice(), now=NOW)
    assert (refusal.value.permanent, refusal.value.in_doubt) == (permanent, False)
    assert "ngozi" not in refusal.value.sentence
    post.refuse_recipient = lambda address: None
    outbound.send(notice(), now=NOW)
    assert post.connections == 1


@pytest.mark.parametrize(("answer", "permanent"), [("554 5.7.1 spam", True), ("451 4.3.0 busy", False)])
def test_refused_content(post: SmtpServer, answer: str, permanent: bool) -> None:
    post.refuse_content = answer
    with pytest.raises(ChannelError) as refusal:
        outbound.send(notice(), now=NOW)
    assert (refusal.value.permanent, refusal.value.in_doubt) == (permanent, False)


def test_a_server_that_is_away_is_tried_again_later(post: SmtpServer) -> None:
    post.stop()
    with pytest.raises(ChannelError, match="does not answer") as trouble:
        outbound.send(notice(), now=NOW)
    assert (trouble.value.permanent, trouble.value.in_doubt) == (False, False)


def test_a_break_before_the_content_means_not_sent(post: SmtpServer) -> None:
    post.hang_up_before_data = True
    with pytest.raises(ChannelError) as trouble:
        outbound.send(notice(), now=NOW)
    assert (trouble.value.permanent, trouble.value.in_doubt) == (False, False)


def test_a_break_after_the_content_is_in_doubt(post: SmtpServer) -> None:
    post.hang_up_after_data = True
    with pytest.raises(ChannelError) as trouble:
        outbound.send(notice(), now=NOW)
    assert trouble.value.in_doubt
    assert not trouble.value.permanent


def test_silence_after_the_content_is_in_doubt(post: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_line, "_SECONDS_AFTER_DOT", 0.2)
    post.seconds_before_answer = 1
    with pytest.raises(ChannelError) as trouble:
        outbound.send(notice(), now=NOW)
    assert trouble.value.in_doubt


@pytest.mark.parametrize(
    "address",
    [
        "no-reply@example.org",
        "noreply@example.org",
        "do-not-reply@example.org",
        "donotreply+x@example.org",
        "MAILER-DAEMON@example.org",
        "postmaster@example.org",
        "bounces+12-x=y@example.org",
        "list-bounces@example.org",
        "info@larchmere.example",
        "INFO@Larchmere.example",
        "not an address",
        "",
        "józef@example.org",
    ],
)
def test_some_addresses_are_never_written_to(post: SmtpServer, address: str) -> None:
    with pytest.raises(ChannelError) as refusal:
        outbound.send(notice(to=address), now=NOW)
    assert refusal.value.permanent
    assert refusal.value.sentence.endswith(".")
    assert post.mails == []


@pytest.mark.parametrize("address", ["noreen.reply@example.org", "bouncer@example.org", "reply@example.org"])
def test_residents_with_such_names_are_written_to(post: SmtpServer, address: str) -> None:
    outbound.send(notice(to=address), now=NOW)
    assert post.mails[0].to == (address,)


def test_without_settings_it_says_what_to_set() -> None:
    with pytest.raises(NotConfigured, match="EARSHOT_MAIL_FROM"):
        outbound.send(notice(), now=NOW)


@pytest.mark.needs("dovecot")
class TestAskingTheSentFolder:
    @pytest.fixture(autouse=True)
    def _configured(
        self, submission_server: SmtpServer, mailbox_server: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("EARSHOT_MAIL_FROM", "Larchmere Homes <info@larchmere.example>")
        monkeypatch.setenv("EARSHOT_SMTP_URL", submission_server.url)
        monkeypatch.setenv("EARSHOT_IMAP_URL", mailbox_server.imap_url)
        settings.cache_clear()

    def test_a_mail_that_went_before_the_crash_is_found_and_not_sent_again(self, submission_server: SmtpServer) -> None:
        submission_server.hang_up_after_data = True
        with pytest.raises(ChannelError) as doubt:
            outbound.send(notice(), now=NOW)
        assert doubt.value.in_doubt
        receipt = outbound.ask(notice(first_tried_at=NOW), now=NOW)
        assert receipt is not None
        assert (receipt.status, receipt.key) == ("accepted", KEY)

    def test_a_mail_that_never_went_is_known_not_to_have_gone(self) -> None:
        outbound.send(notice(key="a" * 32), now=NOW)  # so Sent shows that this server files copies
        late = NOW + outbound.SETTLES_AFTER
        assert outbound.ask(notice(first_tried_at=NOW), now=late) is None

    def test_too_early_to_tell(self) -> None:
        outbound.send(notice(key="a" * 32), now=NOW)
        with pytest.raises(ChannelError, match="too early") as doubt:
            outbound.ask(notice(first_tried_at=NOW), now=NOW + timedelta(seconds=1))
        assert doubt.value.in_doubt

    def test_an_empty_sent_folder_proves_nothing(self) -> None:
        with pytest.raises(ChannelError, match="no copies") as doubt:
            outbound.ask(notice(first_tried_at=NOW), now=NOW + timedelta(hours=1))
        assert doubt.value.in_doubt

    def test_the_setting_says_that_copies_are_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("EARSHOT_SMTP_KEEPS_COPIES", "true")
        settings.cache_clear()
        assert outbound.ask(notice(first_tried_at=NOW), now=NOW + timedelta(hours=1)) is None

    def test_a_mailbox_that_is_away_leaves_the_doubt(self, free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("EARSHOT_IMAP_URL", f"imap://u:p@127.0.0.1:{free_port}/INBOX")
        settings.cache_clear()
        with pytest.raises(ChannelError) as doubt:
            outbound.ask(notice(), now=NOW)
        assert doubt.value.in_doubt


def test_a_bounce_of_our_own_becomes_a_receipt() -> None:
    raw = (
        b"From: MAILER-DAEMON@mx.example.org\r\nTo: info@larchmere.example\r\nSubject: Undelivered Mail\r\n"
        b"Message-ID: <b@mx.example.org>\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; mx.example.org\r\n\r\n"
        b"Final-Recipient: rfc822; ngozi.okafor@example.org\r\nAction: failed\r\n"
        b"Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        b"Message-ID: <" + KEY.encode() + b"@larchmere.example>\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
    )
    receipt = receipt_from(inbound.read(raw, received_at=NOW))
    assert receipt is not None
    assert (receipt.status, receipt.key, receipt.permanent) == ("failed", KEY, True)
    delayed = raw.replace(b"Action: failed\r\nStatus: 5.1.1", b"Action: delayed\r\nStatus: 4.4.1")
    assert receipt_from(inbound.read(delayed, received_at=NOW)) is None
    assert receipt_from(inbound.read(raw.replace(KEY.encode(), b"someone-else"), received_at=NOW)) is None
