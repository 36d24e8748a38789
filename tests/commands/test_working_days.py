"""`earshot working-days` prints the date, or one sentence that says what is wrong."""

import pytest
from click.testing import CliRunner

from commands.working_days import command


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, arguments)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (("2026-12-22", "5"), "2026-12-31"),
        (("2026-12-24", "5", "--nation", "scotland"), "2027-01-06"),
        (("2026-07-10", "5", "--nation", "northern-ireland"), "2026-07-20"),
        (("2026-12-26", "0"), "2026-12-26"),
    ],
)
def test_the_date_is_printed(arguments: tuple[str, ...], printed: str) -> None:
    assert run("add", *arguments) == (0, printed + "\n")


def test_the_working_is_explained_day_by_day() -> None:
    status, printed = run("add", "2026-12-22", "5", "--explain")
    lines = printed.splitlines()
    assert status == 0
    assert len(lines) == 11
    assert lines[3].split() == ["Fri", "2026-12-25", "bank", "holiday:", "Christmas", "Day"]
    assert lines[-1].startswith("2026-12-31 (calendar england-and-wales, version 2019-")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("2026-13-22", "5"), "'2026-13-22' is not a date: write it as 2026-12-22."),
        (("Christmas", "5"), "is not a date"),
        (("2030-12-30", "5"), "bank holidays of england-and-wales for 2031"),
        (("2026-12-22", "5", "--nation", "cornwall"), "cornwall"),
        (("2026-12-22", "-5"), "-5"),
        (("2026-12-22", "five"), "five"),
    ],
)
def test_wrong_input_gives_one_sentence_and_status_2(arguments: tuple[str, ...], sentence: str) -> None:
    status, printed = run("add", *arguments)
    assert status == 2
    assert sentence in printed
    assert "Traceback" not in printed
