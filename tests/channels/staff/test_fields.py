"""What an officer is told to mend, and that the clock starts when the resident was first heard."""

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import UnreadablePayload
from channels.staff.fields import HOW, payload, problems_with
from channels.staff.inbound import read
from channels.staff.receipt_time import ImpossibleTime, received

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ENTRY_ID = "6f1d2c3b-0000-4000-8000-000000000021"
ENTRY = {
    "how": "phone",
    "taken_by": "priya@larchmere.example",
    "received_at": "2026-11-20T16:40",
    "message": "Boiler out again.",
}


def test_an_entry_without_any_contact_is_fine() -> None:
    assert problems_with(ENTRY, now=NOW) == {}


@pytest.mark.parametrize(
    ("change", "wrong", "words"),
    [
        ({"how": ""}, "how", "Select how the resident told us"),
        ({"how": "pigeon"}, "how", "Select how"),
        ({"taken_by": " "}, "taken_by", "Enter who took the message"),
        ({"message": ""}, "message", "Enter what the resident said"),
        ({"message": "x" * 100_001}, "message", "100,000 characters or less"),
        ({"received_at": ""}, "received_at", "Enter when the resident first told us"),
        ({"received_at": "Friday"}, "received_at", "Enter a real date and time"),
        ({"received_at": "2026-02-30T10:00"}, "received_at", "Enter a real date and time"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "received_at", "Enter a real date and time"),
        ({"received_at": "1926-11-20T10:00"}, "received_at", "Check the year"),
        ({"received_at": "2026-11-22T09:01"}, "received_at", "must be in the past"),
        ({"email": "stan at example"}, "email", "like name@example.com"),
        ({"phone": "12345"}, "phone", "like 07700 900 982"),
    ],
)
def test_a_problem_is_told_at_its_field(change: dict[str, str], wrong: str, words: str) -> None:
    found = problems_with(ENTRY | change, now=NOW)
    assert list(found) == [wrong]
    assert words in found[wrong]
    if wrong in ("how", "taken_by", "received_at"):
        with pytest.raises(UnreadablePayload):
            read(payload(ENTRY_ID, ENTRY | change), received_at=NOW)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-20T16:40", "2026-11-20T16:40+00:00"),
        ("2026-07-10T09:15", "2026-07-10T08:15+00:00"),
        ("2026-07-10 23:59:59", "2026-07-10T22:59:59+00:00"),
        ("2026-07-10", "2026-07-09T23:00+00:00"),
        ("2026-10-25T01:30", "2026-10-25T00:30+00:00"),  # comes twice: the earlier is the safer
        ("2026-03-29T01:30", "2026-03-29T01:30+00:00"),  # never was
        ("2026-11-22T09:00", "2026-11-22T09:00+00:00"),  # this very minute
        ("2026-11-22T10:00+01:00", "2026-11-22T09:00+00:00"),
    ],
)
def test_a_time_without_a_zone_is_londons(written: str, expected: str) -> None:
    found = received(written, now=NOW)
    assert found == datetime.fromisoformat(expected)
    assert found.tzinfo is UTC


@given(st.datetimes(datetime(2000, 1, 2), datetime(2026, 11, 22)))  # noqa: DTZ001  # as an officer types it
def test_what_an_officer_types_reads_back_as_the_same_london_time(typed: datetime) -> None:
    london = ZoneInfo("Europe/London")
    found = received(typed.isoformat(), now=NOW).astimezone(london)
    skipped = found.replace(tzinfo=None) != typed
    assert not skipped or abs(found.replace(tzinfo=None) - typed) == timedelta(hours=1)


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_times(written: str) -> None:
    with contextlib.suppress(ImpossibleTime):
        assert received(written, now=NOW) <= NOW


@given(
    st.fixed_dictionaries(
        {
            "how": st.sampled_from(sorted(HOW)),
            "taken_by": st.just("priya@larchmere.example"),
            "received_at": st.just("2026-11-20T16:40"),
            "message": st.text(max_size=200),
        },
        optional={name: st.text(max_size=60) for name in ("name", "email", "phone", "address", "representative")},
    )
)
def test_an_entry_that_passes_is_always_read(fields: dict[str, str]) -> None:
    message = read(payload(ENTRY_ID, fields), received_at=NOW)
    assert message.received_at == datetime(2026, 11, 20, 16, 40, tzinfo=UTC)
    assert message.details["typed_at"] == NOW.isoformat()
    if not problems_with(fields, now=NOW):
        assert message.kind == "message"
        assert not message.problems
