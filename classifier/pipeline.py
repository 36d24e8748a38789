"""Reads a message: `load()` once a process, then `assess` or, for many, `assess_many`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

import classifier.components  # noqa: F401 (registers the steps of the pipeline)
from classifier.assessment import Assessment
from classifier.decision import TEXT
from classifier.manners import Core, core_of

MODEL = Path(__file__).parent / "model"
BATCH = 128
LONGEST = 50_000  # characters; a longer message is read so far and then always reviewed
_SURROGATES = re.compile("[\ud800-\udfff]")
_ENDLESS_WORD = re.compile(r"(\S{150})\S")


class Reader:
    """A loaded model; answers any text, however long, empty or broken, in bounded time."""

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp
        self.version = str(nlp.meta.get("version", ""))

    def assess(self, text: str) -> Assessment:
        return self.assess_many((text,))[0]

    def assess_many(self, texts: Iterable[str]) -> list[Assessment]:
        """Read in batches, each in a memory zone of its own, so that a worker's memory stays flat."""
        read: list[Assessment] = []
        for batch in _batches(texts):
            cores = [core_of(_readable(text)) for text in batch]
            with self.nlp.memory_zone():
                docs = self.nlp.pipe([self._doc(core.text) for core in cores], batch_size=BATCH)
                read.extend(self._signed(doc, core, text) for doc, core, text in zip(docs, cores, batch, strict=True))
        return read

    def _doc(self, text: str) -> Doc:
        doc = self.nlp.make_doc(text)
        doc.user_data[TEXT] = text
        return doc

    def _signed(self, doc: Doc, core: Core, text: str) -> Assessment:
        """Evidence points into the text as it was given; a text that was read in part is always reviewed."""
        found: Assessment = doc._.assessment
        evidence = tuple(
            replace(
                piece,
                text=text[core.start + piece.start : core.start + piece.end],
                start=core.start + piece.start,
                end=core.start + piece.end,
            )
            for piece in found.evidence
        )
        if len(text) <= LONGEST:
            return replace(found, version=self.version, evidence=evidence)
        reasons = (*found.review_reasons, "too_long")
        return replace(found, version=self.version, evidence=evidence, review=True, review_reasons=reasons)


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
    rest = iter(texts)
    while batch := list(islice(rest, BATCH)):
        yield batch
