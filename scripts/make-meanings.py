"""Makes `classifier/meanings.npz`: what each word means, from a sentence encoder in a folder on this machine.

    python scripts/make-meanings.py FOLDER

FOLDER holds all-MiniLM-L6-v2 (Apache-2.0; see classifier/corpus/README.md). Needs torch and transformers,
which Earshot itself does not: this is run once, and its result is committed.
"""

import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

sys.path.insert(0, str(Path(__file__).parent.parent))

from classifier.corpus import training
from classifier.meanings import FILE, NUMBERS

DEPTH = 128
WORD = re.compile(r"[a-z][a-z']*")
TOKEN = re.compile(r"[a-z][a-z']*|[^\w\s]+")


def main(folder: str) -> None:
    tokenizer, encoder = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    ours = Counter(word for found in training() for word in TOKEN.findall(found.text.lower().replace("’", "'")))
    words = sorted(
        {word for word in tokenizer.get_vocab() if WORD.fullmatch(word)} | {w for w, n in ours.items() if n > 1}
    )
    read = []
    with torch.no_grad():
        for start in range(0, len(words), 256):
            batch = tokenizer(words[start : start + 256], padding=True, return_tensors="pt")
            inner = batch["attention_mask"].clone()
            inner[:, 0] = 0  # without the marks of beginning and end
            inner[torch.arange(len(inner)), batch["attention_mask"].sum(1) - 1] = 0
            weight = inner[..., None].float()
            hidden = encoder(**batch).last_hidden_state
            read.append(((hidden * weight).sum(1) / weight.sum(1).clamp(min=1)).numpy())
    rows = squeezed(np.concatenate(read))
    empty = np.zeros((2 + len(NUMBERS), DEPTH), dtype=np.float32)
    empty[2:] = np.random.default_rng(0).normal(size=(len(NUMBERS), DEPTH)) * rows.std()
    everything = np.concatenate([empty, rows])
    scale = float(np.abs(everything).max() / 127)
    np.savez_compressed(
        FILE,
        words=np.frombuffer("\n".join(["", "#unknown", *NUMBERS.values(), *words]).encode("utf-8"), dtype=np.uint8),
        meanings=np.round(everything / scale).astype(np.int8),
        scale=np.float32(scale),
    )
    sys.stdout.write(f"{len(words)} words, {FILE.stat().st_size:,} bytes\n")


def squeezed(rows: np.ndarray) -> np.ndarray:
    """The directions in which words differ most."""
    rows = rows - rows.mean(0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6
    chosen = rows[np.random.default_rng(0).choice(len(rows), 8000, replace=False)]
    directions = np.linalg.svd(chosen, full_matrices=False)[2][:DEPTH]
    kept = rows @ directions.T
    return (kept / kept.std()).astype(np.float32)


if __name__ == "__main__":
    main(sys.argv[1])
