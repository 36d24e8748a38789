"""What can go wrong at the edge of the house.

ChannelError            sending failed; says whether trying again can help
UnreadablePayload       what came in is not what this channel carries
BadSignature            what came in was not signed by who it claims to be
NotConfigured           the settings of the channel are missing
NeedsPerson             trying again goes on, but only a person can mend it: staff hear of it at once
SignInRefused           the provider does not let us in by our password or token
Contested               another program takes what is ours to collect
"""

from datetime import timedelta


class ChannelError(Exception):
    """Raised by a channel's `send` and `ask` with a sentence that staff can read.

    `permanent` means the same message to the same address will never go. `in_doubt` means that the
    provider may have taken the message although no answer came (a time-out after the data was sent):
    the notifier must ask before it sends again. `stopped` means that the owner of the address has told the
    provider to let nothing of ours through; `wait` is how long the provider asks us to wait before the next try.
    """

    def __init__(
        self,
        sentence: str,
        *,
        permanent: bool = False,
        in_doubt: bool = False,
        stopped: bool = False,
        wait: timedelta | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.permanent = permanent
        self.in_doubt = in_doubt
        self.stopped = stopped
        self.wait = wait


class NotConfigured(ChannelError):
    """Raised when a channel is used whose settings are missing; names the variables to set."""

    def __init__(self, channel: str, *variables: str) -> None:
        super().__init__(f"The {channel} channel is not set up: set {' and '.join(variables)}.", permanent=True)


class NeedsPerson(ChannelError):
    """Raised where trying again goes on, since it may be mended at any moment, but a person must mend it.

    Staff hear of it at once, and not only when it has lasted.
    """


class SignInRefused(NeedsPerson):
    """Raised when a provider does not let us in by our password or token."""


class Contested(ChannelError):
    """Raised by a source that another program is emptying, too: now it gets a message, now we do.

    It comes and goes from one call to the next, so staff hear of it at once, and no more than once a day.
    """


class UnreadablePayload(Exception):
    """Raised by `read` when a payload is not what the channel carries; the payload is kept in quarantine."""


class BadSignature(Exception):
    """Raised by a webhook when a request is not signed as the provider signs; answered with 403.

    `announced` is the external id of the message that the request speaks of, where the provider can be asked for it:
    nothing else of such a request is believed or kept.
    """

    def __init__(self, sentence: str, *, announced: str = "") -> None:
        super().__init__(sentence)
        self.announced = announced
