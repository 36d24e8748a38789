"""`earshot staff`: who may sign in to the console."""

import sys
from datetime import UTC, datetime

import click

from casework.storage import staff
from commands.own_book import own_book
from commands.wrong_input import WrongInput


@click.group("staff")
def command() -> None:
    """Say who may sign in to the staff console."""


@command.command("add")
@click.argument("email")
@click.option("--name", required=True, help="As residents are told it: Priya Shah.")
@click.option("--role", type=click.Choice(staff.ROLES), default="officer", show_default=True)
@click.option("--phone", default="", help="The number that residents are given for somebody who deals with their case.")
def add(email: str, name: str, role: str, phone: str) -> None:
    """Let somebody sign in; asks for their password, or reads it from standard input."""
    if "@" not in email or not name.strip():
        raise WrongInput("Somebody needs an email address and a name: staff add priya@larchmere.example --name Priya")
    password = _password()
    try:
        with own_book() as ours, ours.transaction() as session:
            staff.add(session, email=email, name=name, role=role, phone=phone, password=password, now=datetime.now(UTC))
    except staff.UnfitPassword as error:
        raise WrongInput(str(error)) from error
    except staff.AlreadyStaff as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name} can sign in as {email.strip().lower()} ({role}).")


@command.command("list")
def show() -> None:
    """Print everybody who is or was among the staff."""
    with own_book() as ours, ours.reading() as session:
        for member in staff.everybody(session):
            gone = "" if member.active else ": may sign in no more"
            click.echo(f"{member.email}  {member.name} ({member.role}){gone}")


@command.command("deactivate")
@click.argument("email")
def deactivate(email: str) -> None:
    """Let somebody sign in no more; whoever is signed in as them is signed out at once."""
    try:
        with own_book() as ours, ours.transaction() as session:
            name = staff.deactivate(session, email, now=datetime.now(UTC)).name
    except staff.NotStaff as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name} can sign in no more.")


def _password() -> str:
    if sys.stdin.isatty():
        asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")
