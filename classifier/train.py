"""Trains the model that ships: `python -m classifier.train [--into FOLDER]`. Seeded, on one core, in a few minutes."""

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from spacy.language import Language  # noqa: E402: after the number of threads is set
from spacy.training.initialize import init_nlp  # noqa: E402
from spacy.training.loop import train as run_training  # noqa: E402
from spacy.util import load_config, load_model  # noqa: E402

import classifier.components  # noqa: E402, F401: registers the steps of the pipeline
from classifier.corpus import heldout  # noqa: E402
from classifier.pipeline import MODEL  # noqa: E402
from classifier.tuning import tuned  # noqa: E402

CONFIG = Path(__file__).parent / "config.cfg"
LEFT_OUT = ("vocab/key2row", "vocab/vectors", "vocab/vectors.cfg")


def train(into: Path) -> Language:
    """Trains by `config.cfg`, tunes on the dev split and writes the model to `into`."""
    with tempfile.TemporaryDirectory() as workshop:
        nlp = init_nlp(load_config(CONFIG))
        run_training(nlp, Path(workshop), stdout=sys.stdout, stderr=sys.stderr)
        best = load_model(Path(workshop) / "model-last")
    best.get_pipe("decision").tuning = tuned(best, heldout("dev"))
    write(best, into)
    return best


def write(nlp: Language, into: Path) -> None:
    """Writes the model with a version that is a hash of what it learned."""
    weights = nlp.get_pipe("textcat_multilabel").model.to_bytes()
    nlp.meta["version"] = "0.1.0+" + hashlib.sha256(weights).hexdigest()[:12]
    nlp.meta["name"] = "earshot"
    shutil.rmtree(into, ignore_errors=True)
    nlp.to_disk(into)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=MODEL)
    train(parser.parse_args().into)
