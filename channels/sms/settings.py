"""What the texts need from the environment."""

import re
from functools import cache
from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from channels.channel import Description
from channels.environment import ChannelSettings, web_address

DESCRIPTION = Description(name="sms", label="Text message", form="short", address_kind="phone", max_length=1600)

TWILIO = "https://api.twilio.com"
WHATSAPP = "whatsapp:"
INBOUND = "/webhooks/sms"
STATUS = "/webhooks/sms/status"

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_TEMPLATE = re.compile(r"HX[0-9a-fA-F]{32}")


class Settings(ChannelSettings):
    """`public_url` is read here too because Twilio signs, and calls back, our public address."""

    needs: ClassVar[tuple[str, ...]] = ("twilio_account_sid", "twilio_auth_token", "twilio_from")

    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_from: str | None = None
    twilio_api_base: str = TWILIO
    twilio_webhook_urls: str = ""
    twilio_whatsapp_from: str | None = None
    twilio_whatsapp_template: str | None = None
    sms_quiet_seconds: float = Field(default=15, ge=0, le=30)
    public_url: str | None = None

    @field_validator("twilio_from", "twilio_whatsapp_from")
    @classmethod
    def _from_is_a_number(cls, number: str | None) -> str | None:
        if number is not None and not _E164.fullmatch(number):
            raise ValueError("must be our number with its country code, for example +441632960100")
        return number

    @field_validator("twilio_whatsapp_template")
    @classmethod
    def _template_is_a_content_sid(cls, sid: str | None) -> str | None:
        if sid is not None and not _TEMPLATE.fullmatch(sid):
            raise ValueError("must be the template's content SID: HX and 32 characters")
        return sid

    @field_validator("twilio_api_base", "public_url")
    @classmethod
    def _addresses_are_web_addresses(cls, url: str | None) -> str | None:
        return web_address(url)

    @field_validator("twilio_webhook_urls")
    @classmethod
    def _each_is_a_web_address(cls, urls: str) -> str:
        return " ".join(_base(web_address(url) or "") for url in urls.split())

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        """The tokens that Twilio may sign with; the first is the one that we log in with."""
        return tuple(self.twilio_auth_token.get_secret_value().split()) if self.twilio_auth_token else ()

    @property
    def public_addresses(self) -> tuple[str, ...]:
        """Every address under which Twilio may reach us, without the path of a door."""
        public = (self.public_url,) if self.public_url else ()
        return tuple(dict.fromkeys((*public, *self.twilio_webhook_urls.split())))

    @property
    def our_numbers(self) -> tuple[str, ...]:
        """Where residents text us, as Twilio's list names it."""
        whatsapp = f"whatsapp:{self.twilio_whatsapp_from}" if self.twilio_whatsapp_from else None
        return tuple(number for number in (self.twilio_from, whatsapp) if number)


@cache
def settings() -> Settings:
    """The settings of this process; `settings.cache_clear()` reads the environment again."""
    return Settings()


def _base(url: str) -> str:
    """The address without the door's own path, in case somebody has copied it whole from Twilio's console."""
    return url.removesuffix(STATUS).removesuffix(INBOUND)
