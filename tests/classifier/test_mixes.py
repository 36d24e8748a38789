"""Labels are read together: one of eight mixes, and weights that never run away."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.corpus import heldout, training
from classifier.labels import PRECEDENCE, Label
from classifier.mixes import HELD, MIXES, SEEN, chances_of, head_of, weighed
from classifier.tuning import calibration

quick = settings(max_examples=60, deadline=None)


def test_every_message_of_the_corpus_is_one_of_the_mixes() -> None:
    found = {tuple(label for label in PRECEDENCE if label in each.labels) for each in (*training(), *heldout("test"))}
    assert found == set(MIXES)


def test_a_comment_is_never_anything_else() -> None:
    assert [mix for mix in MIXES if Label.COMMENT in mix] == [(Label.COMMENT,)]


def test_each_mix_has_a_name_of_its_own() -> None:
    assert len({*map(head_of, MIXES), *PRECEDENCE}) == len(SEEN)


@pytest.fixture(scope="module")
def weights() -> np.ndarray:
    """Chosen on three hundred messages whose mix the statistics are nearly sure of."""
    chance = np.random.default_rng(1)
    truth = chance.integers(0, len(MIXES), 300)
    sure = np.hstack([HELD[truth], np.eye(len(MIXES))[truth]]) * 6 - 3
    return weighed(sure + chance.normal(size=sure.shape), truth)


@quick
@given(st.lists(st.floats(-14, 14), min_size=len(SEEN), max_size=len(SEEN)))
def test_the_chances_of_the_mixes_add_up_to_one(weights: np.ndarray, logits: list[float]) -> None:
    chances = chances_of(np.array([logits]), weights)
    assert chances.sum() == pytest.approx(1)
    assert (chances >= 0).all()


@pytest.mark.parametrize("place", range(len(MIXES)), ids=lambda place: head_of(MIXES[place]))
def test_the_mix_that_the_statistics_are_sure_of_is_likeliest(weights: np.ndarray, place: int) -> None:
    logits = np.hstack([HELD[place], np.eye(len(MIXES))[place]]) * 6 - 3
    assert chances_of(logits[None], weights).argmax() == place


@quick
@given(st.lists(st.tuples(st.floats(-14, 14), st.booleans()), min_size=4, max_size=60))
def test_calibration_never_runs_away(said: list[tuple[float, bool]]) -> None:
    logits, truth = np.array([logit for logit, _ in said]), np.array([float(true) for _, true in said])
    found = calibration(np.stack([logits, np.ones_like(logits)], axis=1), truth)
    assert np.abs(found).max() < 50
    assert found[0] >= 0.05
