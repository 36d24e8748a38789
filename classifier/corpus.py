"""The written messages: reading and checking them, and handing them to spaCy's training."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from spacy.language import Language
from spacy.training import Example
from spacy.util import registry

from classifier.augment import varied
from classifier.labels import FACTS, HEADS, PRECEDENCE, Hazard, Label, Vulnerability, Want
from classifier.manners import core_of
from classifier.mixes import MIXES, head_of

FOLDER = Path(__file__).parent / "corpus"
REGISTERS = frozenset({"sms", "chat", "email", "form", "dictated", "letter"})
# The English that a writer speaks: a dialect, or English as a second language by the family of the first.
VARIETIES = frozenset(
    {
        *("standard", "scots", "geordie", "northern", "scouse", "midlands", "west_country", "london"),
        *("welsh", "irish", "caribbean"),
        *("l2_slavic", "l2_south_asian", "l2_middle_east", "l2_african", "l2_romance", "l2_east_asian"),
    }
)
Split = Literal["dev", "test"]


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
    variety: str
    voice: str
    register: str
    author: str
    note: str = ""

    def says(self, head: str) -> bool:
        """Whether one of `HEADS` holds."""
        if head in FACTS:
            return bool(getattr(self, head))
        return any(head in marks for marks in (self.labels, self.hazards, self.vulnerability, self.wants))


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
    if row["variety"] not in VARIETIES:
        raise ValueError(f"unknown variety {row['variety']!r}")
    labels = frozenset(map(Label, row["labels"]))
    if not labels or (Label.COMMENT in labels and len(labels) > 1):
        raise ValueError("a message has at least one label, and is a comment only when it is nothing else")
    return Message(
        **{
            **row,
            "labels": labels,
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
    return [*_written("train", folder), *extra]


def heldout(split: Split) -> list[Message]:
    """`dev` chooses thresholds, `test` is only ever counted; no author of one wrote for another or for training."""
    return _written(split, _PLACE.get()[0])


def _written(name: str, folder: Path) -> list[Message]:
    return [found for path in sorted(folder.glob(f"{name}_*.jsonl")) for found in read(path)]


def truth(found: Message) -> dict[str, float]:
    """What the statistics learn of a message: each head by itself, and which mix of labels it is."""
    mix = head_of(tuple(label for label in PRECEDENCE if label in found.labels))
    return {
        **{head: float(found.says(head)) for head in HEADS},
        **{head: float(head == mix) for head in map(head_of, MIXES)},
    }


TAUGHT_COPIES = 3  # of what staff have taught: a correction is one among thousands of texts


def corpus_reader(split: Literal["train", "dev"], copies: int) -> Callable[[Language], Iterator[Example]]:
    """English messages of a split; `copies` varied ones beside each, for training only."""
    made: list[Example] = []

    def examples(nlp: Language) -> Iterator[Example]:
        if not made:  # spaCy asks several times
            made.extend(read_anew(nlp))
        return iter(made)

    def read_anew(nlp: Language) -> Iterator[Example]:
        taught = frozenset(_PLACE.get()[1])
        for found in training() if split == "train" else heldout(split):
            if found.language == "en":
                many = max(copies, TAUGHT_COPIES) if copies and found in taught else copies
                for text in (found.text, *varied(found.text, found.id, many)):
                    yield Example.from_dict(nlp.make_doc(core_of(text).text), {"cats": truth(found)})

    return examples


registry.readers.register("earshot.corpus.v1", func=corpus_reader)
