"""Scores that are ratios of sums, or the mean of several such ratios: what can be said of them exactly."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundkeeper.core.estimates import Floats, divide


@dataclass(frozen=True, slots=True, eq=False)
class Ratios:
    """A statistic: the mean of p ratios of combinations of k sums, such as a share, or a mean over classes.

    It is called as every ``core.estimates.Statistic`` is, and being open about its parts it gets better intervals.

    Attributes
    ----------
    numerator, denominator
        How the sums make each ratio, float[k, p].
    counts
        Whether what a denominator counts is either wholly in the numerator or not at all, as in accuracy, precision,
        recall and F1; false for amounts, as in the mean IoU or the mean error.
    lowest, highest
        Between which a ratio can be at all; ``math.inf`` if nothing bounds it.
    counted
        A ratio takes part in the mean where this combination of the sums is above 0, float[k, p]; without it, and in
        any case, where its denominator is.
    without_interval
        Why no interval is made of it, '' if one is: where nothing bounds it and few units can hold nearly all of it,
        what was not seen can be any amount.

    Examples
    --------
    The F1 of three objects found, one missed, and none too many:

    >>> f1 = ratio_of(numerator=(2, 0, 0), denominator=(2, 1, 1))
    >>> f1(np.array([[3.0, 1.0, 0.0]])).round(4)
    array([0.8571])
    """

    numerator: Floats
    denominator: Floats
    counts: bool = True
    lowest: float = 0.0
    highest: float = 1.0
    counted: Floats | None = None
    without_interval: str = ""

    def __call__(self, sums: Floats) -> Floats:
        """Return the mean of the ratios that take part, of sums ``[rounds, k]``; nan if none does."""
        parts = self.parts(sums)
        takes_part = ~np.isnan(parts)
        return divide(np.where(takes_part, parts, 0.0).sum(axis=1), takes_part.sum(axis=1))

    def parts(self, sums: Floats) -> Floats:
        """Return every ratio, of sums ``[rounds, k]``, as float[rounds, p]; nan where it does not take part."""
        below = sums @ self.denominator
        if self.counted is not None:
            below = np.where(sums @ self.counted > 0, below, 0.0)
        return divide(sums @ self.numerator, below)

    @property
    def is_bounded(self) -> bool:
        """Whether there is a smallest and a largest value."""
        return math.isfinite(self.lowest) and math.isfinite(self.highest)


def ratio_of(
    numerator: Sequence[float],
    denominator: Sequence[float],
    *,
    counts: bool = True,
    lowest: float = 0.0,
    highest: float = 1.0,
) -> Ratios:
    """Return the one ratio of two combinations of k sums, each given by its k factors.

    Examples
    --------
    The mean of IoUs that sum to 4.2, over 6 pairs:

    >>> iou_mean = ratio_of((1, 0), (0, 1), counts=False)
    >>> iou_mean(np.array([[4.2, 6.0], [0.0, 0.0]])).round(4)
    array([0.7, nan])
    """
    above, below = (np.array(each, dtype=np.float64)[:, None] for each in (numerator, denominator))
    return Ratios(above, below, counts, lowest, highest)
