"""Reads a message: `load()` once a process, then `assess` or, for many, `assess_many`."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

import classifier.components  # noqa: F401 (registers the steps of the pipeline)
from classifier.assessment import Assessment
from classifier.decision import GIVEN, LONGEST, Given
from classifier.manners import core_of

MODEL = Path(__file__).parent / "model"
BATCH = 128
MOST = LONGEST
_SURROGATES = re.compile("[\ud800-\udfff]")
_ENDLESS_WORD = re.compile(r"(\S{150})\S")


class Reader:
    """A loaded model; answers any text, however long, empty or broken, in bounded time."""

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp
        self.version = str(nlp.meta.get("version", ""))
        decision: Any = nlp.get_pipe("decision")
        decision.version = self.version

    def assess(self, text: str) -> Assessment:
        return self.assess_many((text,))[0]

    def assess_many(self, texts: Iterable[str]) -> list[Assessment]:
        """Read in batches, each in a memory zone of its own, so that a worker's memory stays flat."""
        read: list[Assessment] = []
        for batch in _batches(texts):
            with self.nlp.memory_zone():
                docs = self.nlp.pipe([self._doc(text) for text in batch], batch_size=BATCH)
                read.extend([doc._.assessment for doc in docs])
        return read

    def _doc(self, text: str) -> Doc:
        """What is read of a message; evidence will point into the text as it was given."""
        core = core_of(_readable(text))
        doc = self.nlp.make_doc(core.text)
        doc.user_data[GIVEN] = Given(text, core.text, core.start)
        return doc


def load(path: Path | None = None) -> Reader:
    """The model at `path`, or the one that ships in `classifier/model/`; raises OSError when there is none."""
    return Reader(spacy.load(path or MODEL))


def _readable(text: str) -> str:
    """As long as can be read in bounded time, and character for character where it was.

    Half characters, which spaCy cannot hold, become a mark; a word without end, at which its tokenizer
    would labour for minutes, gets a space every 150 characters.
    """
    return _ENDLESS_WORD.sub(r"\1 ", _SURROGATES.sub("\ufffd", text[:LONGEST]))


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """At most `BATCH` messages and, but for one that is longer, at most `MOST` characters."""
    batch: list[str] = []
    characters = 0
    for text in texts:
        if batch and (len(batch) == BATCH or characters + len(text) > MOST):
            yield batch
            batch, characters = [], 0
        batch.append(text)
        characters += len(text)
    if batch:
        yield batch
