from collections import Counter
from pathlib import Path

import pytest

from classifier.corpus import FOLDER, CorpusError, heldout, message, read, split_of, training
from classifier.likeness import near_duplicates

FILES = sorted(FOLDER.glob("*.jsonl"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_row_keeps_to_the_annotation_guide(path: Path) -> None:
    assert list(read(path))


def test_every_message_has_a_name_of_its_own() -> None:
    names = Counter(found.id for path in FILES for found in read(path))
    assert [name for name, count in names.items() if count > 1] == []


def test_no_two_messages_are_nearly_the_same() -> None:
    assert near_duplicates([found for path in FILES for found in read(path)]) == []


def test_nobody_wrote_both_for_training_and_for_the_test() -> None:
    assert {found.author for found in training()}.isdisjoint(
        {found.author for found in [*heldout("dev"), *heldout("test")]}
    )


def test_dev_and_test_share_nothing_and_a_message_never_changes_sides() -> None:
    dev, test = {found.id for found in heldout("dev")}, {found.id for found in heldout("test")}
    assert dev
    assert test
    assert dev.isdisjoint(test)
    assert [split_of("C0001"), split_of("C0002"), split_of("C0003")] == [split_of(f"C000{n}") for n in (1, 2, 3)]


def row(**changes: object) -> dict[str, object]:
    base: dict[str, object] = {
        "id": "X1",
        "text": "Hello",
        "channel": "sms",
        "labels": ["comment"],
        "hazards": [],
        "vulnerability": [],
        "wants": [],
        "repeat_contact": False,
        "multiple_households": False,
        "advocate": False,
        "urgent": False,
        "language": "en",
        "voice": "somebody",
        "register": "sms",
        "author": "X",
        "note": "",
    }
    return {**base, **changes}


@pytest.mark.parametrize(
    "wrong",
    [{"labels": []}, {"labels": ["moan"]}, {"hazards": ["dragons"]}, {"register": "telegram"}, {"colour": "red"}],
)
def test_a_row_that_breaks_the_guide_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        message(row(**wrong))


def test_the_refusal_names_file_and_line(tmp_path: Path) -> None:
    broken = tmp_path / "train_x.jsonl"
    broken.write_text('{"id": "X1"}\n', encoding="utf-8")
    with pytest.raises(CorpusError, match=r"train_x\.jsonl, line 1"):
        list(read(broken))
