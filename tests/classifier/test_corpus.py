import json
from collections import Counter
from pathlib import Path

import pytest

from classifier import agreement
from classifier.augment import varied
from classifier.corpus import FOLDER, VARIETIES, CorpusError, heldout, message, read, training
from classifier.labels import Hazard, Label, Vulnerability, Want
from classifier.likeness import near_duplicates

SPLITS = ("train", "dev", "test")
FILES = sorted(path for split in SPLITS for path in FOLDER.glob(f"{split}_*.jsonl"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_row_keeps_to_the_annotation_guide(path: Path) -> None:
    assert list(read(path))


def test_every_message_has_a_name_of_its_own() -> None:
    names = Counter(found.id for path in FILES for found in read(path))
    assert [name for name, count in names.items() if count > 1] == []


def test_no_two_messages_are_nearly_the_same() -> None:
    assert near_duplicates([found for path in FILES for found in read(path)]) == []


def test_nobody_wrote_for_two_of_training_dev_and_test() -> None:
    train, dev, test = ({found.author for found in rows} for rows in (training(), heldout("dev"), heldout("test")))
    assert train.isdisjoint(dev)
    assert train.isdisjoint(test)
    assert dev.isdisjoint(test)


def test_there_are_more_than_sixteen_thousand_texts_to_learn_from_and_fifteen_hundred_to_be_counted_on() -> None:
    assert len(training()) > 16_000
    assert len(heldout("dev")) > 1_300
    assert len(heldout("test")) > 1_500
    assert len({found.voice for found in training()}) > 12_000


@pytest.mark.parametrize("mark", [*Label, *Hazard, *Vulnerability, *Want], ids=str)
def test_every_mark_can_be_learnt_and_is_counted(mark: str) -> None:
    assert sum(found.says(mark) for found in training()) >= 50
    assert sum(found.says(mark) for found in heldout("test")) >= 2


@pytest.mark.parametrize("variety", sorted(VARIETIES))
def test_every_variety_of_english_is_learnt(variety: str) -> None:
    assert sum(found.variety == variety for found in training()) >= 50


def test_a_second_blind_reading_of_the_whole_test_split_agrees() -> None:
    names = frozenset(found.id for found in heldout("test"))
    agreed = agreement.of_labels(names)
    assert agreed["messages"] == len(names)
    assert min(agreed[label] for label in Label) >= 0.9


def test_where_the_two_readings_differ_the_row_argues_which_stands() -> None:
    differ = [
        row["id"]
        for line in agreement.FILE.read_text(encoding="utf-8").splitlines()
        if set((row := json.loads(line))["first"]) != set(row["labels"])
    ]
    noted = {found.id for split in ("dev", "test") for found in heldout(split) if found.note}
    assert differ
    assert set(differ) <= noted


def test_kappa_is_one_for_perfect_and_nought_for_chance_agreement() -> None:
    assert agreement.kappa([True, False, True], [True, False, True]) == 1
    assert agreement.kappa([True, True, False, False], [True, False, True, False]) == 0
    assert agreement.kappa([False, False], [False, False]) == 1


def test_variants_are_the_same_every_time() -> None:
    text = "The lift is out again. I told you on Monday, and on Tuesday! My mum is 84 and cannot use the stairs."
    assert varied(text, "A1", 3) == varied(text, "A1", 3)
    assert text not in varied(text, "A1", 3)


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
        "variety": "standard",
        "voice": "somebody",
        "register": "sms",
        "author": "X",
        "note": "",
    }
    return {**base, **changes}


@pytest.mark.parametrize(
    "wrong",
    [
        *({"labels": []}, {"labels": ["moan"]}, {"labels": ["comment", "complaint"]}, {"hazards": ["dragons"]}),
        *({"register": "telegram"}, {"variety": "klingon"}, {"colour": "red"}),
    ],
)
def test_a_row_that_breaks_the_guide_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        message(row(**wrong))


def test_the_refusal_names_file_and_line(tmp_path: Path) -> None:
    broken = tmp_path / "train_x.jsonl"
    broken.write_text('{"id": "X1"}\n', encoding="utf-8")
    with pytest.raises(CorpusError, match=r"train_x\.jsonl, line 1"):
        list(read(broken))
