"""Newton's method for the few weights that are chosen on the dev split."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROUNDS = 100
HALVINGS = 30


class Slope(NamedTuple):
    """How a loss lies at some weights: its height, its slope and its bend."""

    height: float
    slope: Floats
    bend: Floats


def lowest(start: Floats, lie: Callable[[Floats], Slope]) -> Floats:
    """The weights at which a convex loss is least; each step is halved until it leads downhill."""
    weights, here = start, lie(start)
    for _ in range(ROUNDS):
        step = np.linalg.solve(here.bend, here.slope)
        if float(np.abs(step).max()) < 1e-9:
            break
        for _ in range(HALVINGS):
            there = lie(weights - step)
            if there.height <= here.height:
                break
            step = step / 2
        weights, here = weights - step, there
    return weights
