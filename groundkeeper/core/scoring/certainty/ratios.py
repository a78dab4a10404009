"""Scores of which more is known than how to compute them: means of ratios of sums, and others with known ends."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundkeeper.core.estimates import Floats, Statistic, divide


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
    fails_wholly
        Whether it is nothing unusual that a group is at an end of the scale, as one is in which nothing is found: an
        interval then allows for such groups that were not seen. False of errors, whose largest nobody expects.
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
    fails_wholly: bool = True
    without_interval: str = ""

    def __call__(self, sums: Floats) -> Floats:
        """Return the mean of the ratios that take part, of sums ``[rounds, k]``; nan if none does."""
        parts = self.parts(sums)
        takes_part = ~np.isnan(parts)
        return divide(np.where(takes_part, parts, 0.0).sum(axis=1), takes_part.sum(axis=1))

    def parts(self, sums: Floats) -> Floats:
        """Return every ratio, of sums ``[rounds, k]``, as float[rounds, p]; nan where it does not take part."""
        return divide(sums @ self.numerator, sums @ self.denominator)

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


@dataclass(frozen=True, slots=True, eq=False)
class Within:
    """A statistic that no data bring below *lowest* or above *highest*, though it is no ratio of sums.

    An interval of it covers as often if what nothing can be is cut off: kappa is from -1 to 1, as is the concordance;
    an error is 0 at least, and R2 1 at most.

    Examples
    --------
    >>> root = Within(lambda sums: np.sqrt(sums[:, 0] / sums[:, 1]), lowest=0.0)
    >>> root(np.array([[8.0, 2.0]])), root.highest
    (array([2.]), inf)
    """

    statistic: Statistic
    lowest: float = -math.inf
    highest: float = math.inf

    def __call__(self, sums: Floats) -> Floats:
        """Return the statistic of sums ``[rounds, k]``."""
        return self.statistic(sums)


def ends_of(statistic: Statistic) -> tuple[float, float]:
    """Return below what and above what no data bring a *statistic*, infinite where nothing is known.

    Examples
    --------
    >>> ends_of(ratio_of((1, 0), (0, 1))), ends_of(np.sum)
    ((0.0, 1.0), (-inf, inf))
    """
    if isinstance(statistic, Ratios | Within):
        return statistic.lowest, statistic.highest
    return -math.inf, math.inf
