"""Policies are read whole or not at all, and a mistake in one is told so that it can be mended."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from casework.policy.code import TERM_NAMES, code
from casework.policy.load import POLICIES, PolicyError, load, names
from casework.policy.ombudsman import ombudsman_versions

SHIPPED = (POLICIES / "code-2024.toml").read_text("utf-8")


def written(folder: Path, text: str) -> str:
    path = folder / "larchmere.toml"
    path.write_text(text, "utf-8")
    return str(path)


def test_the_default_policy_gives_the_figures_of_the_code() -> None:
    policy = load("code-2024")
    figures = {name: (policy.term(name).days, policy.term(name).counted_from) for name in TERM_NAMES}
    assert figures == {
        "acknowledge_1": (5, "received"),
        "respond_1": (10, "acknowledged"),
        "extend_1": (10, "due"),
        "acknowledge_2": (5, "escalated"),
        "respond_2": (20, "acknowledged_2"),
        "extend_2": (20, "due"),
    }
    assert {name: policy.term(name).clause for name in TERM_NAMES} == {
        name: code("2024").limit(name).clause for name in TERM_NAMES
    }
    assert (policy.failsafe_hour, policy.staff_warnings_from_day, policy.timezone) == (14, 3, "Europe/London")


@pytest.mark.parametrize("name", names())
def test_every_shipped_policy_reads_and_is_named_as_its_file(name: str) -> None:
    policy = load(name)
    assert policy.name == name
    assert load(name) is policy
    for term in TERM_NAMES:
        if policy.term(term).stated:
            assert policy.term(term).heading
            assert policy.term(term).words


def test_a_policy_can_be_a_file_of_ones_own_and_is_read_anew_when_it_changes(tmp_path: Path) -> None:
    path = written(tmp_path, SHIPPED.replace('landlord = "Your landlord"', 'landlord = "Larchmere Homes"'))
    first = load(path)
    assert first.landlord == "Larchmere Homes"
    written(tmp_path, SHIPPED.replace("failsafe_hour = 14", "failsafe_hour = 12") + "\n# renewed\n")
    assert load(path).failsafe_hour == 12


def test_the_stamp_changes_with_the_content_and_not_with_a_comment(tmp_path: Path) -> None:
    stamp = load("code-2024").stamp
    assert load(written(tmp_path, SHIPPED + "\n# a comment\n")).stamp == stamp
    assert load(written(tmp_path, SHIPPED.replace("failsafe_hour = 14", "failsafe_hour = 13"))).stamp != stamp


def test_a_policy_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load("code-2024").failsafe_hour = 3


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "[acknowledge_1]",
            "[acknowlege_1]",
            "larchmere.toml: 'acknowlege_1' is not a key.*Did you mean 'acknowledge_1'",
        ),
        ("failsafe_hour = 14", "failsafe_hours = 14", "Did you mean 'failsafe_hour'"),
        ("failsafe_hour = 14", "failsafe_hour = 25", "larchmere.toml: 'failsafe_hour'"),
        ("failsafe_hour = 14", 'failsafe_hour = "two"', "larchmere.toml: 'failsafe_hour'"),
        ('unit = "working"', 'unit = "business"', "'acknowledge_1.unit'"),
        ('from = "received"', 'form = "received"', "'acknowledge_1.form' is not a key.*Did you mean 'from'"),
        ("days = 10\n", "days = -10\n", "'respond_1.days'"),
        ('state = "stated"\ndays = 5\n', 'state = "stated"\n', "a stated term needs its days"),
        ('state = "stated"', 'state = "unstated"', "an unstated term has no days"),
        ('clause = "6.2"', 'clause = "6.20"', "acknowledge_1 answers clause 6.2 of the Code, not 6.20"),
        (
            'nation = "england-and-wales"',
            'nation = "england"',
            "no calendar for 'england'; there are: england-and-wales",
        ),
        ('code_version = "2024"', 'code_version = "2023"', "no edition '2023' of the Code"),
        ('ombudsman = "housing-ombudsman"', 'ombudsman = "ofcom"', "no Ombudsman called 'ofcom'"),
        ("gas = ", "gasses = ", "at least 'general' and 'gas'"),
        ('landlord = "Your landlord"', "", "'landlord' is missing"),
        ("number = 1", "nr = 1", "'stages.0.nr' is not a key.*There are: number, name"),
        ('name = "code-2024"', "name = ", "larchmere.toml is not TOML"),
    ],
)
def test_a_mistake_is_told_with_file_key_and_nearest_name(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in SHIPPED
    with pytest.raises(PolicyError, match=sentence):
        load(written(tmp_path, SHIPPED.replace(old, new, 1)))


def test_a_missing_policy_is_told_with_the_nearest_name() -> None:
    with pytest.raises(PolicyError, match="Did you mean 'code-2024'"):
        load("code2024")
    with pytest.raises(PolicyError, match=r"There are: .*code-2024"):
        load("zzz")
    with pytest.raises(PolicyError, match=r"no policy file .*nowhere\.toml"):
        load("nowhere.toml")


def test_a_policy_name_cannot_reach_other_files(tmp_path: Path) -> None:
    with pytest.raises(PolicyError):
        load("../codes/2024")
    with pytest.raises(PolicyError):
        load("")


def test_the_ombudsmans_details_hold_from_a_day() -> None:
    policy = load("code-2024")
    newest = policy.ombudsman
    assert newest.web == "https://www.housing-ombudsman.org.uk/residents/make-a-complaint/"
    assert newest.phone == "0300 111 3000"
    assert newest.post.endswith("PO Box 1484, Unit D, Preston PR2 0ET")
    assert newest.email == ""
    assert policy.ombudsman_on(date(2026, 1, 13)) == newest
    assert policy.ombudsman_on(date(2026, 1, 12)).email
    assert policy.ombudsman_on(date(2019, 1, 1)) == ombudsman_versions("housing-ombudsman")[0]
    assert not any("E-mail" in line for line in newest.lines)


def test_the_emergency_line_names_the_gas_emergency_service() -> None:
    policy = load("code-2024")
    assert "National Gas Emergency Service now on 0800 111 999" in policy.emergency_line
    assert policy.emergency_line_for("gas") in policy.emergency_line
    assert policy.emergency_line_for("security") == policy.emergency["general"]
