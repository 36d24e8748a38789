"""The API needs nothing from the environment: its clients and their keys stand in the book."""

from functools import cache

from channels.channel import Description
from channels.environment import ChannelSettings

DESCRIPTION = Description(name="api", label="Web site or app", form="email", address_kind="none", answers=False)


class Settings(ChannelSettings):
    """Empty, and there so that every channel is asked the same way."""


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
