"""How often each pattern of ratings occurs, in one pass over ratings with gaps, compiled."""

import numpy as np
import numpy.typing as npt

from groundkeeper.core.compiled import compiled

Ratings = npt.NDArray[np.float64]
Histogram = npt.NDArray[np.int64]

BLOCK = 1024
"""Units worked on together, so that their keys stay in the nearest cache."""


@compiled
def pattern_histogram(
    ratings: Ratings, low: float, steps: npt.NDArray[np.int64], keys: int
) -> Histogram:
    """Return ``[keys]``: how many units have each key; nothing, ``[0]``, if a rating is not whole.

    The key of a unit is the sum of the steps of its ratings, so that it counts them by value.

    Parameters
    ----------
    ratings : float[n_raters, n_units]
        Whole numbers from *low*; nan is a gap.
    low : float
        The lowest rating.
    steps : int[k + 1]
        What a rating of low, low + 1, ... adds to the key of its unit; the last is 0, of a gap.
    keys : int
        One more than the largest key.
    """
    raters, units = ratings.shape
    histogram = np.zeros(keys, np.int64)
    key = np.empty(BLOCK, np.int64)
    gap = np.float64(len(steps) - 1)
    broken = 0
    for start in range(0, units, BLOCK):
        size = min(BLOCK, units - start)
        key[:size] = 0
        for rater in range(raters):
            row = ratings[rater, start : start + size]
            for unit in range(size):
                above = row[unit] - low
                broken += (above - np.floor(above)) > 0
                # A comparison with nan is false, so a gap has the last place.
                place = above if (above >= 0 and above < gap) else gap
                key[unit] += steps[np.int64(place)]
        for unit in range(size):
            histogram[key[unit]] += 1
    if broken:
        return histogram[:0]
    return histogram
