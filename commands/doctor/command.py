"""`earshot doctor`: one line for each thing that Earshot depends on; exit 1 if one of them is broken."""

import json

import click

from casework.storage.sessions import book
from commands.doctor import doors, house
from commands.doctor.finding import Examination, Finding, examine

EXAMINATIONS: dict[str, Examination] = {
    "settings": house.settings_are_known,
    "database": house.database,
    "redis": house.bell_rings,
    "backlog": house.backlog,
    "mailbox": doors.mailbox,
    "mail": doors.mail_to_ourselves,
    "reply address": doors.reply_address,
    "twilio": doors.twilio,
    "telegram": doors.telegram,
    "staff alerts": doors.staff_alerts,
    "policy": house.policy,
    "calendar": house.bank_holidays,
    "model": house.model,
    "clock": house.clock,
    "world clock": doors.provider_clock,
    "virus scanner": house.virus_scanner,
    "disk": house.disk,
}

COLOURS = {"ok": "green", "not set up": "yellow", "broken": "red"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def command(*, as_json: bool) -> None:
    """Check everything that Earshot depends on; exit 1 if something is broken.

    Where mail can be both sent and collected, it writes to itself and waits up to a minute for the letter.
    """
    found: dict[str, Finding] = {}
    try:
        for name, look in EXAMINATIONS.items():
            found[name] = examine(look)
            if not as_json:
                _say(name, found[name])
    finally:
        book().close()
    if as_json:
        said = {name: {"state": finding.state, "sentence": finding.sentence} for name, finding in found.items()}
        click.echo(json.dumps(said, indent=2))
    if any(finding.state == "broken" for finding in found.values()):
        raise SystemExit(1)


def _say(name: str, finding: Finding) -> None:
    state = click.style(f"{finding.state:<11}", fg=COLOURS[finding.state], bold=finding.state == "broken")
    click.echo(f"{state} {name:<13} {finding.sentence}")
