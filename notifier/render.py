"""Words for a notice: its template folder and its facts make what is really sent.

One folder a kind, one file a form: `short.txt` for texts, `chat.txt` for chats where it differs, `subject.txt`,
`email.txt` and `email.html` for mail. A missing fact is an error, never an empty place.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from casework.codes import code_of
from casework.notices import Kind
from casework.settings import settings

TEMPLATES = Path(__file__).parent / "templates"

_LONDON = ZoneInfo("Europe/London")
# One mark that GSM-7 lacks more than doubles what a text costs, and these have a twin that it has.
_TYPEWRITER = str.maketrans(
    {"…": "...", "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "‑": "-", "\u00a0": " "}
)
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is sent; `version` names the templates that it was made from."""

    subject: str
    text: str
    html: str
    version: str


def render(facts: Kind, form: str) -> Rendered:
    """The words of a notice in a form: `short`, `chat`, `email`, or `alert`, which is short under a subject.

    A chat has room and lines, so what has a `chat.txt` is said by it there; the rest is short.
    """
    if form == "chat" and (TEMPLATES / facts.kind / "chat.txt").is_file():
        return Rendered("", _text(facts, "chat.txt"), "", version_of(facts.kind))
    if form in ("short", "chat"):
        return Rendered("", _short(facts), "", version_of(facts.kind))
    subject = " ".join(_text(facts, "subject.txt").split())
    if form == "alert":
        return Rendered(subject, _short(facts), "", version_of(facts.kind))
    return Rendered(subject, _text(facts, "email.txt"), _fill(facts, "email.html"), version_of(facts.kind))


@cache
def version_of(kind: str) -> str:
    """A short hash of the templates of this kind, kept with every notice that was made from them."""
    files = sorted((TEMPLATES / kind).iterdir())
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:12]


def long_date(day: date) -> str:
    """A date as letters write it: Friday 4 December 2026."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def short_date(day: date) -> str:
    """A date as a text message writes it: Fri 4 Dec."""
    return f"{day:%a} {day.day} {day:%b}"


def clock_time(moment: datetime) -> str:
    """A moment as residents read it, in London: 4:40pm on Friday 4 December 2026."""
    local = moment.astimezone(_LONDON)
    return f"{local.hour % 12 or 12}:{local:%M}{'am' if local.hour < 12 else 'pm'} on {long_date(local.date())}"


def shorten(words: str, length: int) -> str:
    """The words on one line, cut at a space with an ellipsis when they are longer than `length`."""
    line = " ".join(words.split())
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0] + "…"


def _short(facts: Kind) -> str:
    return " ".join(_text(facts, "short.txt").translate(_TYPEWRITER).split())


def _text(facts: Kind, file: str) -> str:
    return _BLANK_LINES.sub("\n\n", _fill(facts, file)).strip()


def _fill(facts: Kind, file: str) -> str:
    values: dict[str, Any] = {name: getattr(facts, name) for name in facts.__dataclass_fields__}
    return _environment().get_template(f"{facts.kind}/{file}").render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "long_date": long_date,
        "short_date": short_date,
        "clock_time": clock_time,
        "shorten": shorten,
        "code": lambda nonce: code_of(nonce, settings().secret),
    }
    return environment
