"""Pain 8: a token that dies is fetched anew, and where it cannot be, that is said at once and by name."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from support.imap_server import ImapServer
from support.oauth_server import REFRESH, SECRET, OAuthServer
from support.smtp_server import SmtpServer

from channels.email import oauth as sign_in
from channels.email import outbound, smtp_line
from channels.email.mailbox import Mailbox
from channels.email.oauth import Grant, access_token
from channels.email.settings import Settings, settings
from channels.errors import ChannelError, SignInRefused
from channels.message import OutboundMessage

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NOTICE = OutboundMessage(key="a" * 32, channel="email", to="ngozi.okafor@example.org", text="Hello.")


@pytest.fixture(autouse=True)
def _no_token_of_another_test() -> Any:
    sign_in._kept.clear()
    yield
    smtp_line.close()


@pytest.fixture
def setup(oauth: OAuthServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    def setup(**variables: str) -> Settings:
        for name, value in {**oauth.variables, **variables}.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        return settings()

    return setup


def grant(oauth: OAuthServer, **changes: str) -> Grant:
    facts = {"token_url": f"{oauth.url}/token", "client_id": "earshot-client", "client_secret": SECRET}
    return Grant(**facts | changes)


def imap_url(server: ImapServer) -> str:
    return f"imap://info@127.0.0.1:{server.imap_port}/INBOX"


@pytest.mark.needs("dovecot")
def test_the_mailbox_is_opened_with_a_token(token_imap_server: ImapServer, oauth: OAuthServer, setup: Any) -> None:
    token_imap_server.account("info").put(b"From: x@example.org\r\n\r\nNo heating.\r\n")
    ours = setup(EARSHOT_IMAP_URL=imap_url(token_imap_server))
    for _ in range(3):
        with Mailbox(ours.imap) as box:
            assert len(box.fetch(None, 10).mails) == 1
    assert len(oauth.asked) == 1  # kept by the process for as long as it is good


@pytest.mark.needs("dovecot")
def test_a_token_that_was_withdrawn_is_replaced_in_the_same_breath(
    token_imap_server: ImapServer, oauth: OAuthServer, setup: Any
) -> None:
    ours = setup(EARSHOT_IMAP_URL=imap_url(token_imap_server))
    with Mailbox(ours.imap):
        pass
    oauth.withdraw()
    with Mailbox(ours.imap) as box:
        assert box.fetch(None, 10).mails == ()
    assert len(oauth.asked) == 2


@pytest.mark.needs("dovecot")
def test_a_mailbox_that_takes_no_token_of_ours_says_so(
    token_imap_server: ImapServer, oauth: OAuthServer, setup: Any
) -> None:
    ours = setup(EARSHOT_IMAP_URL=imap_url(token_imap_server))
    oauth.user = "somebody-else"
    with pytest.raises(SignInRefused, match="refused the user name or the token"), Mailbox(ours.imap):
        pass


def test_mail_is_sent_with_a_token(oauth: OAuthServer, smtp_sink: SmtpServer, setup: Any) -> None:
    smtp_sink.takes_token = lambda token: token in oauth.good
    setup(EARSHOT_SMTP_URL=f"smtp://info@127.0.0.1:{smtp_sink.port}", EARSHOT_MAIL_FROM="info@larchmere.example")
    assert outbound.send(NOTICE, now=NOW).status == "accepted"
    smtp_line.close()
    oauth.withdraw()
    assert outbound.send(NOTICE, now=NOW).status == "accepted"
    assert (len(smtp_sink.mails), smtp_sink.signed_in, len(oauth.asked)) == (2, 2, 2)


def test_a_mail_server_that_takes_no_token_of_ours_says_so(
    oauth: OAuthServer, smtp_sink: SmtpServer, setup: Any
) -> None:
    smtp_sink.takes_token = lambda token: False
    setup(EARSHOT_SMTP_URL=f"smtp://info@127.0.0.1:{smtp_sink.port}", EARSHOT_MAIL_FROM="info@larchmere.example")
    with pytest.raises(SignInRefused, match="refused the user name or the token") as refused:
        outbound.send(NOTICE, now=NOW)
    assert not refused.value.permanent
    assert "token-" not in refused.value.sentence


def test_without_a_refresh_token_the_client_asks_in_its_own_name(oauth: OAuthServer) -> None:
    access_token(grant(oauth, scope="mail"))
    assert oauth.asked == [
        {"grant_type": "client_credentials", "client_id": "earshot-client", "client_secret": SECRET, "scope": "mail"}
    ]


def test_a_new_refresh_token_takes_the_place_of_the_old_one(oauth: OAuthServer) -> None:
    oauth.renews = "the next one"
    asks = grant(oauth, refresh_token=REFRESH)
    access_token(asks)
    sign_in.forget(asks)
    access_token(asks)
    assert [form["refresh_token"] for form in oauth.asked] == [REFRESH, "the next one"]
    assert {form["grant_type"] for form in oauth.asked} == {"refresh_token"}


def test_a_token_is_fetched_anew_before_it_ends(oauth: OAuthServer) -> None:
    oauth.lasts = 0.3
    asks = grant(oauth)
    assert access_token(asks) == access_token(asks) == "token-1"
    sign_in._kept[asks].until = time.monotonic()
    assert access_token(asks) == "token-2"
    oauth.lasts = 3600
    sign_in._kept[asks].until = 0
    access_token(asks)
    assert 3200 < sign_in._kept[asks].until - time.monotonic() < 3400


@pytest.mark.parametrize("lasts", ["3600", "soon", None, -5, {}])
def test_however_long_a_token_is_said_to_last_it_is_used(oauth: OAuthServer, lasts: Any) -> None:
    oauth.lasts = lasts
    assert access_token(grant(oauth)) == "token-1"


@pytest.mark.parametrize(("status", "refused"), [(400, True), (401, True), (403, True), (429, False), (503, False)])
def test_what_the_sign_in_server_says_no_to_a_person_must_mend_and_what_it_cannot_do_now_comes_back(
    oauth: OAuthServer, status: int, refused: bool
) -> None:
    oauth.error, oauth.status = "invalid_grant", status
    with pytest.raises(ChannelError, match="gives") as error:
        access_token(grant(oauth, refresh_token=REFRESH))
    assert isinstance(error.value, SignInRefused) is refused
    assert SECRET not in error.value.sentence + repr(grant(oauth, refresh_token=REFRESH))
    assert REFRESH not in error.value.sentence + repr(grant(oauth, refresh_token=REFRESH))
    oauth.error = ""
    assert access_token(grant(oauth, refresh_token=REFRESH)) == "token-2"


def test_a_sign_in_server_that_is_away_is_one_sentence(free_port: int) -> None:
    with pytest.raises(ChannelError, match="does not answer") as error:
        access_token(Grant(f"http://127.0.0.1:{free_port}/token", "earshot-client", SECRET))
    assert not isinstance(error.value, SignInRefused)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"IMAP_URL": "imaps://info@mail.example.org/INBOX"}, "a user without a password"),
        ({"MAIL_OAUTH_TOKEN_URL": "https://login.example.org/token"}, "must be set together"),
        (
            {"MAIL_OAUTH_TOKEN_URL": "https://login.example.org/token", "MAIL_OAUTH_CLIENT_ID": "x"},
            "CLIENT_SECRET or EARSHOT_MAIL_OAUTH_REFRESH_TOKEN",
        ),
        ({"MAIL_OAUTH_TOKEN_URL": "http://login.example.org/token"}, "must start with https"),
    ],
)
def test_half_a_sign_in_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], sentence: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"EARSHOT_{name}", value)
    with pytest.raises(ValidationError, match=sentence):
        Settings()
