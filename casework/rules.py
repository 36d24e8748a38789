"""The rules that one landlord's cases run by: its policy and the calendar of its nation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from casework.calendar import Calendar, calendar_for
from casework.clocks import Clock, ClockKind, start
from casework.policy.load import load
from casework.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Rules:
    policy: Policy
    calendar: Calendar

    def start(self, kind: ClockKind, *, event: str, at: datetime, facts: Mapping[str, datetime] | None = None) -> Clock:
        """The clock that `event` at `at` starts under these rules, with its dates and their working.

        `facts` are the instants of earlier events, since a landlord may count from another than the Code does.
        """
        return start(kind, policy=self.policy, calendar=self.calendar, event=event, at=at, facts=facts)


@cache
def rules_of(policy: str) -> Rules:
    """The rules of the policy with this name or at this path."""
    loaded = load(policy)
    return Rules(loaded, calendar_for(loaded.nation))
