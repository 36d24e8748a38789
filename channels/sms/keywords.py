"""The words by which a phone owner steers a service: only when they are the whole message.

"STOP" ends the texts; "stop sending that contractor" is a complaint and must be read as one.
The lists are Twilio's own, because Twilio blocks the number on them whatever we do. Its YES for
START is left out: here "yes" is an answer to a question of ours.
"""

import string
from typing import Literal

Keyword = Literal["stop", "start", "help"]

_WORDS: dict[str, Keyword] = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "end", "cancel", "quit", "optout", "revoke"), "stop"),
    **dict.fromkeys(("start", "unstop"), "start"),
    **dict.fromkeys(("help", "info"), "help"),
}
_ROUND = string.whitespace + string.punctuation + "‘’“”…"


def keyword(text: str) -> Keyword | None:
    """The keyword that the whole text is, whatever its case and the punctuation round it."""
    return _WORDS.get(text.strip(_ROUND).casefold())
