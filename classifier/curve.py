"""How far more texts still help: `python -m classifier.curve` trains on growing shares of the corpus.

Each share is measured on the test split, whose authors wrote for nothing else. Writes `metrics/learning_curve.json`
and a figure.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from classifier.corpus import FOLDER, Message, corpus_of, heldout, training
from classifier.measures import of_messages
from classifier.pipeline import load
from classifier.train import train

INTO = Path(__file__).parent / "metrics" / "learning_curve.json"
SHARES = (0.125, 0.25, 0.5, 1.0)
WIDTH, HEIGHT, EDGE = 480, 300, 48


def measured(share: float) -> dict[str, float]:
    """What a model makes of the test split that has learnt from this share of the training texts."""
    chosen = [found for found in training() if _place(found) < share]
    ids = {found.id for found in chosen}
    with tempfile.TemporaryDirectory() as workshop:
        folder = Path(workshop)
        for path in FOLDER.glob("dev_*.jsonl"):
            (folder / path.name).write_bytes(path.read_bytes())
        for path in FOLDER.glob("train_*.jsonl"):
            rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = [row for row in rows if row.strip() and json.loads(row)["id"] in ids]
            (folder / path.name).write_text("".join(kept), encoding="utf-8")
        with corpus_of(folder=folder):
            train(folder / "model")
        reader = load(folder / "model")
    messages = [found for found in heldout("test") if found.language == "en"]
    figures = of_messages(messages, reader.assess_many([found.text for found in messages]))
    return {"texts": len(chosen), **figures}


def _place(found: Message) -> float:
    """Where a message stands between 0 and 1: so that a larger share holds all of a smaller one."""
    return int.from_bytes(sha256(found.id.encode()).digest()[:4], "big") / 2**32


def as_svg(points: Sequence[dict[str, Any]]) -> str:
    """A line of macro-F1 over the number of texts, with its figures in words."""
    most = max(point["texts"] for point in points)
    spots = [
        (
            EDGE + point["texts"] / most * (WIDTH - 2 * EDGE),
            HEIGHT - EDGE - (point["macro_f1"] - 0.6) / 0.4 * (HEIGHT - 2 * EDGE),
            point,
        )
        for point in points
    ]
    line = " ".join(f"{x:.0f},{y:.0f}" for x, y, _ in spots)
    marks = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4"/><text x="{x:.0f}" y="{y - 10:.0f}" text-anchor="middle">'
        f'{point["macro_f1"]:.3f}</text><text x="{x:.0f}" y="{HEIGHT - EDGE + 18}" text-anchor="middle">'
        f"{point['texts']}</text>"
        for x, y, point in spots
    )
    said = "; ".join(f"{point['texts']} texts: {point['macro_f1']:.3f}" for point in points)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>Macro-F1 on unseen voices by number of training texts. '
        f'{said}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
        f'<polyline points="{line}" fill="none" stroke="#1d70b8" stroke-width="2"/>{marks}'
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">texts learnt from</text>'
        f'<text x="14" y="{HEIGHT / 2:.0f}" text-anchor="middle" transform="rotate(-90 14 {HEIGHT / 2:.0f})">'
        f"macro-F1 on the test split</text></svg>\n"
    )


if __name__ == "__main__":
    curve = [measured(share) for share in SHARES]
    INTO.write_text(json.dumps(curve, indent=1) + "\n", encoding="utf-8")
    INTO.with_suffix(".svg").write_text(as_svg(curve), encoding="utf-8")
    for at in curve:
        sys.stdout.write(f"{at['texts']:>6} texts   macro-F1 {at['macro_f1']:.4f}   reviewed {at['review_rate']:.4f}\n")
