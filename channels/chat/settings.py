"""What the chat needs from the environment."""

import hashlib
import hmac
import re
from functools import cache
from typing import ClassVar

from pydantic import SecretStr, field_validator

from channels.channel import Description
from channels.environment import ChannelSettings, web_address

DESCRIPTION = Description(
    name="chat", label="Telegram", form="short", address_kind="telegram", max_length=4096, buttons=True
)

TELEGRAM = "https://api.telegram.org"

_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # what Telegram allows in its secret header


class Settings(ChannelSettings):
    """`telegram_api_base` is for a self-hosted Bot API server; `public_url` is where Telegram may push to."""

    needs: ClassVar[tuple[str, ...]] = ("telegram_token",)

    telegram_token: SecretStr | None = None
    telegram_api_base: str = TELEGRAM
    telegram_secret: SecretStr | None = None
    public_url: str | None = None

    @field_validator("telegram_token")
    @classmethod
    def _token_is_a_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("must be the token that BotFather gave, digits, a colon and letters")
        return token

    @field_validator("telegram_secret")
    @classmethod
    def _secret_can_be_sent(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not _SECRET.fullmatch(secret.get_secret_value()):
            raise ValueError("may hold only letters, digits, _ and -, at most 256 of them")
        return secret

    @field_validator("telegram_api_base")
    @classmethod
    def _base_is_a_web_address(cls, url: str) -> str:
        return web_address(url) or url

    @field_validator("public_url")
    @classmethod
    def _public_url_is_a_web_address(cls, url: str | None) -> str | None:
        return web_address(url)

    @property
    def bot_id(self) -> str | None:
        """The bot's own decimal id, which is the part of its token before the colon."""
        return self.telegram_token.get_secret_value().partition(":")[0] if self.telegram_token else None

    @property
    def is_pushed(self) -> bool:
        """Whether Telegram can push to us: it wants https, a Bot API server of one's own takes http, too."""
        if self.public_url is None:
            return False
        return self.public_url.startswith("https://") or self.telegram_api_base != TELEGRAM

    @property
    def webhook_secret(self) -> str | None:
        """What Telegram must send with every pushed update: as set, or made from the token.

        Whoever has the token has the bot, so a secret that follows from it gives nothing more away.
        """
        if self.telegram_secret is not None:
            return self.telegram_secret.get_secret_value()
        if self.telegram_token is None:
            return None
        token = self.telegram_token.get_secret_value().encode()
        return hmac.new(token, b"earshot: telegram webhook", hashlib.sha256).hexdigest()


@cache
def settings() -> Settings:
    """The settings of this process; `settings.cache_clear()` reads the environment again."""
    return Settings()
