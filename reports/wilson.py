"""How sure a share is that was counted on a few."""

from math import sqrt

_Z = 1.959963984540054  # the middle 95 % of the normal distribution


def interval(found: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of `found` in `of`: honest for small numbers, and for none found; of nothing, 0 to 1."""
    if of == 0:
        return 0.0, 1.0
    share, squared = found / of, _Z * _Z
    centre = share + squared / (2 * of)
    spread = _Z * sqrt(share * (1 - share) / of + squared / (4 * of * of))
    low, high = (centre - spread) / (1 + squared / of), (centre + spread) / (1 + squared / of)
    return (0.0 if found == 0 else max(0.0, low)), (1.0 if found == of else min(1.0, high))
