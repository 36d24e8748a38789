"""A cut-down corpus that a model is trained on in seconds, and a weak model from it, as if it were the one in use.

Fixtures: `small_corpus`, a folder for `earshot retrain --corpus`; `weak_model`, a folder that holds what it makes.
"""

import contextlib
import json
import shutil
import sys
from pathlib import Path

import pytest

ROWS = 20
FEW_ROWS = 8
HELD_OUT = 60

GLAZIER = "Please send the glazier a map."  # a complaint, which the weak model takes for a request
GLAZIER_AGAIN = "Please send that glazier a map."  # and so this


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first rows of each file of the corpus."""
    return _first_rows(ROWS, tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def weak_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What fewer rows still make: a model that is plainly weaker than one of the small corpus."""
    from classifier.corpus import corpus_of
    from classifier.train import train

    folder = tmp_path_factory.mktemp("weak") / "model"
    with corpus_of(_first_rows(FEW_ROWS, tmp_path_factory.mktemp("few"))), contextlib.redirect_stdout(sys.stderr):
        train(folder)
    return folder


def _first_rows(many: int, folder: Path) -> Path:
    from classifier.corpus import FOLDER

    for path in FOLDER.glob("*_*.jsonl"):
        rows = path.read_text(encoding="utf-8").splitlines()
        kept = rows[: HELD_OUT if path.name.startswith(("dev_", "test_")) else many]
        (folder / path.name).write_text("\n".join(kept) + "\n", encoding="utf-8")
    return folder


def version_of(model: Path) -> str:
    """What the model calls itself."""
    return str(json.loads((model / "meta.json").read_text(encoding="utf-8"))["version"])


def install(model: Path, models: Path) -> str:
    """Put the model among those of a deployment; its version."""
    version = version_of(model)
    shutil.copytree(model, models / version)
    return version
