"""What Twilio's own published description allows in a request for Messages, and in an answer about them."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jsonschema_rs import Draft202012Validator

Part = Literal["create", "list_query", "message", "list"]

_TYPED = {"integer": int, "number": float, "boolean": lambda written: {"true": True, "false": False}[written.lower()]}


def wrong_with(part: Part, value: Mapping[str, Any]) -> str | None:
    """The first thing in `value` that the description does not allow, None when it keeps to it.

    What came in a form or a query is text throughout, and is read first as the type that is described.
    """
    schema, validator = _described(part)
    if part in ("create", "list_query"):
        value = {name: _read(schema["properties"].get(name, {}), written) for name, written in value.items()}
    error = next(iter(validator.iter_errors(dict(value))), None)
    return f"{'.'.join(map(str, error.instance_path))}: {error.message}" if error is not None else None


def _read(described: Mapping[str, Any], written: str) -> Any:
    if described.get("type") == "array":
        return [written]
    try:
        return _TYPED.get(described.get("type", "string"), str)(written)
    except (ValueError, KeyError):
        return written


@cache
def _described(part: Part) -> tuple[dict[str, Any], Draft202012Validator]:
    schema = json.loads(Path(__file__).with_suffix(".json").read_text())[part]
    return schema, Draft202012Validator(schema, validate_formats=True)
