"""How often somebody may knock in a minute: counted in Redis for all processes, in this process where there is none.

A count says how often, by whom as a number, and nothing else; it is forgotten after two minutes.
"""

import logging
import threading
import time
from datetime import datetime

from redis import RedisError

from casework.storage import bell

log = logging.getLogger(__name__)

MINUTE = 60
LEFT_ALONE = 5.0
"""Seconds that a Redis which did not answer is not asked again."""


class Pace:
    """Counts knocks in whole minutes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._guard = threading.Lock()
        self._minute = 0
        self._here: dict[str, int] = {}
        self._alone_until = 0.0

    def too_fast(self, who: str, per_minute: int, *, now: datetime) -> int:
        """Count one knock; 0 when it is within `per_minute`, else the seconds until the next will be heard."""
        minute, into = divmod(int(now.timestamp()), MINUTE)
        knocks = self._knock(who, minute)
        return MINUTE - into if knocks > per_minute else 0

    def _knock(self, who: str, minute: int) -> int:
        redis = bell.connection()
        if redis is not None and time.monotonic() >= self._alone_until:
            try:
                with redis.pipeline(transaction=False) as line:
                    line.incr(f"earshot:pace:{self._name}:{who}:{minute}")
                    line.expire(f"earshot:pace:{self._name}:{who}:{minute}", 2 * MINUTE)
                    return int(line.execute()[0])
            except RedisError as error:
                self._alone_until = time.monotonic() + LEFT_ALONE
                log.warning("Knocks are counted in this process alone (%s).", type(error).__name__)
        with self._guard:
            if minute != self._minute:
                self._minute, self._here = minute, {}
            self._here[who] = self._here.get(who, 0) + 1
            return self._here[who]
