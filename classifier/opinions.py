"""What a larger reader thinks of the training texts and of pieces of them: the small reader learns from its doubts too.

A sentence encoder of 22 million numbers, taught on the train split alone by `scripts/teach.py`, is too slow to read
residents' messages at our pace, but what it says of the training texts is kept in `corpus/opinions.npz`.
"""

from hashlib import blake2b
from pathlib import Path

import numpy as np

from classifier.labels import HEADS


class Opinions:
    """Looked up by text; without a file there are none, and training goes by the written labels alone."""

    def __init__(self, file: Path | None = None) -> None:
        self._rows: dict[int, int] = {}
        if file is not None and file.exists():
            with np.load(file) as kept:
                self._rows = {int(key): row for row, key in enumerate(kept["texts"])}
                self._chances = kept["chances"]

    def of(self, text: str) -> dict[str, float] | None:
        row = self._rows.get(key(text))
        return None if row is None else dict(zip(HEADS, (self._chances[row] / 255).tolist(), strict=True))

    def mixed(self, text: str, known: dict[str, float], trust: float) -> dict[str, float]:
        said = self.of(text)
        return {head: (1 - trust) * known[head] + trust * said[head] for head in HEADS} if said else known


def key(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little")
