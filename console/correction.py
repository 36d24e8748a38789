"""What an officer says that one message is: the form, what is wrong with it, and the example that it becomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request
from sqlalchemy.orm import Session

from casework.settings import settings
from casework.storage import examples, rereading
from casework.storage.tables import Case, Message
from classifier.labels import Hazard
from console.wording import KINDS, plain

HAZARDS = tuple(hazard.value for hazard in Hazard)
ALSO = tuple(kind for kind in KINDS if kind != "complaint")
"""What may hold beside the label that governs; a complaint always governs."""


@dataclass(frozen=True, slots=True)
class Correction:
    """`number` is the message's, None for the one that governs; `hazards` is None where nobody was asked for them."""

    number: int | None
    kind: str
    also: tuple[str, ...]
    hazards: tuple[str, ...] | None
    teach: str
    why: str = ""

    @property
    def labels(self) -> list[str]:
        """All that hold, the one that governs first."""
        return [self.kind, *(label for label in self.also if label != self.kind)]


def begun(case: Case, message: Message | None) -> Correction:
    """The form as it opens: what was read, for a person to change."""
    return Correction(
        number=message.id if message else None,
        kind=case.kind,
        also=tuple(label for label in _read(message, "labels") if label in ALSO and label != case.kind),
        hazards=tuple(hazard for hazard in _read(message, "hazards") if hazard in HAZARDS),
        teach="yes" if settings().examples_teach else "no",
    )


def typed() -> Correction:
    """The form as it was sent; whoever does not say that it may teach has not said so."""
    form = request.form
    return Correction(
        number=number_of(form.get("message", "")),
        kind=form.get("kind", ""),
        also=tuple(label for label in form.getlist("also") if label in ALSO),
        hazards=tuple(h for h in form.getlist("hazards") if h in HAZARDS) if "hazards_asked" in form else None,
        teach="yes" if form.get("may_teach") == "yes" else "no",
        why=form.get("why", "").strip()[:2000],
    )


def problems_of(said: Correction) -> dict[str, str]:
    """What must be mended before it can be saved, by the field."""
    problems = {}
    if said.kind not in KINDS:
        problems["kind"] = "Select what it is"
    elif above := [label for label in said.also if KINDS.index(label) < KINDS.index(said.kind)]:
        problems["also"] = f"{plain(above[0])} governs {plain(said.kind).lower()}: select it above, or untick it here"
    if not said.why:
        problems["why"] = "Enter why the label was wrong: the record and the classifier learn from it"
    return problems


def keep(session: Session, case: Case, said: Correction, *, now: datetime, actor: str) -> None:
    """Make the example of a correction; raises `examples.Objected` where it may not teach."""
    message = about(case, said.number)
    rereading.settle(session, case, now=now)
    if message is None:
        return
    hazards = _read(message, "hazards") if said.hazards is None else said.hazards
    agrees = (set(said.labels), set(hazards)) == (set(_read(message, "labels")), set(_read(message, "hazards")))
    _keep(session, message, "confirmed" if agrees else "corrected", said.labels, hazards, said.teach, now, actor)


def confirm(session: Session, case: Case, message: Message, *, teach: str, now: datetime, actor: str) -> None:
    """Make the example of a reading that is right as it stands; raises `examples.Objected` where it may not teach."""
    rereading.settle(session, case, now=now)
    _keep(session, message, "confirmed", _read(message, "labels"), _read(message, "hazards"), teach, now, actor)


def readable(case: Case) -> list[Message]:
    """The messages of the case that somebody wrote, that have words, and that were read."""
    return [
        message
        for message in case.messages
        if message.kind == "message" and message.assessment and (message.new_text or message.text).strip()
    ]


def about(case: Case, number: int | None) -> Message | None:
    """The message with this number, else the first that was read as what the case is, else the first there is."""
    found = readable(case)
    governs = (message for message in found if (message.assessment or {}).get("primary") == case.kind)
    asked = next((message for message in found if message.id == number), None)
    return asked or next(governs, None) or next(iter(found), None)


def is_sure(message: Message | None) -> bool:
    """Whether the reading was one that can be confirmed: where it was unsure, a person decides the label instead."""
    return message is not None and not (message.assessment or {}).get("review", True)


def number_of(written: str) -> int | None:
    return int(written) if written.isdecimal() and len(written) < 16 else None


def _keep(
    session: Session,
    message: Message,
    how: str,
    labels: Sequence[str],
    hazards: Sequence[str],
    teach: str,
    now: datetime,
    actor: str,
) -> None:
    examples.keep(
        session, message, how=how, labels=labels, hazards=hazards, may_teach=teach == "yes", now=now, actor=actor
    )


def _read(message: Message | None, name: str) -> list[str]:
    """What the model made of a message."""
    return list(((message.assessment if message else None) or {}).get(name, []))
