"""The smallest and the largest mean over classes, where it is open which classes there are and how good each is."""

import math
from collections.abc import Sequence
from typing import NamedTuple


class ClassRange(NamedTuple):
    """Between which values the figure of a class is, nan if undefined; whether it is in the mean for certain."""

    low: float
    high: float
    certain: bool


def mean_range(classes: Sequence[ClassRange]) -> tuple[float, float]:
    """Return a number that no mean is below and one that none is above; nan if no class is in any.

    Every class is taken at its worst, or its best, as if they did not depend on one another.

    Examples
    --------
    One class is there for certain. That the other one is there would move the mean either way:

    >>> mean_range([ClassRange(0.5, 0.5, True), ClassRange(0.0, 1.0, False)])
    (0.25, 0.75)
    """
    defined = [each for each in classes if not math.isnan(each.low)]
    low = _lowest(
        [each.low for each in defined if each.certain], [e.low for e in defined if not e.certain]
    )
    high = _lowest(
        [-each.high for each in defined if each.certain],
        [-each.high for each in defined if not each.certain],
    )
    return low, 0.0 - high


def _lowest(certain: Sequence[float], possible: Sequence[float]) -> float:
    """Return the smallest mean of *certain* and any of *possible*, of one number at least."""
    taken = list(certain)
    for value in sorted(possible):
        if taken and value >= math.fsum(taken) / len(taken):
            break
        taken.append(value)
    return math.fsum(taken) / len(taken) if taken else math.nan
