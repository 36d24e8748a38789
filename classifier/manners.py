"""Greeting and signature are manners, not message: what stands between them is what is read.

So a complaint reads the same whoever it is addressed to and however it is signed. Whatever is not plainly one of the
two is left alone: a postscript, a line in small letters after the name, thanks for something.
"""

import re
from typing import NamedTuple

_GREETING = re.compile(
    r"""\s*
    (?: (?: hi | hello | hiya | hey | hallo | dear | good\ (?:morning|afternoon|evening|day)
          | to\ whom\ it\ may\ concern )
        (?: [ ] (?: there | all | team | again | everyone | sir | madam | sirs | sir\ or\ madam | sir/madam
              | housing(?:\ team)? | repairs(?:\ team)? | customer\ services? | (?:mr|mrs|ms|miss|dr)\.?\ [^\W\d_]+ ) )?
        \s* (?: [,.!\n] | $ ) [\s,.!]* )
    (?: (?: i \s+ )? (?: hope|trust ) \s (?: that \s )? (?: you(?:\ are|'re|’re) | this\ finds\ you | all\ is )
        \s (?: keeping \s )? (?:well|ok|okay) \s* [,.!\n] [\s,.!]* )?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SIGNATURE = re.compile(
    r"""\s* \n \s*
    (?i: (?: (?:kind|kindest|best|warm|warmest|many) \s )? (?: regards | wishes | thanks ) | thank\ you | cheers
       | yours (?:\ (?:faithfully|sincerely|truly|respectfully|etc))? | all\ the\ best | with\ thanks
       | sent\ from\ my\ \w+ )
    [ ]* [,.!]* [ ]*
    (?: \s*+ (?: [A-Z0-9(] [\w'’./()-]*+ [ ,]*+ ){1,6} (?= \n | \Z ) ){0,4}
    \s* \Z""",
    re.VERBOSE,
)
AT_MOST = 4  # one after the other: "Hello. Dear Sir," and "Thanks" above "Kind regards"
LONGEST_SIGNATURE = 240  # characters at the end of a message in which one may begin


class Core(NamedTuple):
    """What is read of a message: `text`, which begins at character `start` of the whole."""

    text: str
    start: int


def core_of(text: str) -> Core:
    """The message without greetings and signatures; the whole of it where nothing else would be left."""
    start, end = 0, len(text)
    for _ in range(AT_MOST):
        greeting = _GREETING.match(text, start, end)
        start = greeting.end() if greeting else start
    for _ in range(AT_MOST):
        signature = _SIGNATURE.search(text, max(start, end - LONGEST_SIGNATURE), end)
        end = signature.start() if signature else end
    return Core(text[start:end], start) if text[start:end].strip() else Core(text, 0)
