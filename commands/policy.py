"""`earshot policy`: the landlords' policies, what the Code says of them, and the due dates they give."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from casework.calendar import CalendarYearMissing, calendar_for
from casework.clocks import FactMissing, timeline
from casework.policy.code import TERM_NAMES
from casework.policy.lint import Finding, lint
from casework.policy.load import PolicyError, load, names
from casework.policy.policy import Policy, Term
from commands.wrong_input import WrongInput

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("policy")
def command() -> None:
    """The landlords' policies. NAME is one that ships with Earshot or the path of your own TOML file."""


@command.command("list")
@_as_json
def list_policies(as_json: bool) -> None:
    """List the policies that ship with Earshot."""
    policies = [load(name) for name in names()]
    if as_json:
        keys = ("name", "version", "title", "landlord", "nation", "code_version")
        click.echo(json.dumps([{key: getattr(policy, key) for key in keys} for policy in policies], indent=2))
        return
    for policy in policies:
        click.echo(f"{policy.name:<12}  {policy.version:<12}  {policy.title}")


@command.command()
@click.argument("name")
@_as_json
def show(name: str, as_json: bool) -> None:
    """Show a policy: its time limits, and the words of the landlord that each rests on."""
    policy = _load(name)
    if as_json:
        whole = policy.model_dump(mode="json", by_alias=True, exclude_none=True)
        click.echo(json.dumps(whole | {"stamp": policy.stamp}, indent=2, ensure_ascii=False))
        return
    click.echo(f"{policy.title}\n{policy.landlord}, {policy.nation}, Code of {policy.code_version}, {policy.stamp}\n")
    for term in TERM_NAMES:
        click.echo(f"{term:<14} {policy.term(term).clause:<5} {_in_words(policy.term(term))}")
    contact = policy.ombudsman_on(_today(policy))
    click.echo("\n" + "\n".join([*contact.lines, *([contact.note] if contact.note else [])]))


@command.command("lint")
@click.argument("name")
@_as_json
@click.pass_context
def lint_policy(context: click.Context, name: str, as_json: bool) -> None:
    """Compare a policy with the Code, clause by clause; exit status 1 if it breaks it."""
    policy = _load(name)
    findings = lint(policy, _today(policy))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False))
    else:
        click.echo("\n\n".join(map(_finding_in_words, findings)) or f"{policy.name} keeps the {policy.code.title}.")
    context.exit(1 if any(finding.breaks for finding in findings) else 0)


@command.command("timeline")
@click.argument("name")
@click.option("--received", required=True, help="When the landlord or any of its staff got it: 2026-12-22T16:40.")
@click.option("--acknowledged", help="When stage 1 was acknowledged; assumed on its due date if not given.")
@click.option("--escalated", help="When the resident asked for stage 2.")
@click.option("--acknowledged-2", help="When stage 2 was acknowledged; assumed on its due date if not given.")
@_as_json
def show_timeline(
    name: str,
    received: str,
    acknowledged: str | None,
    escalated: str | None,
    acknowledged_2: str | None,
    as_json: bool,
) -> None:
    """Every due date of a case under a policy, with its rule and working. Times without a zone are the landlord's."""
    policy = _load(name)
    given = (received, acknowledged, escalated, acknowledged_2)
    moments = [_moment(text, policy) if text is not None else None for text in given]
    try:
        dates = timeline(policy, calendar_for(policy.nation), *moments)  # type: ignore[arg-type]
    except (CalendarYearMissing, FactMissing, ValueError) as wrong:
        raise WrongInput(str(wrong)) from wrong
    click.echo(json.dumps(dates, indent=2, ensure_ascii=False) if as_json else _table(dates))


def _load(name: str) -> Policy:
    try:
        return load(name)
    except PolicyError as wrong:
        raise WrongInput(str(wrong)) from wrong


def _moment(text: str, policy: Policy) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise WrongInput(f"{text!r} is not a time: write it as 2026-12-22T16:40.") from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(policy.timezone))


def _today(policy: Policy) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(policy.timezone)).date()


def _in_words(term: Term) -> str:
    if not term.stated:
        return "unstated: the Code's figure applies"
    unit = "" if term.unit == "unstated" else f"{term.unit} "
    start = f" from {term.counted_from}" if term.counted_from else ""
    return f"{term.days} {unit}days{start}: “{term.words}” ({term.heading})"


def _finding_in_words(finding: Finding) -> str:
    words = f"\n  “{finding.words}”" if finding.words else ""
    kind = "breaks" if finding.breaks else "unclear"
    return f"{finding.clause} ({kind}): {finding.finding}{words}\n  {finding.mend}"


def _table(dates: dict[str, dict[str, Any]]) -> str:
    return "\n".join(
        f"{kind:<19} {line['code_due'] or '-':<11} {line['policy_due'] or '-':<11} {line['rule']}"
        for kind, line in [("", {"code_due": "Code", "policy_due": "landlord", "rule": "rule"}), *dates.items()]
    )
