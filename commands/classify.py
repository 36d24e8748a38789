"""`earshot classify`: JSON lines in, one reading a line out."""

import json
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import click

from classifier.pipeline import Reader, load
from commands.model_folder import folder_of
from commands.wrong_input import WrongInput

BATCH = 256


@click.command(name="classify")
@click.argument("file", type=click.File("r", encoding="utf-8", errors="replace"), default="-")
@click.option(
    "--model", metavar="FOLDER|VERSION", help="A model's folder, or the version of one; else the one that ships."
)
def command(file: TextIO, model: str | None) -> None:
    """Read messages and say what they are.

    FILE (or standard input) holds JSON lines {"id", "text", "channel"?}; one JSON object a line comes back, in the
    same order. A line that cannot be read comes back with "problem" and review true, and the rest goes on.
    """
    reader = _reader(model)
    rows = enumerate(file, start=1)
    while batch := [_row(number, line) for number, line in islice(rows, BATCH) if line.strip()]:
        found = reader.assess_many([str(row["text"]) for row in batch])
        for row, assessment in zip(batch, found, strict=True):
            answer = {"id": row["id"], **assessment.as_json()}
            if "problem" in row:
                answer.update(problem=row["problem"], review=True)
            click.echo(json.dumps(answer, ensure_ascii=False))


def _reader(model: str | None) -> Reader:
    if model is None:
        return load()
    folder = Path(model) if Path(model).is_dir() else folder_of(model)
    try:
        return load(folder)
    except (OSError, ValueError) as error:
        raise WrongInput(f"There is no model in {folder}: earshot models list names the versions.") from error


def _row(number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        return {"id": number, "text": "", "problem": "This line is not JSON."}
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        return {
            "id": row.get("id", number) if isinstance(row, dict) else number,
            "text": "",
            "problem": 'This line has no "text".',
        }
    return {"id": row.get("id", number), "text": row["text"]}
