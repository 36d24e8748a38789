"""Teaches a larger reader on the train split, and keeps what it thinks of it in `classifier/corpus/opinions.npz`.

    python scripts/teach.py FOLDER [--into FOLDER]

FOLDER holds all-MiniLM-L6-v2 (Apache-2.0). Needs torch and transformers, which Earshot itself does not; about half an
hour on two cores. `make train` then learns from the opinions beside the written labels. Dev and test are not looked at.
"""

import argparse
import random
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

sys.path.insert(0, str(Path(__file__).parent.parent))

from classifier.augment import pieces, varied
from classifier.corpus import FOLDER, Message, training
from classifier.labels import HEADS
from classifier.opinions import key

ROUNDS, BATCH, COPIES, SPANS, SEED = 2, 16, 3, 4, 0


class LargeReader(torch.nn.Module):
    """A sentence encoder with one answer a head, from the mean and the strongest of what it says of each word."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.encoder = AutoModel.from_pretrained(folder)
        self.heads = torch.nn.Linear(2 * self.encoder.config.hidden_size, len(HEADS))

    def forward(self, texts: list[str], longest: int) -> torch.Tensor:
        batch = self.tokenizer(texts, padding=True, truncation=True, max_length=longest, return_tensors="pt")
        hidden, there = self.encoder(**batch).last_hidden_state, batch["attention_mask"][..., None].float()
        mean = (hidden * there).sum(1) / there.sum(1)
        strongest = (hidden - (1 - there) * 1e4).max(1).values
        return self.heads(torch.cat([mean, strongest], 1))


def teach(reader: LargeReader, messages: list[Message]) -> None:
    truth = torch.tensor([[float(found.says(head)) for head in HEADS] for found in messages])
    steps = ROUNDS * (len(messages) // BATCH + 1)
    learner = torch.optim.AdamW(
        [{"params": reader.encoder.parameters(), "lr": 8e-5}, {"params": reader.heads.parameters(), "lr": 1e-3}]
    )
    pace = torch.optim.lr_scheduler.LambdaLR(learner, lambda step: min(1, step / 60) * max(0.02, 1 - step / steps))
    chance = random.Random(SEED)  # noqa: S311 (order of training, not secrecy)
    reader.train()
    for number in range(ROUNDS):
        for chosen in batches(messages, chance):
            scores = reader([messages[place].text for place in chosen], 200)
            loss = functional.binary_cross_entropy_with_logits(scores, truth[chosen])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
            learner.step()
            learner.zero_grad()
            pace.step()
            if pace.last_epoch % 50 == 0:
                sys.stdout.write(f"{pace.last_epoch} of {steps} steps\n")
                sys.stdout.flush()
        sys.stdout.write(f"round {number + 1} of {ROUNDS}, last loss {loss.item():.3f}\n")
        sys.stdout.flush()


def batches(messages: list[Message], chance: random.Random) -> list[list[int]]:
    """Messages of about the same length together."""
    places = chance.sample(range(len(messages)), len(messages))
    near = [
        place
        for start in range(0, len(places), 20 * BATCH)
        for place in sorted(places[start : start + 20 * BATCH], key=lambda place: len(messages[place].text))
    ]
    made = [near[start : start + BATCH] for start in range(0, len(near), BATCH)]
    chance.shuffle(made)
    return made


def opinions(reader: LargeReader, texts: list[str]) -> np.ndarray:
    reader.eval()
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    chances = np.zeros((len(texts), len(HEADS)))
    with torch.no_grad():
        for start in range(0, len(order), 32):
            chosen = order[start : start + 32]
            chances[chosen] = torch.sigmoid(reader([texts[place] for place in chosen], 320)).numpy()
    return chances


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--into", type=Path, help="where to keep the larger reader itself")
    given = parser.parse_args()
    torch.manual_seed(SEED)
    learnt_from = [found for found in training() if found.language == "en"]
    large = LargeReader(given.folder)
    teach(large, learnt_from)
    if given.into:
        torch.save(large.state_dict(), given.into)
    read = sorted(
        {
            text
            for found in learnt_from
            for text in (found.text, *varied(found.text, found.id, COPIES), *pieces(found.text, found.id, SPANS))
        }
    )
    said = np.round(opinions(large, read) * 255).astype(np.uint8)
    np.savez_compressed(
        FOLDER / "opinions.npz", texts=np.array([key(text) for text in read], dtype=np.uint64), chances=said
    )
    sys.stdout.write(f"{len(read)} opinions\n")
