"""`earshot policy` lists, shows, lints and follows the policies, for people and for scripts."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from casework.policy.load import POLICIES
from commands.policy import command

KEYS = ["acknowledge_1", "respond_1", "respond_1_extended", "acknowledge_2", "respond_2", "respond_2_extended"]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, arguments)
    return result.exit_code, result.output


def test_the_policies_are_listed() -> None:
    status, printed = run("list")
    assert status == 0
    assert "code-2024" in printed
    listed = json.loads(run("list", "--json")[1])
    assert "code-2024" in {policy["name"] for policy in listed}


def test_a_policy_is_shown_with_the_words_it_rests_on() -> None:
    status, printed = run("show", "code-2024")
    assert status == 0
    assert "6.2" in printed
    assert "“A full response within ten working days of the acknowledgement.”" in printed
    assert "PO Box 1484" in printed
    shown = json.loads(run("show", "code-2024", "--json")[1])
    assert shown["respond_2"]["from"] == "acknowledged_2"
    assert shown["stamp"].startswith("code-2024 ")


def test_the_code_keeps_the_code() -> None:
    assert run("lint", "code-2024") == (0, "code-2024 keeps the Complaint Handling Code 2024.\n")
    assert run("lint", "code-2024", "--json") == (0, "[]\n")


def test_a_breach_ends_in_status_1_and_says_how_to_mend_it(tmp_path: Path) -> None:
    path = tmp_path / "larchmere.toml"
    path.write_text((POLICIES / "code-2024.toml").read_text("utf-8").replace("number = 1", "number = 0"), "utf-8")
    status, printed = run("lint", str(path), "--json")
    assert status == 1
    first = json.loads(printed)[0]
    assert first["clause"] == "5.2"
    assert {"clause", "finding", "words", "mend"} <= set(first)
    status, printed = run("lint", str(path))
    assert status == 1
    assert printed.startswith("5.2 (breaks): “Stage 1” stands before stage 1.")


def test_the_timeline_has_every_due_date_with_its_rule() -> None:
    status, printed = run("timeline", "code-2024", "--received", "2026-12-22T16:40", "--json")
    dates = json.loads(printed)
    assert status == 0
    assert list(dates) == KEYS
    assert dates["acknowledge_1"]["code_due"] == "2026-12-31"
    assert dates["respond_1"]["code_due"] == "2027-01-15"
    assert dates["respond_1"]["assumed"] is True
    assert all({"code_due", "policy_due", "rule"} <= set(line) for line in dates.values())


def test_the_timeline_counts_from_what_really_happened() -> None:
    _, printed = run(
        "timeline", "code-2024", "--received", "2026-12-22T16:40", "--acknowledged", "2026-12-22T17:00",
        "--escalated", "2027-01-20", "--acknowledged-2", "2027-01-21T09:00Z", "--json",
    )  # fmt: skip
    dates = json.loads(printed)
    assert dates["respond_1"]["code_due"] == "2027-01-08"
    assert dates["acknowledge_2"]["code_due"] == "2027-01-27"
    assert dates["respond_2"]["code_due"] == "2027-02-18"
    assert dates["respond_2_extended"]["code_due"] == "2027-03-18"
    assert dates["respond_2"]["assumed"] is False


def test_the_timeline_is_a_table_for_people() -> None:
    status, printed = run("timeline", "code-2024", "--received", "2026-12-22")
    assert status == 0
    assert "acknowledge_1       2026-12-31  2026-12-31" in printed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("show", "code-2042"), "Did you mean 'code-2024'?"),
        (("lint", "nowhere.toml"), "There is no policy file nowhere.toml."),
        (("timeline", "code-2024"), "--received"),
        (("timeline", "code-2024", "--received", "yesterday"), "'yesterday' is not a time"),
        (("timeline", "code-2024", "--received", "2031-01-05"), "2031"),
        (
            ("timeline", "code-2024", "--received", "2026-12-22", "--acknowledged", "2026-12-01"),
            "acknowledged (2026-12-01) cannot come before received (2026-12-22).",
        ),
    ],
)
def test_wrong_input_gives_one_sentence_and_status_2(arguments: tuple[str, ...], sentence: str) -> None:
    status, printed = run(*arguments)
    assert status == 2
    assert sentence in printed
    assert "Traceback" not in printed
