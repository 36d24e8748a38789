"""The linter finds where a landlord's policy parts from the Code, and finds nothing where it does not."""

from datetime import date
from pathlib import Path

import pytest

from casework.policy.lint import Finding, lint
from casework.policy.load import POLICIES, load

SHIPPED = (POLICIES / "code-2024.toml").read_text("utf-8")
TODAY = date(2026, 11, 22)


def findings(folder: Path, old: str = "", new: str = "", more: str = "") -> tuple[Finding, ...]:
    assert old in SHIPPED
    path = folder / "larchmere.toml"
    path.write_text(SHIPPED.replace(old, new, 1) + more, "utf-8")
    return lint(load(str(path)), TODAY)


def test_the_code_keeps_the_code() -> None:
    assert lint(load("code-2024"), TODAY) == ()


@pytest.mark.parametrize(
    ("old", "new", "clause"),
    [
        ("number = 1", "number = 0", "5.2"),
        ('days = 5\nunit = "working"\nfrom = "received"', 'days = 6\nunit = "working"\nfrom = "received"', "6.2"),
        ('days = 5\nunit = "working"\nfrom = "received"', 'days = 5\nunit = "working"\nfrom = "acknowledged"', "6.2"),
        ('days = 5\nunit = "working"\nfrom = "received"', 'days = 6\nunit = "calendar"\nfrom = "received"', "6.2"),
        ('days = 10\nunit = "working"\nfrom = "acknowledged"', 'days = 15\nunit = "working"\nfrom = "received"', "6.3"),
        ('clause = "6.4"\nstate = "stated"\ndays = 10', 'clause = "6.4"\nstate = "stated"\ndays = 20', "6.4"),
        ('clause = "6.11"\nstate = "stated"\ndays = 5', 'clause = "6.11"\nstate = "stated"\ndays = 10', "6.11"),
        ('clause = "6.14"\nstate = "stated"\ndays = 20', 'clause = "6.14"\nstate = "stated"\ndays = 25', "6.14"),
        ('clause = "6.15"\nstate = "stated"\ndays = 20', 'clause = "6.15"\nstate = "stated"\ndays = 30', "6.15"),
        ("reasons_required = false", "reasons_required = true", "6.12"),
        ("The second stage is", "Ask a designated person after eight weeks. The second stage is", "3.7"),
    ],
)
def test_each_breach_is_found_by_its_clause(tmp_path: Path, old: str, new: str, clause: str) -> None:
    found = findings(tmp_path, old, new)
    assert clause in {finding.clause for finding in found if finding.breaks}
    assert all(finding.finding and finding.mend for finding in found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('days = 5\nunit = "working"\nfrom = "received"', 'days = 3\nunit = "working"\nfrom = "received"'),
        ('days = 5\nunit = "working"\nfrom = "received"', 'days = 5\nunit = "calendar"\nfrom = "received"'),
        ('days = 20\nunit = "working"\nfrom = "acknowledged_2"', 'days = 20\nunit = "working"\nfrom = "escalated"'),
        ('days = 20\nunit = "working"\nfrom = "acknowledged_2"', 'days = 26\nunit = "calendar"\nfrom = "escalated"'),
    ],
)
def test_a_stricter_promise_is_no_breach(tmp_path: Path, old: str, new: str) -> None:
    assert findings(tmp_path, old, new) == ()


def test_a_third_stage_is_found(tmp_path: Path) -> None:
    third = (
        '\n[[stages]]\nnumber = 3\nname = "Board review"\nheading = "Appendix 1"\nwords = "The board looks again."\n'
    )
    found = findings(tmp_path, more=third)
    assert [(finding.clause, finding.breaks) for finding in found] == [("5.3", True)]
    assert "Board review" in found[0].finding


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('days = 5\nunit = "working"\nfrom = "received"', 'days = 5\nfrom = "received"', "working days"),
        ('days = 5\nunit = "working"\nfrom = "received"', 'days = 5\nunit = "working"', "from when"),
        (
            'state = "stated"\ndays = 5\nunit = "working"\nfrom = "received"',
            'state = "unstated"',
            "does not say by when",
        ),
    ],
)
def test_silence_is_told_but_breaks_nothing(tmp_path: Path, old: str, new: str, said: str) -> None:
    (found,) = findings(tmp_path, old, new)
    assert found.clause == "6.2"
    assert said in found.finding
    assert not found.breaks


def test_an_old_address_of_the_ombudsman_is_found(tmp_path: Path) -> None:
    printed = """
[ombudsman_printed]
post = "PO Box 152, Liverpool L33 7WQ"
phone = "0300 111 3000"
email = "info@housing-ombudsman.org.uk"
heading = "How to reach the Ombudsman"
words = "PO Box 152, Liverpool L33 7WQ"
"""
    found = findings(tmp_path, more=printed)
    assert {finding.clause for finding in found} == {"3.7"}
    assert len(found) == 2
    assert "Preston" in found[0].mend
    assert "no new cases by e-mail" in found[1].mend
