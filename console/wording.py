"""What staff read instead of the names that the book uses, and times as London's clocks show them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from casework.reading import hazard_words
from casework.storage.outbox import ALERT, NOBODY
from channels import registry
from notifier.render import short_date

LONDON = ZoneInfo("Europe/London")

CLOCKS = {
    "acknowledge_1": "Stage 1 acknowledgement",
    "respond_1": "Stage 1 answer",
    "respond_1_extended": "Stage 1 answer (extended)",
    "acknowledge_2": "Stage 2 acknowledgement",
    "respond_2": "Stage 2 answer",
    "respond_2_extended": "Stage 2 answer (extended)",
    "progress_update": "Next update",
}

DELIVERY = {
    "due": ("Waiting to be sent", "grey"),
    "claimed": ("Being sent", "light-blue"),
    "accepted": ("Handed over, no proof yet", "blue"),
    "delivered": ("Delivered", "green"),
    "failed": ("Not delivered", "red"),
    "in_doubt": ("Not known if it went", "orange"),
    "cancelled": ("Cancelled", "grey"),
}
"""The states of a notice: in words, and the colour of its tag."""

EVENTS = {
    "case_opened": "Case opened",
    "message_joined": "Message added to the case",
    "message_forwarded": "Forwarded by a colleague",
    "case_moved": "Case moved on",
    "clock_started": "Clock started",
    "clock_stopped": "Clock stopped",
    "label_corrected": "Label corrected",
    "reading_confirmed": "Reading confirmed",
    "message_reread": "Read again unseen",
    "examples_forgotten": "The resident objects: examples deleted",
    "notice_accepted": "Notice handed over",
    "notice_delivered": "Notice delivered",
    "notice_failed": "Notice not delivered",
    "notice_in_doubt": "Not known if the notice went",
    "notice_not_sent": "Notice will be sent again",
    "notice_rerouted": "Notice sent another way",
    "progress_update_owed": "Update written",
    "failsafe_acknowledged": "Acknowledged by the fail-safe",
    "doubt_decided": "A person said whether the notice arrived",
    "alert_seen": "Alert seen",
    "file_fetched": "File fetched from the provider",
    "contact_stop": "The resident said STOP",
    "contact_start": "The resident said START",
    "contact_lost": "This address takes nothing from us any more",
    "contact_moved": "The address has become another",
    "button_pressed": "The resident pressed a button",
    "message_edited": "The resident corrected a message",
    "other_case_mentioned": "Another case is mentioned",
    "joined_by_another": "Written from an address that is not the resident's",
    "delivery_report": "The mail server reported what became of a notice",
    "sameness_suggested": "May be one matter with another case",
    "sameness_declined": "A person said: two matters",
    "case_joined": "Dealt with together with another case",
    "case_took_in": "Another case is dealt with under this one",
    "case_parted": "A case of its own again",
    "case_gave_back": "The other case is one of its own again",
    "case_claimed": "The resident gave an address and proved it",
    "contact_code_owed": "A code was asked for",
    "contact_code_refused": "A code was refused: too many this hour",
    "contact_code_wrong": "A wrong code was typed",
    "contact_proved": "An address was proved by code",
    "contact_vouched": "Staff made sure of an address",
    "contacts_linked": "Two people are one",
    "contacts_parted": "Two people again",
}

PROOFS = {
    "said": "somebody gave it to us",
    "heard_from": "they have written from it",
    "code": "proved by a code",
    "staff": "made sure by staff",
}
"""How we know that an address is somebody's."""

KINDS = ("complaint", "service_request", "compliment", "comment")

_KIND_COLOURS = {"complaint": "orange", "service_request": "blue", "compliment": "green", "comment": "grey"}

_ACTORS = {
    "earshot": "Earshot",
    "fail-safe": "The fail-safe",
    "resident": "The resident",
    "operator": "The operator",
    "provider": "The provider",
}


def prepare(app: Flask) -> None:
    """Let templates say these words."""
    app.jinja_env.filters |= {
        "plain": plain,
        "moment": moment,
        "day": day,
        "short_day": short_day,
        "clock_name": clock_name,
        "delivery_tag": delivery_tag,
        "kind_tag": kind_tag,
        "hazard_words": hazard_words,
        "event_name": event_name,
        "channel_name": channel_name,
        "size": size,
        "proof": lambda name: PROOFS.get(name, plain(name)),
    }
    app.jinja_env.globals["options"] = options


def plain(name: str) -> str:
    """A name of the book as words: "Service request"."""
    words = name.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]


def options(names: Iterable[str], everything: str) -> list[dict[str, str]]:
    """The choices of a select component, the first of which narrows nothing."""
    return [{"value": "", "text": everything}, *({"value": name, "text": plain(name)} for name in names)]


def moment(at: datetime | None) -> str:
    """A moment in London: Fri 4 Dec 2026, 4:40pm."""
    if at is None:
        return ""
    local = at.astimezone(LONDON)
    return (
        f"{local:%a} {local.day} {local:%b %Y}, {local.hour % 12 or 12}:{local:%M}{'am' if local.hour < 12 else 'pm'}"
    )


def day(written: str | date) -> str:
    """A date: Friday 4 December 2026."""
    when = date.fromisoformat(written) if isinstance(written, str) else written
    return f"{when:%A} {when.day} {when:%B %Y}"


def short_day(written: str) -> str:
    """A date where there is little room: Fri 4 Dec."""
    return short_date(date.fromisoformat(written))


def due_by(when: date, *, today: date) -> str:
    """A due date as it matters today: "today", "tomorrow", "on Friday 4 December"."""
    ahead = (when - today).days
    if ahead in (0, 1):
        return ("today", "tomorrow")[ahead]
    year = f" {when.year}" if abs(ahead) > 180 else ""
    return f"on {when:%A} {when.day} {when:%B}{year}"


def clock_name(kind: str) -> str:
    return CLOCKS.get(kind, plain(kind))


def delivery_tag(state: str) -> dict[str, str]:
    """What the tag component needs for a state of a notice."""
    words, colour = DELIVERY.get(state, (plain(state), "grey"))
    return {"text": words, "classes": f"govuk-tag--{colour}"}


def kind_tag(kind: str) -> dict[str, str]:
    """What the tag component needs for a label."""
    return {"text": plain(kind), "classes": f"govuk-tag--{_KIND_COLOURS.get(kind, 'grey')}"}


def event_name(event: str) -> str:
    return EVENTS.get(event, plain(event))


def channel_name(name: str) -> str:
    """How a channel is called: "Email", "Text message"."""
    if name == NOBODY:
        return "No address"
    if name == ALERT:
        return "Alert to staff"
    return registry.get(name).description.label if name in registry.names() else plain(name)


def size(octets: int) -> str:
    """A file's size: 1.4 MB."""
    if octets < 1_000_000:
        return f"{max(1, round(octets / 1000))} kB"
    return f"{octets / 1_000_000:.1f} MB"


def actor_name(actor: str, names: dict[int, str]) -> str:
    """Who did something, as the journal's `actor` says; `names` are those of the staff, by number."""
    kind, _, number = actor.partition(":")
    if kind == "staff" and number.isdigit():
        return names.get(int(number), "Somebody who has left")
    return _ACTORS.get(actor, plain(actor))


def details_of(event: str, details: dict[str, Any]) -> str:
    """What a journal line tells beside its event, on one line."""
    if event == "case_moved":
        return f"{plain(details['was'])} → {plain(details['now'])}"
    if event == "label_corrected":
        return f"{plain(details['was'])} → {plain(details['now'])}: {details.get('why', '')}".rstrip(": ")
    if event == "message_reread":
        return f"Unhappy with us: {plain(details['answer']).lower()}"
    if event == "clock_started":
        due = min(details["code_due"], details["policy_due"])
        return f"{clock_name(details['clock'])}, due {day(due)}"
    if event == "clock_stopped":
        in_time = "in time" if details.get("in_time") else "late"
        return f"{clock_name(details['clock'])}: {plain(details['outcome'])}, {in_time}"
    told = ("kind", "state", "mentioned", "reason", "button")
    said = [plain(str(details[name])) for name in told if details.get(name) not in (None, "")]
    said += [str(details[name]) for name in ("to", "joined", "parted", "other", "why") if details.get(name)]
    said += [channel_name(details[name]) for name in ("channel", "to_channel") if details.get(name)]
    if "arrived" in details:
        said.append("it arrived" if details["arrived"] == "yes" else "it did not arrive")
    return ", ".join(said)
