"""What workers run for the desk: thin functions that take ids, open the book, and call.

Called with no ids, each does whatever waits: that is how Earshot works without Redis.
"""

from datetime import UTC, datetime
from functools import cache

from casework.storage import messages
from classifier.pipeline import Reader, load
from intake import watch
from intake.desk import desk
from intake.process import process

BATCH = 50


def process_messages(ids: list[int]) -> int:
    """Process the messages in `ids`, and whatever else waits by then, a batch at most."""
    now = datetime.now(UTC)
    ours = desk()
    with ours.book.reading() as session:
        waiting = messages.waiting(session, now=now, limit=BATCH, ids=ids)
    return process(ours, reader(), waiting, now=now)


def watch_clocks(_ids: list[int]) -> int:
    """Look at every clock whose time has come."""
    return watch.watch(desk(), now=datetime.now(UTC))


@cache
def reader() -> Reader:
    """The model, loaded once a process (or before the fork)."""
    return load()
