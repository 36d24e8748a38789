"""Finds and reads policies; every mistake is told with its file, its key and the nearest right name."""

import tomllib
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from casework.policy.policy import Escalation, Policy, PrintedContact, Stage, Term

POLICIES = Path(__file__).with_name("policies")


class PolicyError(ValueError):
    """Raised for a policy that is not there or does not read; the sentence names file, key and nearest name."""


def names() -> tuple[str, ...]:
    """The policies that ship with Earshot, in alphabetical order."""
    return tuple(sorted(found.stem for found in POLICIES.glob("*.toml")))


def load(name_or_path: str) -> Policy:
    """A policy by name, or from a TOML file of your own; raises PolicyError."""
    path = Path(name_or_path)
    if name_or_path.endswith(".toml") or len(path.parts) > 1:
        if not path.is_file():
            raise PolicyError(f"There is no policy file {name_or_path}.")
    elif name_or_path in names():
        path = POLICIES / f"{name_or_path}.toml"
    else:
        raise PolicyError(f"There is no policy called {name_or_path!r}.{_nearest(name_or_path, names())}")
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _read(path: Path, _changed: int) -> Policy:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as unreadable:
        raise PolicyError(f"{path.name} is not TOML: {unreadable}.") from unreadable
    try:
        return Policy.model_validate(table)
    except ValidationError as wrong:
        raise PolicyError(" ".join(_sentence(path.name, error) for error in wrong.errors())) from wrong


def _sentence(file: str, error: ErrorDetails) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{file}: {key!r} is not a key of a policy.{_nearest(str(error['loc'][-1]), _keys(error['loc']))}"
    if error["type"] == "missing":
        return f"{file}: {key!r} is missing."
    said = error["msg"].removeprefix("Value error, ")
    return f"{file}: {key!r}: {said}." if key else f"{file}: {said}."


def _keys(where: tuple[Any, ...]) -> tuple[str, ...]:
    """The keys that the table at `where` may have."""
    inner: dict[str, type[BaseModel]] = {
        "stages": Stage,
        "escalation": Escalation,
        "ombudsman_printed": PrintedContact,
    }
    table = inner.get(str(where[0]), Term) if len(where) > 1 else Policy
    return tuple(field.alias or name for name, field in table.model_fields.items())


def _nearest(wrong: str, right: tuple[str, ...]) -> str:
    near = get_close_matches(wrong, right, n=1)
    return f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(right)}."
