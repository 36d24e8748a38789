"""What an examination finds: well, not set up, or broken, each with one line that says what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "not set up", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`state` of one thing; `sentence` says what was seen, and what to do where it is not well."""

    state: State
    sentence: str


class Broken(Exception):
    """Raised by an examination with a sentence that says what is broken and what to do."""


class NotSetUp(Exception):
    """Raised by an examination of what this deployment does not use, with what to set to use it."""


Examination = Callable[[], str]
"""Looks at one thing and returns what it saw; raises Broken or NotSetUp."""


def examine(look: Examination) -> Finding:
    """The finding of one examination; whatever it raises is a finding too, since the others must go on."""
    try:
        return Finding("ok", look())
    except NotSetUp as reason:
        return Finding("not set up", str(reason))
    except Broken as reason:
        return Finding("broken", str(reason))
    except Exception as error:  # the doctor must not fall ill of what he finds
        said = str(error).strip().splitlines()
        return Finding("broken", f"{type(error).__name__}: {said[0][:200]}" if said else type(error).__name__)
