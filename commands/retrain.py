"""`earshot retrain`: a new model from the corpus and from what staff said, promoted only if nothing got worse."""

import contextlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from casework.settings import settings
from casework.storage import models
from casework.storage.sessions import Book
from classifier.corpus import CorpusError, Message, corpus_of, heldout
from classifier.pipeline import Reader, load
from classifier.promotion import Judged, Measure, Verdict, compare, verdict
from commands.examples import held_back, messages_to_learn
from commands.own_book import own_book
from commands.wrong_input import WrongInput
from intake.active_model import read_model

BY = "earshot retrain"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The old model and the new one on the same messages."""

    old: str
    new: str
    measures: tuple[Measure, ...]
    verdict: Verdict

    def as_json(self, learned: int, held: int) -> dict[str, Any]:
        return {
            "version": self.new,
            "compared_with": self.old,
            "learned_from_examples": learned,
            "held_back_examples": held,
            "promote": self.verdict.promote,
            "why": self.verdict.why,
            "measures": [measure.as_json() for measure in self.measures],
        }


@click.command("retrain")
@click.option("--dry-run", is_flag=True, help="Train and compare, but keep and promote nothing.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Leave the new model in this folder and promote nothing, to look at it or to carry it elsewhere.",
)
@click.option(
    "--corpus",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of the written messages; else the corpus that ships.",
)
def command(*, dry_run: bool, into: Path | None, corpus: Path | None) -> None:
    """Train on the corpus and on what staff said; promote the new model if it got worse at nothing.

    One example in four is never trained on: the old model and the new one are compared on those and on the
    corpus's test split. Whether or not the new one is promoted, the exit status is 0.
    """
    if into is not None and into.exists() and any(into.iterdir()):
        raise WrongInput(f"{into} holds something already: choose a folder that is empty or new.")
    began = time.monotonic()
    try:
        with own_book() as ours, corpus_of(corpus):
            _retrain(ours, dry_run=dry_run, into=into)
    except CorpusError as error:
        raise WrongInput(str(error)) from error
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    click.echo(f"It took {minutes} min {seconds} s.")


def _retrain(ours: Book, *, dry_run: bool, into: Path | None) -> None:
    now = datetime.now(UTC)
    with ours.reading() as session:
        examples = messages_to_learn(session, now=now)
        active = models.active(session)
    learn = [found for found in examples if not held_back(found)]
    held = [found for found in examples if held_back(found)]
    click.echo(
        f"Examples that may teach: {len(examples)}, of which {len(learn)} to learn from and {len(held)} held back to"
        " compare by."
    )
    if not learn:
        click.echo("Nothing is trained: staff have said nothing yet that the reader may learn from.")
        return
    with tempfile.TemporaryDirectory(dir=_folder(into if not dry_run else None)) as workshop:
        fresh = _trained(Path(workshop) / "model", learn)
        found = judge(_reader(active), fresh, heldout("test"), held)
        click.echo(as_table(found.measures))
        folder = Path(workshop) / "model"
        figures = found.as_json(len(learn), len(held))
        (folder / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        _settle(ours, found, figures, folder, active, dry_run=dry_run, into=into, now=now)


def judge(old: Reader, new: Reader, test: Sequence[Message], held: Sequence[Message]) -> Comparison:
    """Both models read the test split and the examples that were held back."""
    measures: list[Measure] = []
    for name, messages in (("test", test), ("examples", held)):
        texts = [found.text for found in messages]
        read = zip(messages, old.assess_many(texts), new.assess_many(texts), strict=True)
        measures += compare([Judged(*one) for one in read], of=name)
    return Comparison(old.version, new.version, tuple(measures), verdict(measures))


def as_table(measures: Sequence[Measure]) -> str:
    """What a person reads: each measure before and after, and how sure the difference is."""
    lines = [f"{'':48}{'old':>8}{'new':>8}   {'difference (95 %)':20}{'of':>6}"]
    for one in measures:
        if not one.of and one.old == one.new:
            continue  # there was nothing to find, and nothing was said
        mark = "  worse" if one.worse else ""
        between = f"{one.low:+.3f} to {one.high:+.3f}"
        lines.append(f"{one.name:48}{one.old:8.3f}{one.new:8.3f}   {between:20}{one.of:6}{mark}")
    return "\n".join(lines)


def _settle(
    ours: Book,
    found: Comparison,
    figures: dict[str, Any],
    trained: Path,
    active: str,
    *,
    dry_run: bool,
    into: Path | None,
    now: datetime,
) -> None:
    would = "would be promoted" if found.verdict.promote else "would not be promoted"
    if dry_run:
        click.echo(f"{found.new} {would}. {found.verdict.why} Nothing is kept: this was a dry run.")
        return
    if into is not None:
        _put(trained, into)
        click.echo(f"{found.new} is in {into} and {would}. {found.verdict.why} The book does not know of it.")
        return
    if found.new == found.old:
        click.echo(f"Not promoted: what was learned makes the very model that reads already, {found.new}.")
        return
    _put(trained, settings().models_folder / found.new)
    click.echo(_keep(ours, found, figures, active, now=now))


def _keep(ours: Book, found: Comparison, figures: dict[str, Any], active: str, *, now: datetime) -> str:
    """Note the new model in the book and promote it where it may be; says which, and why."""
    with ours.transaction() as session:
        models.record(session, found.new, figures=figures, now=now)
        if found.verdict.promote and models.active(session) == active:
            models.promote(session, found.new, now=now, actor=BY)
            return f"Promoted {found.new}. {found.verdict.why} Workers read with it within a minute."
    by_hand = f"a person may still run: earshot models promote {found.new}"
    if found.verdict.promote:
        return (
            f"Not promoted: {found.new} was compared with {found.old}, but meanwhile another became active; {by_hand}"
        )
    return f"Not promoted: {found.new}. {found.verdict.why} {found.old} goes on reading; {by_hand}"


def _trained(into: Path, learn: Sequence[Message]) -> Reader:
    from classifier.train import train

    with contextlib.redirect_stdout(sys.stderr):  # spaCy tells its progress there; the table is ours
        train(into, learn)
    return load(into)


def _reader(version: str) -> Reader:
    if version == models.SHIPS:
        return load()
    try:
        return read_model(version)
    except (OSError, ValueError) as error:
        raise WrongInput(
            f"The active model {version} cannot be read from {settings().models_folder}: put its folder back, or run"
            " earshot models roll-back."
        ) from error


def _folder(into: Path | None) -> Path:
    """Where the new model is made: beside its place, so that it comes there whole and at once."""
    folder = settings().models_folder if into is None else into.absolute().parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _put(trained: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    trained.chmod(0o755)
    trained.rename(place)
