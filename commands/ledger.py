"""`earshot ledger`: what came in on a day, where each item ended, and whether the sources agree (law 9)."""

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click

from casework.storage import ledger
from casework.storage.ledger import ENDS, Day
from casework.storage.sessions import book

LONDON = ZoneInfo("Europe/London")


@click.command("ledger")
@click.option("--day", "written", metavar="YYYY-MM-DD", help="Which day in London; today unless given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def command(*, written: str | None, as_json: bool) -> None:
    """Say what came in on a day and where it ended; exit 1 if something is not accounted for."""
    now = datetime.now(UTC)
    day = _day(written) if written else now.astimezone(LONDON).date()
    since = datetime.combine(day, time(), LONDON)
    until = datetime.combine(day + timedelta(days=1), time(), LONDON)
    ours = book()
    try:
        with ours.reading() as session:
            found = ledger.of_day(session, since=since, until=until, now=now)
            click.echo(json.dumps(_as_json(day, found), indent=2) if as_json else _as_table(day, found))
    finally:
        ours.close()
    if not found.agrees:
        raise SystemExit(1)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise click.BadParameter(f"{written!r} is not a day: write it as 2026-11-23.", param_hint="--day") from error


def _as_json(day: date, found: Day) -> dict[str, object]:
    return {
        "day": day.isoformat(),
        "channels": {line.channel: {"seen": line.seen, **line.ended} for line in found.lines},
        "late": found.late,
        "sources": [
            {
                "source": row.source,
                "at": row.at.isoformat(),
                "held": row.held,
                "known": row.known,
                "fetched": row.fetched,
                "tidied": row.tidied,
                "astray": row.astray,
                "trouble": row.trouble,
            }
            for row in found.balances
        ],
        "balances": found.agrees,
    }


def _as_table(day: date, found: Day) -> str:
    rows = [(line.channel, line) for line in found.lines] + [("all", found.total)]
    said = [f"{day:%A} {day.day} {day:%B %Y}", f"{'':<10}{'seen':>10}" + "".join(f"{end:>12}" for end in ENDS)]
    said += [f"{name:<10}{line.seen:>10}" + "".join(f"{line.ended[end]:>12}" for end in ENDS) for name, line in rows]
    for row in found.balances:
        said.append(
            row.trouble
            or f"{row.source}: {row.held} there, {row.known} in the book, {row.fetched} collected late, "
            f"{row.tidied} tidied up, {row.astray} astray"
        )
    if found.late:
        said.append(f"{found.late} waited for more than ten minutes and nobody has read them: are the workers running?")
    said.append("It balances." if found.agrees else "It does not balance.")
    return "\n".join(said)
