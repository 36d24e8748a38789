"""Typing in needs nothing from the environment."""

from functools import cache

from channels.channel import Description
from channels.environment import ChannelSettings

DESCRIPTION = Description(name="staff", label="Typed in by staff", form="email", address_kind="none", answers=False)


class Settings(ChannelSettings):
    """Empty, and there so that every channel is asked the same way."""


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
