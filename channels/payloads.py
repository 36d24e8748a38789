"""What every reader of pushed or typed payloads needs: JSON objects, and text that any database can hold."""

import json
from typing import Any

from channels.errors import UnreadablePayload

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def json_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`, every string of it storable; raises UnreadablePayload when it is not one."""
    try:
        value = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant)
        if not isinstance(value, dict):
            raise UnreadablePayload("This is not a JSON object.")
        return {storable(name): storable_value(part) for name, part in value.items()}
    except (ValueError, RecursionError) as error:
        raise UnreadablePayload("This is not JSON in UTF-8.") from error


def text_of(payload: dict[str, Any], name: str) -> str:
    """The text under `name`, stripped, empty when absent; raises UnreadablePayload when it is not text."""
    value = payload.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnreadablePayload(f"The field {name} is not text.")
    return value.strip()


def storable(text: str) -> str:
    """The text without what a database refuses: NUL (PostgreSQL) and halves of surrogate pairs (UTF-8)."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", _REPLACEMENT)


def storable_value(value: Any) -> Any:
    """A JSON value, every string of it storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(name): storable_value(part) for name, part in value.items()}
    if isinstance(value, list):
        return [storable_value(part) for part in value]
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
