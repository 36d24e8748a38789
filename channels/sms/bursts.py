"""Texts sent one after the other are one message: a phone cuts a long one up, and people tell things piecemeal."""

from dataclasses import replace

from channels.message import InboundMessage
from channels.sms.settings import settings


def as_part_of_a_burst(message: InboundMessage) -> InboundMessage:
    """The message with how long it is to wait for more of its sender's; a keyword does not wait."""
    quiet = 0.0 if "keyword" in message.details else settings().sms_quiet_seconds
    if not settings().sms_quiet_seconds:
        return message
    return replace(message, details={**message.details, "burst": {"key": message.sender, "quiet": quiet}})
