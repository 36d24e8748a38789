"""What can go wrong at the edge of the house.

ChannelError            sending failed; says whether trying again can help
UnreadablePayload       what came in is not what this channel carries
BadSignature            what came in was not signed by who it claims to be
NotConfigured           the settings of the channel are missing
"""


class ChannelError(Exception):
    """Raised by a channel's `send` and `ask` with a sentence that staff can read.

    `permanent` means the same message to the same address will never go. `in_doubt` means that the
    provider may have taken the message although no answer came (a time-out after the data was sent):
    the notifier must ask before it sends again. `stopped` means that the owner of the address has told the
    provider to let nothing of ours through.
    """

    def __init__(
        self, sentence: str, *, permanent: bool = False, in_doubt: bool = False, stopped: bool = False
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.permanent = permanent
        self.in_doubt = in_doubt
        self.stopped = stopped


class NotConfigured(ChannelError):
    """Raised when a channel is used whose settings are missing; names the variables to set."""

    def __init__(self, channel: str, *variables: str) -> None:
        super().__init__(f"The {channel} channel is not set up: set {' and '.join(variables)}.", permanent=True)


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
