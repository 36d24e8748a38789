"""What the texts need from the environment."""

import re
from functools import cache
from typing import ClassVar

from pydantic import SecretStr, field_validator

from channels.channel import Description
from channels.environment import ChannelSettings, web_address

DESCRIPTION = Description(name="sms", label="Text message", form="short", address_kind="phone", max_length=1600)

TWILIO = "https://api.twilio.com"

_E164 = re.compile(r"\+[1-9]\d{6,14}")


class Settings(ChannelSettings):
    """`public_url` is read here too because Twilio signs, and calls back, our public address."""

    needs: ClassVar[tuple[str, ...]] = ("twilio_account_sid", "twilio_auth_token", "twilio_from")

    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_from: str | None = None
    twilio_api_base: str = TWILIO
    public_url: str | None = None

    @field_validator("twilio_from")
    @classmethod
    def _from_is_a_number(cls, number: str | None) -> str | None:
        if number is not None and not _E164.fullmatch(number):
            raise ValueError("must be our number with its country code, for example +441632960100")
        return number

    @field_validator("twilio_api_base", "public_url")
    @classmethod
    def _addresses_are_web_addresses(cls, url: str | None) -> str | None:
        return web_address(url)


@cache
def settings() -> Settings:
    """The settings of this process; `settings.cache_clear()` reads the environment again."""
    return Settings()
