"""`earshot bench`: prints the benchmark table as JSON; `make bench` gives it real servers.

Every figure stands next to a limit measured in the same run, since machines differ and are noisy.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import click

from commands.bench import backlog, machine, reading, start, webhook, whole
from commands.bench.house import House


@click.command("bench")
@click.option("--messages", default=600, show_default=True, help="How many messages each run sends through.")
@click.option("--postgresql", metavar="URL", help="An empty PostgreSQL database to measure on, beside SQLite.")
@click.option(
    "--imap", metavar="URL", help="An empty mailbox; with --smtp, the whole way from mail to mail is measured."
)
@click.option("--smtp", metavar="URL", help="A server that takes every mail, such as Postfix's smtp-sink.")
@click.option("--backlog", "waiting", default=10_000, show_default=True, help="How many mails the full box holds.")
@click.option(
    "--only", multiple=True, type=click.Choice(["backlog", "machine", "reading", "start", "webhook", "whole"])
)
def command(
    *, messages: int, waiting: int, postgresql: str | None, imap: str | None, smtp: str | None, only: tuple[str, ...]
) -> None:
    """Print the benchmark table as JSON."""
    table: dict[str, Any] = {}
    wanted = set(only) or {"backlog", "machine", "reading", "start", "webhook", "whole"}
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as folder:
        databases = {"sqlite": "", **({"postgresql": postgresql} if postgresql else {})}
        if "reading" in wanted:
            table["reading"] = _say("reading", reading.measure())
        if "start" in wanted:
            table["start"] = _say("start", start.measure(Path(folder) / "start"))
        for name, url in databases.items():
            var = Path(folder) / name
            database = url or f"sqlite:///{var / 'bench.sqlite'}"
            if "machine" in wanted:
                table[f"machine {name}"] = _say(f"machine {name}", machine.measure(database, var))
            if "whole" in wanted and imap and smtp:
                with House(var / "whole", database, imap=imap, smtp=smtp) as house:
                    table[f"whole {name}"] = _say(f"whole {name}", whole.measure(house, messages))
                    table[f"memory {name}"] = _say(f"memory {name}", house.memory())
            if "backlog" in wanted and imap and smtp and name == list(databases)[-1]:  # one box, so one run
                backlog.fill(imap, waiting)
                with House(var / "backlog", database, imap=imap, smtp=smtp) as house:
                    table[f"backlog {name}"] = _say(f"backlog {name}", backlog.measure(house, waiting))
            if "webhook" in wanted:  # in a house of its own: its receipts have no provider to go to
                with House(var / "webhook", database, imap=None, smtp=None) as house:
                    table[f"webhook {name}"] = _say(f"webhook {name}", webhook.measure(house, messages))
    click.echo(json.dumps(_with_ratios(table), indent=2))


def _say(name: str, figures: dict[str, Any]) -> dict[str, Any]:
    click.echo(f"{name}: {json.dumps(figures)}", err=True)
    return figures


def _with_ratios(table: dict[str, Any]) -> dict[str, Any]:
    for name in ("sqlite", "postgresql"):
        limits, run = table.get(f"machine {name}"), table.get(f"whole {name}")
        if limits and run:
            run["share_of_commit_rate"] = round(run["messages_per_second"] / limits["commits_per_second"], 3)
            run["share_of_rq_noop_rate"] = round(run["messages_per_second"] / limits["rq_noop_jobs_per_second"], 3)
    return table
