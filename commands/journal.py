"""`earshot journal verify`: shows that nobody changed or took out a line of the record."""

import click
from sqlalchemy import func, select

from casework.storage import journal
from casework.storage.sessions import book
from casework.storage.tables import JournalLine


@click.group("journal")
def command() -> None:
    """Check that the journal is whole and unchanged."""


@command.command()
def verify() -> None:
    """Follow the chain from the first line to the last; exit 1 and say where if it is broken."""
    ours = book()
    try:
        with ours.reading() as session:
            lines, head = session.execute(select(func.count(), func.max(JournalLine.seq))).one()
            broken = [found.sentence for found in journal.verify(session)]
            last = session.scalar(select(JournalLine.hash).where(JournalLine.seq == head))
    finally:
        ours.close()
    for sentence in broken:
        click.echo(sentence)
    if broken:
        raise click.ClickException(f"The journal is broken in {len(broken)} places.")
    # The chain cannot show that its end was cut off: whoever keeps this line elsewhere can.
    click.echo(f"The journal is whole: {lines} lines" + (f", the last {last}." if last else "."))
