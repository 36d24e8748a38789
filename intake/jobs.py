"""What workers run for the desk: thin functions that take ids, open the book, and call.

Called with no ids, each does whatever waits: that is how Earshot works without Redis. `reader()` is the active model,
and looks now and then whether another has become it.
"""

from datetime import UTC, datetime

from casework.storage import messages
from intake import learning, likeness, watch
from intake.active_model import reader
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


def tend_learning(_ids: list[int]) -> int:
    """Draw the week's blind sample, and delete the examples that may not be kept any longer."""
    return learning.tend(desk().book, now=datetime.now(UTC))


def compare_cases(_ids: list[int]) -> int:
    """Compare the new cases with those that they may belong with, and put to people what may be one matter."""
    return likeness.compare_new(desk(), now=datetime.now(UTC))
