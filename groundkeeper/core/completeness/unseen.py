"""The number of objects that nobody found, from how many one expert alone found and how many exactly two.

With t experts who find an object independently, each with the same probability, let f1 objects be found by one of them
and f2 by two. Then ``(t - 1) / t * f1 (f1 - 1) / (2 (f2 + 1))`` estimates the number that none found, nearly without
bias; where objects differ in how easily they are found it estimates less than that, so it is a lower bound. Where the
experts are told apart and Z_i objects were found by expert i alone, the sum of ``Z_i Z_j`` over pairs of experts,
divided by ``f2 + 1``, does the same whatever each expert's probability; of two experts it is Chapman's estimator.

The forms with ``f2 + 1`` are taken throughout, and not ``f1^2 / (2 f2)``: of careful experts few objects are found by
one alone, and there the latter is too large by about as much as the whole (``benchmarks/completeness_coverage.py``).

References
----------
Chao (1987), Estimating the population size for capture-recapture data with unequal catchability, Biometrics 43:783-791,
https://doi.org/10.2307/2531532: the lower bound and the log-normal interval.
Chao (1989), Estimating population size for sparse data in capture-recapture experiments, Biometrics 45:427-438:
occasions that differ.
Chao and Colwell (2017), Thirty years of progeny from Chao's inequality, SORT 41:3-54,
https://doi.org/10.2436/20.8080.02.49: when the bound is unbiased.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from groundkeeper.core.estimates import Floats

FOUND = 0
"""Column of the sums that counts the objects that somebody found."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """The items that equally many experts read, and the columns in which what they found is counted.

    Attributes
    ----------
    experts : int
        How many read each of its items, at least 2.
    told_apart : bool
        Whether these were the same experts on every item, and known to be.
    alone : slice
        Columns that count the objects found by one expert alone: one column an expert where they are told apart,
        otherwise one for all of them.
    twice : int
        Column that counts the objects found by exactly two.
    """

    experts: int
    told_apart: bool
    alone: slice
    twice: int


def unseen(sums: Floats, strata: Sequence[Stratum]) -> Floats:
    """Return ``[rounds]``: how many objects nobody found, at least, by sums ``[rounds, k]`` of what was found.

    Examples
    --------
    Butler and Chazdon's seed bank: of 34 species 3 were found in one of 121 samples, 2 in two. EstimateS 9.1 has
    34.99 species in all.

    >>> seed_bank = np.array([[34.0, 3.0, 2.0]])
    >>> (34 + unseen(seed_bank, [Stratum(121, False, slice(1, 2), 2)])).round(2)
    array([34.99])

    Two experts, of whom one alone found 30 objects and the other 6, with 59 found by both: Chapman has 3.

    >>> unseen(np.array([[95.0, 30.0, 6.0, 59.0]]), [Stratum(2, True, slice(1, 3), 3)])
    array([3.])
    """
    total = np.zeros(len(sums))
    for stratum in strata:
        alone = sums[:, stratum.alone]
        total += _pairs(alone, stratum) / (sums[:, stratum.twice] + 1)
    return total


def slopes(sums: Floats, strata: Sequence[Stratum]) -> Floats:
    """Return ``[k]``: by how much the number missed changes with each of the *sums* ``[k]``."""
    slope = np.zeros_like(sums)
    for stratum in strata:
        alone, more = sums[stratum.alone], sums[stratum.twice] + 1
        if stratum.told_apart:
            slope[stratum.alone] = (alone.sum() - alone) / more
        else:
            slope[stratum.alone] = (stratum.experts - 1) / stratum.experts * (alone - 0.5) / more
        slope[stratum.twice] = -_pairs(alone[None], stratum)[0] / more**2
    return slope


def variance(by_group: Floats, strata: Sequence[Stratum]) -> float:
    """Return the variance of the number missed about its estimate.

    It has two parts: how far the estimate lies from what it estimates, to first order, and how far the number missed
    lies from its own mean, which is a count. Where each group is one object it is that of Chao (1987) in the form with
    ``f2 + 1``. Resampling groups shows the first part alone.

    Parameters
    ----------
    by_group : float[groups, k]
        What each group of items adds to the sums.

    Examples
    --------
    >>> objects = np.array([[1, 1, 0]] * 3 + [[1, 0, 1]] * 2 + [[1, 0, 0]] * 29, dtype=float)
    >>> round(variance(objects, [Stratum(121, False, slice(1, 2), 2)]) ** 0.5, 2)
    1.81
    """
    sums = by_group.sum(axis=0)
    of_estimate = np.square(by_group @ slopes(sums, strata)).sum()
    return float(unseen(sums[None], strata)[0] + of_estimate)


def log_normal_interval(missed: float, variance: float, confidence: float) -> tuple[float, float]:
    """Return the bounds of the number missed, as if its logarithm were normal; nan where it is 0.

    Examples
    --------
    EstimateS 9.1 has 34.09 to 44.61 species in the seed bank.

    >>> low, high = log_normal_interval(120 / 121, 3.2593, 0.95)
    >>> round(34 + low, 2), round(34 + high, 2)
    (34.09, 44.61)
    """
    if not missed > 0:
        return math.nan, math.nan
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    factor = math.exp(z * math.sqrt(math.log1p(variance / missed**2)))
    return missed / factor, missed * factor


def _pairs(alone: Floats, stratum: Stratum) -> Floats:
    """Return ``[rounds]``: pairs of objects that two different experts found alone, as many as there would be."""
    total = alone.sum(axis=1)
    if stratum.told_apart:
        return np.asarray((np.square(total) - np.square(alone).sum(axis=1)) / 2)
    # Of t equal experts two objects found by one alone are of two different ones with probability (t - 1) / t.
    return np.asarray((stratum.experts - 1) / stratum.experts * total * (total - 1) / 2)
