"""What e-mail needs from the environment: a mailbox to collect from, a server to send by, our own address."""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import ClassVar, Literal, Self
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import SecretStr, field_validator, model_validator

from channels import contacts
from channels.channel import Description
from channels.email import addresses
from channels.email.addresses import Address
from channels.email.oauth import Grant
from channels.environment import ChannelSettings
from channels.errors import NotConfigured

DESCRIPTION = Description(name="email", label="E-mail", form="email", address_kind="email")

_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})
Security = Literal["tls", "starttls", "none"]


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A mail server as an address names it; `folder` is the mailbox of an IMAP server.

    A user without a password signs in with the token that `grant` brings.
    """

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = ""
    folder: str = "INBOX"
    grant: Grant | None = None

    def __repr__(self) -> str:
        return f"{self.host}:{self.port} ({self.security})"


class Settings(ChannelSettings):
    """`mail_from` is both the sender of every answer and the address that residents write to.

    `smtp_keeps_copies` says whether the server files what it sends into the box's Sent folder, as Microsoft 365
    and Gmail do; None lets the Sent folder itself tell. `mail_reply_tokens` has answers asked back to an address of
    the case's own, `info+token@…`: off until `earshot doctor` has seen that such mail arrives, since where it does not,
    every answer would come back to the resident as undeliverable.
    """

    needs: ClassVar[tuple[str, ...]] = ("imap_url", "smtp_url", "mail_from")

    imap_url: SecretStr | None = None
    smtp_url: SecretStr | None = None
    mail_from: str | None = None
    smtp_keeps_copies: bool | None = None
    mail_reply_tokens: bool = False
    mail_oauth_token_url: str | None = None
    mail_oauth_client_id: str | None = None
    mail_oauth_client_secret: SecretStr | None = None
    mail_oauth_refresh_token: SecretStr | None = None
    mail_oauth_scope: str = ""

    @field_validator("imap_url")
    @classmethod
    def _imap_url_can_be_read(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            imap_address(url.get_secret_value())
        return url

    @field_validator("smtp_url")
    @classmethod
    def _smtp_url_can_be_read(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            smtp_address(url.get_secret_value())
        return url

    @field_validator("mail_from")
    @classmethod
    def _mail_from_is_an_address(cls, written: str | None) -> str | None:
        if written is not None:
            sender_address(written)
        return written

    @field_validator("mail_oauth_token_url")
    @classmethod
    def _token_url_is_secure(cls, url: str | None) -> str | None:
        if url is not None:
            parts = urlsplit(url)
            if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _THIS_MACHINE):
                raise ValueError("must start with https://: secrets are sent there (http:// is for this machine)")
        return url

    @model_validator(mode="after")
    def _whoever_signs_in_has_something_to_do_it_with(self) -> Self:
        if bool(self.mail_oauth_token_url) != bool(self.mail_oauth_client_id):
            raise ValueError("EARSHOT_MAIL_OAUTH_TOKEN_URL and EARSHOT_MAIL_OAUTH_CLIENT_ID must be set together.")
        if self.mail_oauth_token_url and not (self.mail_oauth_client_secret or self.mail_oauth_refresh_token):
            raise ValueError("Set EARSHOT_MAIL_OAUTH_CLIENT_SECRET or EARSHOT_MAIL_OAUTH_REFRESH_TOKEN, or both.")
        for name, address in (("IMAP", self.imap_url and self.imap), ("SMTP", self.smtp_url and self.smtp)):
            if address and address.user and not address.password and address.grant is None:
                raise ValueError(
                    f"EARSHOT_{name}_URL has a user without a password: write user:password@ (with @ as %40), or set "
                    "EARSHOT_MAIL_OAUTH_TOKEN_URL and EARSHOT_MAIL_OAUTH_CLIENT_ID to sign in with a token."
                )
        return self

    @cached_property
    def grant(self) -> Grant | None:
        """What a token is asked for with; None where we sign in by password."""
        if self.mail_oauth_token_url is None or self.mail_oauth_client_id is None:
            return None
        return Grant(
            self.mail_oauth_token_url,
            self.mail_oauth_client_id,
            _plain(self.mail_oauth_client_secret),
            _plain(self.mail_oauth_refresh_token),
            self.mail_oauth_scope,
        )

    @cached_property
    def imap(self) -> ServerAddress:
        """The mailbox; raises NotConfigured."""
        if self.imap_url is None:
            raise NotConfigured("e-mail", "EARSHOT_IMAP_URL")
        return replace(imap_address(self.imap_url.get_secret_value()), grant=self.grant)

    @cached_property
    def smtp(self) -> ServerAddress:
        """The submission server; raises NotConfigured."""
        if self.smtp_url is None:
            raise NotConfigured("e-mail", "EARSHOT_SMTP_URL")
        return replace(smtp_address(self.smtp_url.get_secret_value()), grant=self.grant)

    @cached_property
    def sender(self) -> Address:
        """Our own name and address; raises NotConfigured."""
        if self.mail_from is None:
            raise NotConfigured("e-mail", "EARSHOT_MAIL_FROM")
        return sender_address(self.mail_from)


def imap_address(url: str) -> ServerAddress:
    """Read `imaps://user:password@host:port/INBOX`; raises ValueError with a sentence that repeats no password."""
    example = "write imaps://user:password@host:993/INBOX"
    parts, port = _split(url, example)
    if parts.scheme not in ("imaps", "imap"):
        raise ValueError(f"must start with imaps:// ({example})")
    if not parts.username:
        raise ValueError(f"has no user and password ({example}; write @ in them as %40)")
    host = parts.hostname or ""
    if parts.scheme == "imap" and host not in _THIS_MACHINE:
        raise ValueError(
            "must start with imaps://: without TLS the password could be read (imap:// is for this machine)"
        )
    security: Security = "tls" if parts.scheme == "imaps" else "none"
    folder = unquote(parts.path.strip("/")) or "INBOX"
    default = 993 if security == "tls" else 143
    return ServerAddress(
        host, port or default, security, unquote(parts.username), unquote(parts.password or ""), folder
    )


def smtp_address(url: str) -> ServerAddress:
    """Read `smtps://…`, `smtp+starttls://…` or, on this machine, `smtp://…`; raises ValueError with a sentence."""
    example = "write smtp+starttls://user:password@host:587 or smtps://user:password@host:465"
    parts, port = _split(url, example)
    host = parts.hostname or ""
    match parts.scheme:
        case "smtps":
            security, default = "tls", 465
        case "smtp+starttls":
            security, default = "starttls", 587
        case "smtp" if host in _THIS_MACHINE:
            security, default = "none", 25
        case "smtp":
            raise ValueError(f"must use TLS: {example} (smtp:// is for this machine)")
        case _:
            raise ValueError(f"is not the address of a mail server: {example}")
    if parts.password and not parts.username:
        raise ValueError(f"has a password without a user ({example})")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return ServerAddress(host, port or default, security, user, password)  # type: ignore[arg-type]


def sender_address(written: str) -> Address:
    """Read `Larchmere Homes <info@larchmere.example>`; raises ValueError with a sentence."""
    found = addresses.read(written)
    address = contacts.email_address(found[0].address) if len(found) == 1 else None
    if address is None or "\n" in written or "\r" in written:
        raise ValueError("must be one address, for example Larchmere Homes <info@larchmere.example>")
    return Address(address, found[0].name)


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""


def _split(url: str, example: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"cannot be read ({example}; write @ / # % in a password as %40 %2F %23 %25)") from error
    if not parts.hostname:
        raise ValueError(f"names no server ({example})")
    return parts, port


@cache
def settings() -> Settings:
    """The settings of this process; `settings.cache_clear()` reads the environment again."""
    return Settings()
