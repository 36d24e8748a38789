"""What the classifier rested on, shown in the resident's own words.

Its offsets count into the subject and the body as it was given them; a span that does not hold the words that it
claims is told as a reason, but marks nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flask import Flask

from casework.storage.tables import Message
from console.wording import plain
from notifier.choices import ENGLISH, labels_in

AUTHORITY = {
    "agreed": "They are said to agree: ask them before you tell the writer anything about them.",
    "legal": "The writer claims to act by law: ask for the paper before you tell them anything.",
    "none": "They may not know of it: tell the writer nothing about them.",
    "": "Whether they agree is not said: ask them before you tell the writer anything about them.",
}
"""What the writer's own word about their right to act means for whoever answers (law 12)."""


def prepare(app: Flask) -> None:
    """Let templates ask what stands beside the words."""
    app.jinja_env.filters["told_beside"] = told_beside


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the message; `cues` says in words why it is marked, "" when it is not."""

    text: str
    cues: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """What some words of the resident were read as, and the clauses of the Code that make it matter."""

    said: str
    cues: str
    clauses: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A message as staff read it, and why it was read as it was."""

    subject: tuple[Piece, ...]
    body: tuple[Piece, ...]
    reasons: tuple[Reason, ...]


def mark(message: Message) -> Marked:
    """Cut the subject and the body of a message at the spans that its reading rests on."""
    spans: list[dict[str, Any]] = (message.assessment or {}).get("evidence", [])
    body = message.new_text or message.text
    shift = len(message.subject) + 1 if message.subject and message.subject not in body else 0
    in_subject = [span for span in spans if shift and span["end"] <= len(message.subject)]
    in_body = [
        {**span, "start": span["start"] - shift, "end": span["end"] - shift} for span in spans if span["start"] >= shift
    ]
    return Marked(
        subject=tuple(pieces(message.subject, in_subject)),
        body=tuple(pieces(body, in_body)),
        reasons=tuple(_reasons(spans)),
    )


def pieces(words: str, spans: Sequence[dict[str, Any]]) -> list[Piece]:
    """The words, cut wherever a span begins or ends; spans may overlap."""
    inside = [{**span, "start": max(span["start"], 0)} for span in spans]
    true = [span for span in inside if span["text"] and words[span["start"] : span["end"]] == span["text"]]
    edges = sorted({0, len(words), *(span["start"] for span in true), *(span["end"] for span in true)})
    found = []
    for start, end in pairwise(edges):
        over = [span for span in true if span["start"] <= start and end <= span["end"]]
        found.append(Piece(words[start:end], ", ".join(dict.fromkeys(plain(span["cue"]) for span in over))))
    return found


def reading(message: Message) -> list[str]:
    """What the machine made of the message, a sentence each."""
    read = message.assessment or {}
    sentences = []
    if announced := message.details.get("announced"):
        labels = {button.value: label for button, label in labels_in(ENGLISH).items()}
        sentences.append(f"The resident had pressed “{labels.get(announced, plain(announced))}”")
    if read.get("primary"):
        share = read.get("probabilities", {}).get(read["primary"])
        sure = f" ({min(share, 0.99):.0%} sure)" if isinstance(share, float | int) else ""
        sentences.append(f"Read as {plain(read['primary']).lower()}{sure}")
    if read.get("review"):
        why = ", ".join(plain(reason).lower() for reason in read.get("review_reasons", []))
        because = f": {why}" if why not in ("", "unsure") else ""
        sentences.append(f"Unsure, so a person or the resident decides{because}")
    for name, words in (("hazards", "Hazards"), ("vulnerability", "Who may need care"), ("wants", "Asks for")):
        if read.get(name):
            sentences.append(f"{words}: " + ", ".join(plain(found).lower() for found in read[name]))
    told = (("repeat_contact", "Not the first contact about it"), ("advocate", "Written for somebody else"))
    sentences += [words for name, words in told if read.get(name)]
    return sentences


def told_beside(message: Message) -> list[str]:
    """What the form told beside the words, a sentence each: for whom, with what right, what became of its files."""
    told = message.details
    sentences = []
    if told.get("for_somebody_else") or told.get("on_behalf_of"):
        whom = f"{told.get('on_behalf_of') or 'somebody else'}{_known_as(told)}"
        sentences.append(f"Written for {whom}. {AUTHORITY.get(told.get('authority', ''), AUTHORITY[''])}")
    if told.get("anonymous"):
        sentences.append("The writer does not want to say who they are.")
    if told.get("page_language"):
        sentences.append(f"Filled in on the form in the language {told['page_language']}.")
    return sentences + [str(problem) for problem in told.get("problems", [])]


def _known_as(told: dict[str, Any]) -> str:
    return f" (the writer is their {told['relation']})" if told.get("relation") else ""


def _reasons(spans: Sequence[dict[str, Any]]) -> list[Reason]:
    by_words: dict[str, list[dict[str, Any]]] = {}
    for span in spans:
        by_words.setdefault(str(span["text"]), []).append(span)
    return [
        Reason(
            said,
            ", ".join(dict.fromkeys(plain(str(span["cue"])) for span in those)),
            ", ".join(dict.fromkeys(_clause(span) for span in those if span.get("clause"))),
        )
        for said, those in by_words.items()
    ]


def _clause(span: dict[str, Any]) -> str:
    clause = str(span["clause"])
    return f"Code {clause}" if clause[:1].isdigit() else clause
