"""How fast messages are read: parsing a mail, and classifying its words beside spaCy's own bag of words."""

import time
from collections.abc import Callable
from typing import Any

from commands.bench.mails import mail, words

MANY = 2000


def measure() -> dict[str, Any]:
    """Mails parsed and texts classified a second, by one process."""
    from datetime import UTC, datetime

    from channels.email.inbound import read
    from classifier.pipeline import load

    now = datetime.now(UTC)
    mails = [mail(number) for number in range(MANY)]
    texts = [words(number) for number in range(MANY)]
    reader = load()
    reader.assess_many(texts[:50])
    return {
        "mails_parsed_per_second": _rate(lambda: [read(raw, received_at=now) for raw in mails]),
        "texts_classified_per_second": _rate(lambda: reader.assess_many(texts)),
    }


def _rate(work: Callable[[], object]) -> int:
    began = time.perf_counter()
    work()
    return round(MANY / (time.perf_counter() - began))
