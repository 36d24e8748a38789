"""The pains of those who run other help desks are a list of tests: each that concerns a channel has one by its number.

They are numbered as in our own notes on what users of open help desks have suffered from.
"""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent

OF_CHANNELS = {
    1: "mail marked read, and no case",
    2: "what was seen and what was fetched do not balance",
    3: "the newest mail is lost when one in the batch fails",
    4: "nothing is fetched for hours, then all at once",
    5: "one unreadable mail blocks the box",
    6: "the collector stops without an error",
    7: "what failed is seen by administrators only",
    8: "a token dies, and nobody notices for days",
    9: "too many connections, and the provider locks the account",
    10: "one mail becomes two",
    11: "a reply opens a new case, or two matters become one",
    12: "what was deleted or closed comes back",
    13: "loops of bounces and holiday replies",
    14: "wrong encoding, pound signs and accents lost",
    15: "answers between quotes cut away, empty message stored",
    16: "attachments missing or read wholly into memory",
    17: "no virus scan",
    18: "the same answer many times",
    19: "retries of providers stored twice",
    20: "webhooks can be forged, and what is refused is lost",
    21: "the signature fails behind a TLS proxy",
    22: "STOP is unknown to our own records, or blocks the wrong things",
    23: "receipts out of order",
    29: "minutes of work on one page of HTML",
    31: "accessibility unproven",
    32: "a case in a category that does not exist",
}


@pytest.mark.parametrize("number", OF_CHANNELS, ids=OF_CHANNELS.values())
def test_each_pain_has_a_test_named_after_it(number: int) -> None:
    named = re.compile(rf"def test_pain_{number}_|\bPain {number}\b", re.IGNORECASE)
    assert [path for path in TESTS.rglob("test_*.py") if path != Path(__file__) and named.search(path.read_text())]
