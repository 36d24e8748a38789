"""Trains the model that ships: `python -m classifier.train [--into FOLDER]`. Seeded, on one core, in a few minutes."""

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from confection import Config
from spacy.language import Language
from spacy.training.initialize import init_nlp
from spacy.training.loop import train as run_training
from spacy.util import load_config, load_model

import classifier.components  # noqa: F401 (registers the steps of the pipeline)
from classifier import book, meanings
from classifier.corpus import Message, corpus_of, heldout, training
from classifier.pipeline import MODEL
from classifier.tuning import tuned

CONFIG = Path(__file__).parent / "config.cfg"


def train(into: Path, extra: Sequence[Message] = ()) -> Language:
    """Trains by `config.cfg` on the corpus and `extra`, tunes on the dev split and writes the model to `into`."""
    with tempfile.TemporaryDirectory() as workshop, corpus_of(extra=extra):
        config = load_config(CONFIG)
        config["training"]["optimizer"]["learn_rate"]["total_steps"] = _steps(config)
        nlp = init_nlp(config)
        run_training(nlp, Path(workshop), stdout=sys.stdout, stderr=sys.stderr)
        best = load_model(Path(workshop) / "model-last")
    decision: Any = best.get_pipe("decision")
    decision.tuning = tuned(best, heldout("dev"))
    write(best, into)
    return best


def _steps(config: Config) -> int:
    """How many steps there are at most: the pace of learning falls to nothing over them, however large the corpus."""
    texts = len(training()) * (1 + config["corpora"]["train"]["copies"])
    return 1 + int(config["training"]["max_epochs"] * texts / config["training"]["batcher"]["size"])


def write(nlp: Language, into: Path) -> None:
    """Writes the model with a version that is a hash of its weights and thresholds, of phrasebook and meanings."""
    statistics: Any = nlp.get_pipe("textcat_multilabel")
    decision: Any = nlp.get_pipe("decision")
    learned = hashlib.sha256(statistics.model.to_bytes())
    learned.update(repr(decision.tuning).encode())
    for file in (*sorted(book.FOLDER.glob("*.toml")), meanings.FILE):
        learned.update(file.read_bytes())
    nlp.meta["version"] = "0.1.0+" + learned.hexdigest()[:12]
    nlp.meta["name"] = "earshot"
    shutil.rmtree(into, ignore_errors=True)
    nlp.to_disk(into)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=MODEL)
    train(parser.parse_args().into)
