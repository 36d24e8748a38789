"""How often somebody knocks: counted in Redis for all processes, in this process where there is none.

A count says how often, by whom as a number or a hash, and nothing else; it is forgotten soon after its window.
"""

import logging
import threading
import time
from collections import Counter
from datetime import datetime

from redis import RedisError

from casework.storage import bell

log = logging.getLogger(__name__)

MINUTE = 60
LEFT_ALONE = 5.0
"""Seconds that a Redis which did not answer is not asked again."""


class Counts:
    """Counts by name within windows of so many seconds; `door` keeps the counts of different doors apart."""

    def __init__(self, door: str, *, seconds: int) -> None:
        self._door = door
        self._seconds = seconds
        self._guard = threading.Lock()
        self._window = 0
        self._here: Counter[str] = Counter()
        self._alone_until = 0.0

    def add(self, who: str, *, window: int) -> int:
        """Count one more; gives how many there are now in this window."""
        redis = bell.connection()
        if redis is not None and time.monotonic() >= self._alone_until:
            try:
                key = f"earshot:{self._door}:{window}:{who}"
                with redis.pipeline(transaction=False) as line:
                    line.incr(key)
                    line.expire(key, self._seconds)
                    return int(line.execute()[0])
            except RedisError as error:
                self._alone_until = time.monotonic() + LEFT_ALONE
                log.warning("Redis does not count (%s); this process does.", type(error).__name__)
        with self._guard:
            if window != self._window:
                self._window, self._here = window, Counter()
            self._here[who] += 1
            return self._here[who]


class Pace:
    """Counts knocks in whole minutes."""

    def __init__(self, name: str) -> None:
        self._counts = Counts(f"pace:{name}", seconds=MINUTE)

    def too_fast(self, who: str, per_minute: int, *, now: datetime) -> int:
        """Count one knock; 0 when it is within `per_minute`, else the seconds until the next will be heard."""
        minute, into = divmod(int(now.timestamp()), MINUTE)
        return MINUTE - into if self._counts.add(who, window=minute) > per_minute else 0
