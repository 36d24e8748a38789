"""The addresses of mail servers, and what is said of wrong ones."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from channels.email.settings import Settings, imap_address, smtp_address
from channels.errors import NotConfigured


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("imaps://info:pw@mail.example.org/INBOX", ("mail.example.org", 993, "tls", "info", "pw", "INBOX")),
        ("imaps://info:pw@mail.example.org:1993", ("mail.example.org", 1993, "tls", "info", "pw", "INBOX")),
        (
            "imaps://info%40larchmere.example:p%2Fa%40s%3As@mail.example.org:993/Complaints%20in",
            ("mail.example.org", 993, "tls", "info@larchmere.example", "p/a@s:s", "Complaints in"),
        ),
        ("imap://u:p@127.0.0.1:7143/INBOX", ("127.0.0.1", 7143, "none", "u", "p", "INBOX")),
        ("imap://u:p@localhost/INBOX", ("localhost", 143, "none", "u", "p", "INBOX")),
    ],
)
def test_an_imap_address_is_read(url: str, expected: tuple[object, ...]) -> None:
    found = imap_address(url)
    assert (found.host, found.port, found.security, found.user, found.password, found.folder) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://u:p@mail.example.org", ("mail.example.org", 465, "tls", "u", "p")),
        ("smtp+starttls://u:p@mail.example.org", ("mail.example.org", 587, "starttls", "u", "p")),
        ("smtp+starttls://mail.example.org:25", ("mail.example.org", 25, "starttls", "", "")),
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, "none", "", "")),
        ("smtp://u%40x:p@localhost", ("localhost", 25, "none", "u@x", "p")),
    ],
)
def test_an_smtp_address_is_read(url: str, expected: tuple[object, ...]) -> None:
    found = smtp_address(url)
    assert (found.host, found.port, found.security, found.user, found.password) == expected


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("IMAP_URL", "imap://u:hush-hush@mail.example.org/INBOX", "without TLS the password could be read"),
        ("IMAP_URL", "https://u:hush-hush@mail.example.org", "must start with imaps://"),
        ("IMAP_URL", "imaps://mail.example.org/INBOX", "no user and password"),
        ("IMAP_URL", "imaps://u:hush-hush@:993/INBOX", "names no server"),
        ("IMAP_URL", "imaps://u:hush/hush@mail.example.org:993/INBOX", "write"),
        ("IMAP_URL", "imaps://u:hush-hush@mail.example.org:port/INBOX", "cannot be read"),
        ("SMTP_URL", "smtp://u:hush-hush@mail.example.org", "must use TLS"),
        ("SMTP_URL", "smtps://u@mail.example.org", "a user without a password"),
        ("SMTP_URL", "mail.example.org", "is not the address of a mail server|names no server"),
        ("MAIL_FROM", "Larchmere Homes", "must be one address"),
        ("MAIL_FROM", "a@example.org, b@example.org", "must be one address"),
        ("MAIL_FROM", "info@localhost", "must be one address"),
        ("SMTP_KEEPS_COPIES", "perhaps", "valid boolean"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_tells_no_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(f"EARSHOT_{name}", value)
    with pytest.raises(ValidationError, match=sentence) as wrong:
        Settings()
    assert "hush" not in wrong.value.errors()[0]["msg"]


def test_secrets_may_stand_in_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, url in (("IMAP_URL", "imaps://u:p@i.example.org/INBOX"), ("SMTP_URL", "smtps://u:p@s.example.org")):
        (tmp_path / name).write_text(f"{url}\n")
        monkeypatch.setenv(f"EARSHOT_{name}_FILE", str(tmp_path / name))
    assert Settings().imap.host == "i.example.org"
    assert Settings().smtp.host == "s.example.org"


def test_nothing_needs_to_be_set() -> None:
    settings = Settings()
    assert settings.missing() == ("EARSHOT_IMAP_URL", "EARSHOT_SMTP_URL", "EARSHOT_MAIL_FROM")
    with pytest.raises(NotConfigured, match="EARSHOT_IMAP_URL"):
        _ = settings.imap


def test_a_password_shows_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_IMAP_URL", "imaps://u:hush-hush@mail.example.org/INBOX")
    assert "hush" not in repr(Settings()) + repr(Settings().imap)


def test_our_own_name_and_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_MAIL_FROM", "Larchmere Homes <Info@Larchmere.example>")
    assert (Settings().sender.name, Settings().sender.address) == ("Larchmere Homes", "info@larchmere.example")
