"""How far two readings of the same messages agree: the written labels, and a second one made blind.

The second reader saw the annotation guide, the text and the door it came by, and nothing else; what it wrote is
`corpus/second_reading.jsonl`, with the labels that the author had given. Where the two differed, the row's `note` in
the split argues which stands.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from classifier.corpus import FOLDER
from classifier.labels import Label

FILE = FOLDER / "second_reading.jsonl"


def kappa(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Cohen's kappa: agreement beyond what chance alone would give; 1 where both always say the same."""
    count = len(first)
    observed = sum(one == two for one, two in zip(first, second, strict=True)) / count
    yes_1, yes_2 = sum(first) / count, sum(second) / count
    by_chance = yes_1 * yes_2 + (1 - yes_1) * (1 - yes_2)
    return 1.0 if by_chance == 1 else round((observed - by_chance) / (1 - by_chance), 4)


def of_labels(names: frozenset[str], file: Path = FILE) -> dict[str, float]:
    """Kappa of each label over the messages called `names`, how many they are, and on how many the readings differ."""
    rows = [row for line in file.read_text(encoding="utf-8").splitlines() if (row := json.loads(line))["id"] in names]
    agreed = {
        label.value: kappa([label in row["first"] for row in rows], [label in row["labels"] for row in rows])
        for label in Label
    }
    differ = sum(set(row["first"]) != set(row["labels"]) for row in rows)
    return {"messages": len(rows), "differ": differ, **agreed}
