"""`earshot models`: which models were trained here, which one reads, and the way back."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from casework.storage import models
from casework.storage.learning_tables import Model
from commands.model_folder import folder_of
from commands.own_book import own_book
from commands.wrong_input import WrongInput

BY = "operator"


@click.group("models")
def command() -> None:
    """The models that read messages: list them, promote one, return to the one before."""


@command.command("list")
def show() -> None:
    """Print every model, the one that reads marked with a star."""
    with own_book() as ours, ours.reading() as session:
        known = models.everyone(session)
    for model in known:
        click.echo(f"{'*' if model.active else ' '} {model.version}  {_history(model)}")
    click.echo(f"{' ' if any(model.active for model in known) else '*'} the one that ships with Earshot")


@command.command("promote")
@click.argument("version")
def promote(version: str) -> None:
    """Make VERSION the model that reads; workers take it up within a minute, without a restart."""
    from intake.active_model import read_model

    folder = folder_of(version)
    try:
        reader = read_model(version)
    except (OSError, ValueError) as error:
        raise WrongInput(f"There is no model in {folder} that can be read as {version}.") from error
    now = datetime.now(UTC)
    try:
        with own_book() as ours, ours.transaction() as session:
            models.record(session, reader.version, figures=figures_in(folder), now=now)
            models.promote(session, reader.version, now=now, actor=BY)
    except models.CannotPromote as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{version} reads within a minute.")


@command.command("roll-back")
def roll_back() -> None:
    """Return to the model that read before this one; workers take it up within a minute."""
    try:
        with own_book() as ours, ours.transaction() as session:
            version = models.roll_back(session, now=datetime.now(UTC), actor=BY)
    except models.CannotPromote as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{version or 'The one that ships with Earshot'} reads within a minute.")


def figures_in(folder: Path) -> dict[str, Any]:
    """What its metrics.json says, nothing where it has none that can be read."""
    try:
        found = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _history(model: Model) -> str:
    made = f"made {model.made_at:%Y-%m-%d %H:%M}"
    learned = model.figures.get("learned_from_examples")
    taught = f", from {learned} examples" if learned is not None else ""
    parent = model.parent or "the one that ships"
    if model.promoted_at is None:
        return f"{made}{taught}, beside {parent}, never promoted"
    return f"{made}{taught}, promoted {model.promoted_at:%Y-%m-%d %H:%M} by {model.promoted_by}, after {parent}"
