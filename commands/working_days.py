"""`earshot working-days`: counts working days as the Complaint Handling Code's clocks do."""

from datetime import date

import click

from casework.calendar import NATIONS, Calendar, CalendarYearMissing, calendar_for
from commands.wrong_input import WrongInput


@click.group("working-days")
def command() -> None:
    """Count working days as the clocks do: the day of receipt is day 0, weekends and bank holidays do not count."""


@command.command("add")
@click.argument("day")
@click.argument("n", type=click.IntRange(min=0))
@click.option(
    "--nation", type=click.Choice(NATIONS), default=NATIONS[0], show_default=True, help="Whose bank holidays."
)
@click.option("--explain", is_flag=True, help="Print the day-by-day working.")
def add(day: str, n: int, nation: str, explain: bool) -> None:
    """Print the date N working days after DAY (2026-12-22)."""
    calendar = calendar_for(nation)
    try:
        start = date.fromisoformat(day)
        click.echo(_explained(calendar, start, n) if explain else calendar.add(start, n).isoformat())
    except CalendarYearMissing as missing:
        raise WrongInput(str(missing)) from missing
    except ValueError as wrong:
        raise WrongInput(f"{day!r} is not a date: write it as 2026-12-22.") from wrong


def _explained(calendar: Calendar, start: date, n: int) -> str:
    lines = [
        f"{line.date:%a} {line.date.isoformat()}  {'' if line.counted is None else line.counted:>3}  {line.why}"
        for line in calendar.walk(start, n)
    ]
    last = calendar.add(start, n).isoformat()
    return "\n".join([*lines, f"{last} (calendar {calendar.nation}, version {calendar.version})"])
