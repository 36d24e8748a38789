"""`earshot api-clients`: which other systems may post messages, and with which keys."""

from datetime import UTC, datetime

import click

from casework.storage import api_clients
from channels.api.envelope import fit_to_be_a_client
from channels.api.webform import USUAL
from commands.own_book import own_book
from commands.wrong_input import WrongInput


@click.group("api-clients")
def command() -> None:
    """Say which other systems may post messages to /api/v1/messages."""


@command.command("add")
@click.argument("name")
@click.option(
    "--may",
    type=click.Choice(api_clients.MAY),
    multiple=True,
    default=api_clients.USUALLY,
    show_default=True,
    help="What it may set beside the words; received_at moves the clocks. Name all of them.",
)
@click.option(
    "--field", "fields", multiple=True, metavar="OURS=THEIRS", help="What a Drupal form calls a field of ours."
)
@click.option("--per-minute", type=click.IntRange(1, 100_000), default=api_clients.PER_MINUTE, show_default=True)
def add(name: str, may: tuple[str, ...], fields: tuple[str, ...], per_minute: int) -> None:
    """Let a system post, and print its key: it is shown only now."""
    if not fit_to_be_a_client(name):
        raise WrongInput("A client's name has small letters, digits and dashes: council-web-site")
    called = {}
    for field in fields:
        ours, _, theirs = field.partition("=")
        if ours not in USUAL or not theirs:
            raise WrongInput(f"--field must be OURS=THEIRS, with one of ours: {', '.join(USUAL)}")
        called[ours] = theirs
    try:
        with own_book() as book, book.transaction() as session:
            key = api_clients.add(
                session, name, may=may, fields=called, per_minute=per_minute, now=datetime.now(UTC)
            )  # fmt: skip
    except api_clients.AlreadyAClient as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name} may post. Its key, which is shown only now:\n\n    {key}\n")
    click.echo("It is sent with each message:  Authorization: Bearer KEY")


@command.command("list")
def show() -> None:
    """Print every system that may post, or could once."""
    with own_book() as book, book.reading() as session:
        for client in api_clients.everybody(session):
            gone = f": revoked {client.revoked_at:%Y-%m-%d}" if client.revoked_at else ""
            may = f" may set {', '.join(client.may)}" if client.may else ""
            click.echo(f"{client.name}  since {client.created_at:%Y-%m-%d}, {client.per_minute} a minute{may}{gone}")


@command.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Take a system's key away, at once; its messages stay."""
    try:
        with own_book() as book, book.transaction() as session:
            api_clients.revoke(session, name, now=datetime.now(UTC))
    except api_clients.NotAClient as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"The key of {name} is good for nothing any more.")
