"""The fields of a Telegram update, each read with suspicion: what is not as it must be makes the update unreadable."""

from datetime import UTC, datetime
from typing import Any

from channels.errors import UnreadablePayload


def object_of(value: Any, name: str) -> dict[str, Any]:
    """An object; raises UnreadablePayload naming the field."""
    if not isinstance(value, dict):
        raise UnreadablePayload(f"The field {name} of this Telegram update is not an object.")
    return value


def whole(value: Any, name: str) -> int:
    """A whole number that any database can hold; raises UnreadablePayload naming the field."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise UnreadablePayload(f"The field {name} of this Telegram update is not a whole number.")
    return value


def words(value: Any) -> str:
    """A text, empty where there is none."""
    return value if isinstance(value, str) else ""


def moment(value: Any) -> datetime | None:
    """The moment that Telegram's seconds stand for, None without any."""
    if value is None:
        return None
    try:
        return datetime.fromtimestamp(whole(value, "date"), UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise UnreadablePayload("The date of this Telegram update is out of all bounds.") from error


def full_name(person: Any) -> str:
    """The name of a user or of a private chat."""
    if not isinstance(person, dict):
        return ""
    return " ".join(words(person.get(part)) for part in ("first_name", "last_name")).strip()


def surroundings(chat: dict[str, Any], writer: Any) -> dict[str, Any]:
    """What every kind of update tells of its chat and of who wrote: a group's type, and the writer's language."""
    known: dict[str, Any] = {}
    if chat.get("type") not in (None, "private"):
        known["chat_type"] = chat.get("type")
    if isinstance(writer, dict) and isinstance(writer.get("language_code"), str):
        known["language"] = writer["language_code"]
    return known
