"""`python -m commands.refresh_bank_holidays`: writes our bank holidays anew, from the `holidays` library.

For whoever maintains Earshot: the library is a development dependency.
"""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from casework.calendar import BANK_HOLIDAYS, NATIONS

FIRST_YEAR, LAST_YEAR = 2019, 2030

# England and Wales keep the same days; the library files them apart.
_SUBDIVISIONS = {"england-and-wales": ("ENG", "WLS"), "scotland": ("SCT",), "northern-ireland": ("NIR",)}
_OBSERVED = " (observed)"

# The library's names, as GOV.UK prints them.
_TITLES = {
    "Battle of the Boyne": "Battle of the Boyne (Orangemen’s Day)",
    "Coronation of Charles III": "Bank holiday for the coronation of King Charles III",
    "Late Summer Bank Holiday": "Summer bank holiday",
    "May Day": "Early May bank holiday",
    "New Year Holiday": "2nd January",
    "New Year's Day": "New Year’s Day",
    "Platinum Jubilee of Elizabeth II": "Platinum Jubilee bank holiday",
    "Saint Andrew's Day": "St Andrew’s Day",
    "Saint Patrick's Day": "St Patrick’s Day",
    "Spring Bank Holiday": "Spring bank holiday",
    "State Funeral of Queen Elizabeth II": "Bank Holiday for the State Funeral of Queen Elizabeth II",
    "Summer Bank Holiday": "Summer bank holiday",
}


@click.command("refresh-bank-holidays")
@click.option("--from", "first", default=FIRST_YEAR, show_default=True, help="First whole year to write.")
@click.option("--to", "last", default=LAST_YEAR, show_default=True, help="Last whole year to write.")
@click.option("--out", type=click.Path(path_type=Path), default=BANK_HOLIDAYS, help="Where to write it.")
@click.option("--against", type=click.Path(path_type=Path, exists=True), help="GOV.UK's bank-holidays.json to check.")
def command(first: int, last: int, out: Path, against: Path | None) -> None:
    """Renew our copy of the bank holidays, and check it against GOV.UK's published list if you have it at hand."""
    published = publish(first, last)
    if against:
        differences = compare(published, json.loads(against.read_text("utf-8")))
        if differences:
            raise click.ClickException("Not written, GOV.UK differs: " + "; ".join(differences))
    out.write_text(json.dumps(published, indent=2, ensure_ascii=False) + "\n", "utf-8")
    click.echo(f"Wrote {out.name}, version {published['version']}.")


def publish(first: int, last: int) -> dict[str, Any]:
    """The bank holidays of whole years in GOV.UK's shape, with a version that changes only when a day does."""
    divisions = {nation: {"division": nation, "events": _events(nation, first, last)} for nation in NATIONS}
    digest = hashlib.sha256(json.dumps(divisions, sort_keys=True).encode()).hexdigest()[:8]
    return {"version": f"{first}-{last}/{digest}", "years": [first, last], **divisions}


def compare(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Where GOV.UK's list differs from ours in the years that both cover, one sentence a day."""
    found = []
    for nation in NATIONS:
        published = {event["date"] for event in theirs[nation]["events"]}
        years = {day[:4] for day in published} & {str(y) for y in range(ours["years"][0], ours["years"][1] + 1)}
        mine = {event["date"] for event in ours[nation]["events"] if event["date"][:4] in years}
        published = {day for day in published if day[:4] in years}
        found += [f"{nation} {day} is missing here" for day in sorted(published - mine)]
        found += [f"{nation} {day} is not on GOV.UK" for day in sorted(mine - published)]
    return found


def _events(nation: str, first: int, last: int) -> list[dict[str, Any]]:
    lists = [_weekday_holidays(subdivision, first, last) for subdivision in _SUBDIVISIONS[nation]]
    if any(other != lists[0] for other in lists):
        raise click.ClickException("England and Wales differ in the `holidays` library: look before you publish.")
    return [_event(day, names) for day, names in sorted(lists[0].items())]


def _event(day: date, names: str) -> dict[str, Any]:
    """One day in GOV.UK's shape; where two holidays fall together, the first one names it."""
    name = names.split("; ")[0]
    title = name.removesuffix(_OBSERVED)
    substitute = name.endswith(_OBSERVED)
    return {
        "title": _TITLES.get(title, title),
        "date": day.isoformat(),
        "notes": "Substitute day" if substitute else "",
        "bunting": False,
    }


def _weekday_holidays(subdivision: str, first: int, last: int) -> dict[date, str]:
    try:
        import holidays
    except ImportError as missing:
        raise click.ClickException("This needs the development dependencies: pip install -e '.[dev]'.") from missing
    found = holidays.country_holidays("GB", subdiv=subdivision, years=range(first, last + 1))
    return {day: title for day, title in found.items() if first <= day.year <= last and day.weekday() < 5}


if __name__ == "__main__":
    command()
