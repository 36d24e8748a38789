"""`earshot learning`: the residents' right to object, and what the blind re-reading has found."""

from datetime import UTC, datetime

import click

from casework.reference import find_reference
from casework.storage import cases, examples
from commands.own_book import own_book
from commands.wrong_input import WrongInput
from reports import missed_complaints
from reports.as_csv import as_csv


@click.group("learning")
def command() -> None:
    """What the reader of messages may learn from, and how many complaints it missed."""


@command.command("forget")
@click.argument("reference")
def forget(reference: str) -> None:
    """The person of case REFERENCE objects: delete every example of theirs at once, and keep none again.

    A model that has learned already keeps no message, but it does keep weights of words: retrain to be rid of them.
    """
    with own_book() as ours, ours.transaction() as session:
        case = cases.find(session, find_reference(reference) or reference)
        if case is None:
            raise WrongInput(f"There is no case {reference}: give the reference as 4817-2736-K.")
        gone = examples.forget(session, case, now=datetime.now(UTC), actor="operator")
    click.echo(f"{gone} example{'' if gone == 1 else 's'} deleted. None of theirs will be kept again.")


@command.command("missed-complaints")
@click.option("--csv", "csv_wanted", is_flag=True, help="Print CSV, for a spreadsheet.")
def show_missed(*, csv_wanted: bool) -> None:
    """How many of the messages that were not read as complaints are complaints, by the weekly blind re-reading."""
    with own_book() as ours, ours.reading() as session:
        rows = missed_complaints.table(session)
    if csv_wanted:
        click.echo(as_csv(missed_complaints.COLUMNS, [row.cells() for row in rows]), nl=False)
    elif not rows:
        click.echo("Nothing has been read again yet: staff find the weekly sample under Reread in the console.")
    else:
        for row in (missed_complaints.COLUMNS, *(row.cells() for row in rows)):
            click.echo("".join(f"{cell!s:{width}}" for cell, width in zip(row, _WIDTHS, strict=True)).rstrip())


_WIDTHS = (30, 22, 8, 8, 12, 8, 12, 12)
