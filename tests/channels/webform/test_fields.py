"""What a resident is told to mend, and that nothing which passes is refused later."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.message import Attachment
from channels.webform.fields import FIELDS, PREFERS, payload, problems_with
from channels.webform.inbound import read

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FORM_ID = "6f1d2c3b-0000-4000-8000-000000000001"


def file(name: str = "mould.jpg", size: int = 4) -> Attachment:
    return Attachment(name, "image/jpeg", b"x" * size)


def test_a_message_alone_is_enough() -> None:
    assert problems_with({"message": "The lift is broken"}) == {}


@pytest.mark.parametrize(
    ("fields", "wrong", "words"),
    [
        ({}, "message", "Tell us what happened"),
        ({"message": " \n "}, "message", "Tell us what happened"),
        ({"message": "x" * 100_001}, "message", "100,000 characters or less. It has 100,001"),
        ({"message": "x", "email": "stan at example"}, "email", "like name@example.com"),
        ({"message": "x", "phone": "12345"}, "phone", "like 07700 900 982"),
        ({"message": "x", "prefers": "email"}, "email", "asked us to answer by email"),
        ({"message": "x", "prefers": "text"}, "phone", "asked us to answer by phone or text"),
        ({"message": "x", "prefers": "post"}, "prefers", "asked us to answer by post"),
        ({"message": "x", "prefers": "owl"}, "prefers", "Select how you would like us to answer"),
        ({"message": "x", "name": "n" * 201}, "name", "200 characters or less"),
    ],
)
def test_a_problem_is_told_at_its_field(fields: dict[str, str], wrong: str, words: str) -> None:
    found = problems_with(fields)
    assert list(found) == [wrong]
    assert words in found[wrong]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([file()] * 11, "You can only attach 10 files. You have chosen 11"),
        ([file("setup.exe")], "‘setup.exe’ must be a photo"),
        ([file("photo.jpg.scr")], "‘photo.jpg.scr’ must be a photo"),
        ([file("no ending")], "must be a photo"),
        ([file("../../etc/passwd")], "‘passwd’ must be a photo"),
        ([file(size=10 * 1024 * 1024 + 1)], "must be smaller than 10MB"),
        ([file(size=0)], "is empty"),
    ],
)
def test_files_have_limits(files: list[Attachment], words: str) -> None:
    assert words in problems_with({"message": "x"}, files)["files"]


def test_ten_files_of_ten_megabytes_pass() -> None:
    assert problems_with({"message": "x"}, [file("MOULD.JPG", 10 * 1024 * 1024)] * 10) == {}


def test_files_travel_unharmed() -> None:
    sent = Attachment("mould.jpg", "image/jpeg", bytes(range(256)))
    message = read(payload(FORM_ID, {"message": "x"}, [sent]), received_at=NOW)
    assert message.attachments == (sent,)


@given(
    st.fixed_dictionaries(
        {"message": st.text(min_size=1, max_size=200)},
        optional={name: st.text(max_size=60) for name in FIELDS if name not in ("message", "prefers")}
        | {"prefers": st.sampled_from(PREFERS)},
    )
)
def test_a_form_that_passes_is_always_read(fields: dict[str, str]) -> None:
    message = read(payload(FORM_ID, fields), received_at=NOW)
    assert message.external_id == FORM_ID
    if not problems_with(fields):
        assert message.kind == "message"
        assert not message.problems
