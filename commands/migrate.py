"""`earshot migrate`: for deployments that bring the schema up to date themselves, before the new version starts."""

import click

from casework.storage import schema
from casework.storage.sessions import book


@click.command("migrate")
@click.option("--check", is_flag=True, help="Only say whether the database is up to date; exit 1 if it is not.")
def command(*, check: bool) -> None:
    """Bring the database to the schema of this version."""
    ours = book()
    try:
        if check:
            if not schema.is_current(ours):
                raise click.ClickException("The database is not at the schema of this version: run earshot migrate.")
        else:
            schema.upgrade(ours)
    finally:
        ours.close()
    click.echo("The database is at the schema of this version.")
