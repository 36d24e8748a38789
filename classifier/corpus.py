"""The written messages: reading, checking and splitting them, and handing them to spaCy's training."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.training import Example
from spacy.util import registry

from classifier.augment import varied
from classifier.decision import FACTS
from classifier.labels import Hazard, Label, Vulnerability, Want

FOLDER = Path(__file__).parent / "corpus"
REGISTERS = frozenset({"sms", "chat", "email", "form", "dictated", "letter"})


@dataclass(frozen=True, slots=True)
class Message:
    """One annotated message; what each field means is in `corpus/labels.md`."""

    id: str
    text: str
    channel: str
    labels: frozenset[Label]
    hazards: frozenset[Hazard]
    vulnerability: frozenset[Vulnerability]
    wants: frozenset[Want]
    repeat_contact: bool
    multiple_households: bool
    advocate: bool
    urgent: bool
    language: str
    voice: str
    register: str
    author: str
    note: str = ""


KEYS = frozenset(field.name for field in fields(Message))


class CorpusError(ValueError):
    """A row that the annotation guide does not allow; says which and why."""


def read(path: Path) -> Iterator[Message]:
    """Raises CorpusError naming the first row that breaks the guide."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                yield message(json.loads(line))
            except (ValueError, KeyError, TypeError) as fault:
                raise CorpusError(f"{path.name}, line {number}: {fault}") from fault


def message(row: dict[str, Any]) -> Message:
    """Raises ValueError for an unknown key or value, KeyError for a missing one."""
    if unknown := row.keys() - KEYS:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    if row["register"] not in REGISTERS:
        raise ValueError(f"unknown register {row['register']!r}")
    if not row["labels"]:
        raise ValueError("no label")
    return Message(
        **{
            **row,
            "labels": frozenset(map(Label, row["labels"])),
            "hazards": frozenset(map(Hazard, row["hazards"])),
            "vulnerability": frozenset(map(Vulnerability, row["vulnerability"])),
            "wants": frozenset(map(Want, row["wants"])),
        }
    )


_PLACE: ContextVar[tuple[Path, tuple[Message, ...]]] = ContextVar("_PLACE", default=(FOLDER, ()))


@contextmanager
def corpus_of(folder: Path | None = None, extra: Sequence[Message] = ()) -> Iterator[None]:
    """Until its end: the corpus is read from `folder`, and `extra` is trained on beside it."""
    before = _PLACE.get()
    _PLACE.set((folder or before[0], tuple(extra) or before[1]))
    try:
        yield
    finally:
        _PLACE.set(before)


def training() -> list[Message]:
    folder, extra = _PLACE.get()
    return [*(found for path in sorted(folder.glob("train_*.jsonl")) for found in read(path)), *extra]


def heldout(split: str) -> list[Message]:
    """`dev` chooses thresholds, `test` is only ever counted; a message stays where the hash of its id puts it."""
    return [
        found
        for path in sorted(_PLACE.get()[0].glob("heldout*.jsonl"))
        for found in read(path)
        if split_of(found.id) == split
    ]


def split_of(identifier: str) -> str:
    return "dev" if hashlib.sha256(identifier.encode()).digest()[0] < 102 else "test"


def corpus_reader(split: str, copies: int) -> Callable[[Language], Iterator[Example]]:
    """English messages of a split; `copies` varied ones beside each, for training only."""

    def examples(nlp: Language) -> Iterator[Example]:
        for found in training() if split == "train" else heldout(split):
            if found.language != "en":
                continue
            cats = {label.value: float(label in found.labels) for label in Label}
            cats.update({name: float(getattr(found, name)) for name in FACTS})
            for text in (found.text, *varied(found.text, found.id, copies)):
                yield Example.from_dict(nlp.make_doc(text), {"cats": cats})

    return examples


registry.readers.register("earshot.corpus.v1", func=corpus_reader)
