"""Average precision and recall of one class over resamples, in one pass over its predictions each, compiled."""

from typing import Final

import numpy as np
import numpy.typing as npt

from groundkeeper.core.compiled import compiled
from groundkeeper.core.scoring.detection.average_precision_resampled import IGNORED
from groundkeeper.core.shapes.drawn import Floats, Integers

Verdicts = npt.NDArray[np.int8]

RIGHT: Final = 1
SMALLEST = np.finfo(np.float64).eps
"""What the COCO API adds to a count before it divides by it."""


@compiled
def weighted_precision(
    weights: Floats, image: Integers, verdict: Verdicts, there: Integers, steps: Floats
) -> tuple[Floats, Floats]:
    """Return average precision and recall ``[rounds, thresholds]``, nan in a round without an object of the class.

    An image of weight w counts as w images.

    Parameters
    ----------
    weights : float[rounds, images]
        How often each image is drawn in each round.
    image : int[d]
        The image of each prediction, the most confident prediction first.
    verdict : int8[thresholds, d]
        Of each prediction at each threshold 1 if it is right, 0 if it is wrong, -1 if it counts for nothing.
    there : int[images]
        How many objects that count each image has.
    steps : float[s]
        The recalls at which precision is read, ascending.
    """
    rounds, thresholds = len(weights), len(verdict)
    precision = np.full((rounds, thresholds), np.nan)
    recall = np.full((rounds, thresholds), np.nan)
    for one in range(rounds):
        total = 0.0
        for place in range(len(there)):
            total += weights[one, place] * there[place]
        if total > 0:
            for threshold in range(thresholds):
                reached, exact = _curve(weights[one], image, verdict[threshold], total)
                precision[one, threshold] = _read(reached, exact, steps)
                recall[one, threshold] = reached[-1] if len(reached) else 0.0
    return precision, recall


@compiled
def _curve(
    weight: Floats, image: Integers, verdict: Verdicts, total: float
) -> tuple[Floats, Floats]:
    """Return recall and precision ``[d]`` down to each prediction, precision as the best from there on."""
    d = len(image)
    reached, exact = np.empty(d), np.empty(d)
    hits, counted = 0.0, 0.0
    for rank in range(d):
        if verdict[rank] != IGNORED:
            counted += weight[image[rank]]
            if verdict[rank] == RIGHT:
                hits += weight[image[rank]]
        reached[rank] = hits / total
        exact[rank] = hits / (counted + SMALLEST)
    for rank in range(d - 2, -1, -1):
        exact[rank] = max(exact[rank], exact[rank + 1])
    return reached, exact


@compiled
def _read(reached: Floats, exact: Floats, steps: Floats) -> float:
    """Return the mean precision at the recalls *steps*, 0 where recall does not come so far."""
    total, rank = 0.0, 0
    for step in steps:
        while rank < len(reached) and reached[rank] < step:
            rank += 1
        if rank == len(reached):
            break
        total += exact[rank]
    return total / len(steps)
