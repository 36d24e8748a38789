"""The front door key: `earshot COMMAND`, each command one module of `commands/`, loaded when it is called.

A wrong setting ends in one clear sentence and exit status 2, never in a traceback.
"""

import importlib
import importlib.metadata
import importlib.util
import sys

import click

COMMANDS = {
    "api-clients": "Let other systems post messages, list them, take their keys away.",
    "bench": "Print the benchmark table as JSON.",
    "classify": "Read messages as JSON lines and say what each one is.",
    "doctor": "Check everything that Earshot depends on, one line each.",
    "journal": "Check that the journal is whole and unchanged.",
    "ledger": "What came in on a day, where each item ended, and whether the sources agree.",
    "learning": "Forget what somebody taught the reader; how many complaints it missed.",
    "migrate": "Bring the database to the schema of this version.",
    "models": "List the models that read messages, promote one, return to the one before.",
    "parse-email": "Read e-mails and print one JSON object for each.",
    "policy": "List and show the landlords' policies and their due dates.",
    "retrain": "Train a model on what staff said; promote it if it got worse at nothing.",
    "run": "Run everything on this machine: web, workers, Redis, mailbox.",
    "staff": "Let staff sign in to the console, list them, let them go.",
    "working-days": "Count working days as the Complaint Handling Code does.",
}


class Commands(click.Group):
    """Lists the commands from the table above, so that `--help` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(module_of(cmd_name)).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def module_of(name: str) -> str:
    """Where the Click command called `command` of this name stands: a module, or a package with a `command.py`."""
    module = f"commands.{name.replace('-', '_')}"
    spec = importlib.util.find_spec(module)
    return f"{module}.command" if spec is not None and spec.submodule_search_locations is not None else module


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    importlib.metadata.version("earshot-housing"), "--version", prog_name="earshot", message="%(prog)s %(version)s"
)
def earshot() -> None:
    """Hear residents on every channel; answer each one on time, with proof."""


def main() -> None:
    """What the `earshot` script calls."""
    try:
        earshot(prog_name="earshot")
    except Exception as error:
        sentence = fault_of_the_deployment(error)
        if sentence is None:
            raise
        click.echo(sentence, err=True)
        sys.exit(2)


def fault_of_the_deployment(error: Exception) -> str | None:
    """One sentence where the settings or the database are to blame; None where the fault is ours.

    Imports only now: `earshot --help` needs neither pydantic nor SQLAlchemy.
    """
    from pydantic import ValidationError
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

    from casework.settings import SettingsError, sentences

    if isinstance(error, SettingsError):
        return str(error)
    if isinstance(error, ValidationError) and error.title.endswith("Settings"):
        return sentences(error)
    if isinstance(error, (ArgumentError, NoSuchModuleError)):
        return "EARSHOT_DATABASE_URL is not a database address: write postgresql://user:password@host/name."
    if isinstance(error, OperationalError):
        reason = str(error.orig).strip().splitlines()[0]
        return f"The database cannot be used: {reason}. See EARSHOT_DATABASE_URL, or run: earshot doctor"
    return None


if __name__ == "__main__":
    main()
