"""A conversation with buttons has a memory, and it is the book: what was pressed last stands in a row of its own.

A resident who pressed "I want to complain" has said what the next words are (Code 1.3). That is found again after a
restart and by any worker, and written on the message that it was said of.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from casework.buttons import ANNOUNCE, MATTERS, Button, Pressed, pressed
from casework.reading import COMPLAINT, Reading
from casework.storage.tables import Case, Message
from channels import registry

HOLDS_FOR = timedelta(hours=24)
"""So long an announcement waits for its words; words of another day are read as they are."""

_LOOK_BACK = 6
"""Messages: between the announcement and its words there may be another button, or the same one pressed again."""

_KINDS: Mapping[str, str] = {
    Button.COMPLAIN: COMPLAINT,
    Button.REPORT: "service_request",
    Button.THANK: "compliment",
    Button.ASK: "comment",
}


def recall(session: Session, messages: Sequence[Message]) -> None:
    """Write on each message what its sender had announced by buttons, if anything, and of which matter."""
    for message in messages:
        if has_buttons(message) and is_words(message):
            for said in _announced(session, message):
                message.details = {**message.details, **_told_by(said)}


def as_said(message: Message, reading: Reading) -> Reading:
    """The reading under what the resident announced, and the safer one where nobody has heard the words.

    Their own word makes a complaint. It never unmakes one: where the words sound unhappy all the same, or the
    reader is unsure, the choice is offered and the safer clock runs (law 6).
    """
    if message.details.get("spoken") and not message.new_text.strip():
        reading = _with(reading, reading.kind, reading.labels, review=not reading.is_complaint or reading.review)
    kind = _KINDS.get(message.details.get("announced") or "")
    if kind is None:
        return reading
    labels = (kind, *(label for label in reading.labels if label != kind))
    if kind == COMPLAINT:
        return _with(reading, COMPLAINT, labels, review=False)
    if reading.is_complaint or reading.review:
        return _with(reading, kind, labels, review=True)
    if "service_request" in reading.labels:
        kind = "service_request"  # what needs mending is never hidden behind thanks or a question
    return _with(reading, kind, labels, review=False)


def language_of(message: Message | None) -> str:
    """The language of the writer's own device, an ISO 639 code; empty where it does not tell."""
    said = str(message.details.get("language") or "") if message is not None else ""
    return said.partition("-")[0].lower()


def language_for(case: Case) -> str:
    """The language of the device from which the last message of a case was written that tells it.

    Empty where the answer leaves by a channel without buttons, which is the most of them, and nothing is looked up.
    """
    if case.reply_channel not in registry.names() or not registry.get(case.reply_channel).description.buttons:
        return ""
    return next(filter(None, (language_of(message) for message in reversed(case.messages))), "")


def has_buttons(message: Message) -> bool:
    """Whether the channel that this came by shows buttons."""
    return registry.get(message.channel).description.buttons


def is_words(message: Message) -> bool:
    """Whether somebody wrote or sent this now, and did not press, command or correct."""
    return message.kind == "message" and not any(
        message.details.get(other) for other in ("button", "keyword", "edited", "membership", "chat_type")
    )


def _announced(session: Session, message: Message) -> list[Pressed]:
    """What was announced before this message and after the words before it: a kind, a matter, both or neither."""
    earlier = (
        select(Message)
        .where(
            Message.channel == bindparam("channel", message.channel, literal_execute=True),  # so the index is found
            Message.sender == message.sender,
            Message.our_address == message.our_address,
            Message.id < message.id,
        )
        .order_by(Message.id.desc())
        .limit(_LOOK_BACK)
    )
    with session.no_autoflush:
        rows = session.scalars(earlier).all()
    found: dict[bool, Pressed] = {}
    for row in rows:
        if is_words(row) or message.received_at - row.received_at > HOLDS_FOR:
            break
        said = pressed(str(row.details.get("button") or ""))
        if said is not None and said.button in ANNOUNCE:
            found.setdefault(said.button in MATTERS, said)
            if said.button is Button.ADD or said.button not in MATTERS:
                break  # a question of its own: what was pressed before it is over
    return list(found.values())


def _told_by(said: Pressed) -> dict[str, Any]:
    if said.button not in MATTERS:
        return {"announced": said.button.value}
    return {"new_matter": True} if said.button is Button.NEW else {"added": True, "reference": said.reference}


def _with(reading: Reading, kind: str, labels: Sequence[str], *, review: bool) -> Reading:
    return Reading(
        kind=kind,
        labels=tuple(dict.fromkeys(labels)),
        review=review,
        urgent=reading.urgent,
        hazards=reading.hazards,
        wants=reading.wants,
    )
