"""Limits from what groups add to a figure, honest where groups are few, unequal, or hardly any of them matters.

A figure is linearised: each group pushes it up or down by its *influence*, and the squares of these make its variance.
Over 1 less the share of the group it is what leaving the group out does: the variance is that of the delete-one-group
jackknife, which for a ratio is exact. How well the variance is known depends on
how many groups carry it: ``(sum u^2)^2 / sum u^4`` of them do, one if a single group has all the errors. So many, less
their share of the one that the mean takes, are the degrees of freedom of Student's t.

A figure between two ends of a scale has the exact binomial limits at an effective number of units: those whose
variance it has, less what t takes off. If all groups are alike, nothing was seen that would tell a variance, and a
group counts for one unit. Each limit allows for one more unit that turns out otherwise, which is what makes binomial
limits exact; where units have weights, that unit is one of the heaviest.

What no group showed tells no variance at all. Of G equal groups none is of a kind that ``q = 1 - a^(1/G)`` of all are
with the chance a: with ten groups and a of 2.5 % that is 31 %. If groups of that kind fail wholly, a figure v is
``(1 - q) v``, and no limit is nearer: with v of 1 that is the exact one, the rule of three. It is the wider one where
groups are few, or alike.

References
----------
Hanley and Lippman-Hand (1983), If nothing goes wrong, is everything all right? Interpreting zero numerators, JAMA
249:1743-1745: what may be though it was never seen.
Fay and Feuer (1997), Confidence intervals for directly standardized rates: a method based on the gamma distribution,
Statistics in Medicine 16:791-801: one more event of the largest weight.
Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts
estimated from survey data, Survey Methodology 24:193-201: the effective number of units, with degrees of freedom.
Kish (1965), Survey Sampling, section 8.2: how many equal weights tell as much as unequal ones, here of squares.
Satterthwaite (1946), An approximate distribution of estimates of variance components, Biometrics Bulletin 2:110-114,
doi:10.2307/3002019: degrees of freedom of a sum of unequal squares.
"""

from typing import Final, NamedTuple

import numpy as np
from scipy.special import stdtrit

from groundkeeper.core.binomial import lower_limit, share_limits, worth_of
from groundkeeper.core.estimates import Floats, divide

_NO_VARIANCE: Final = 1e-24
"""Of a figure on a scale from 0 to 1: a smaller variance is rounding."""


class Spread(NamedTuple):
    """What the groups say of p figures: their *variance*, and how many groups *carrying* it, each float[p]."""

    variance: Floats
    carrying: Floats


def spread_of(influence: Floats) -> Spread:
    """Return the variance of figures to which G groups add their *influence*, float[G, p], columns that sum to 0.

    Examples
    --------
    Ten groups that differ alike, and ten of which one differs from the rest:

    >>> alike = np.tile([0.1, -0.1], 5)
    >>> alone = np.append(np.full(9, -0.01), 0.09)
    >>> spread_of(np.column_stack([alike, alone])).carrying.round(2).tolist()
    [9.0, 1.11]
    """
    count = len(influence)
    squares = np.square(influence).sum(axis=0)
    fourth = np.square(np.square(influence)).sum(axis=0)
    # They sum to 0, which takes one from all that they could be.
    carrying = divide(squares**2, fourth) * (count - 1) / count
    carrying = np.where(np.isnan(carrying), count - 1.0, carrying).clip(min=1.0)
    return Spread(squares * count / (count - 1), carrying)


def bounded(  # noqa: PLR0913, PLR0917 - what is known of a figure, and of its heaviest unit
    value: Floats,
    influence: Floats,
    share: Floats,
    most: Floats,
    confidence: float,
    heaviest: Floats | float = 1.0,
) -> tuple[Floats, Floats]:
    """Return the limits of p figures between 0 and 1.

    Parameters
    ----------
    value : float[p]
        In [0, 1].
    influence : float[G, p]
        What each of at least two groups adds to it; columns sum to 0.
    share : float[G, p]
        How much of the figure each group is; columns sum to 1.
    most : float[p]
        How many independent units there can be at most; infinite where units are not either 0 or 1.
    confidence : float
        Of both limits together.
    heaviest : float or float[p]
        For how many trials the unit with the largest weight counts.

    Examples
    --------
    Twenty groups of the same size, all right: the rule of three, on both sides at once.

    >>> nothing, even = np.zeros((20, 1)), np.full((20, 1), 1 / 20)
    >>> low, high = bounded(np.array([1.0]), nothing, even, np.array([400.0]), 0.95)
    >>> low.round(4).item(), high.item()
    (0.8316, 1.0)
    """
    trials = effective_trials(value, influence, share, most, confidence)
    return share_limits(value, trials, confidence, heaviest)


def with_unseen(value: Floats, share: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return what p figures between 0 and 1 may be for groups of a kind of which none happens to be there.

    As many of all groups are of that kind as the *confidence* allows for, and are at the one end of the scale or at the
    other.

    Parameters
    ----------
    value : float[p]
        In [0, 1].
    share : float[G, p]
        How much of the figure each group is; columns sum to 1.
    confidence : float
        Of both limits together.

    Examples
    --------
    A mean IoU of 0.9 over ten equal groups, and over eighty:

    >>> for groups in (10, 80):
    ...     low, high = with_unseen(np.array([0.9]), np.full((groups, 1), 1 / groups), 0.95)
    ...     print(low.round(3).item(), high.round(3).item())
    0.622 0.931
    0.859 0.905
    """
    groups = as_many_as(share)
    seen = lower_limit(groups, groups, (1 + confidence) / 2)
    return value * seen, 1 - (1 - value) * seen


def effective_trials(
    value: Floats, influence: Floats, share: Floats, most: Floats, confidence: float
) -> Floats:
    """Return in how many independent trials p figures have the limits that they have, float[p]; as in ``bounded``."""
    variance, carrying = spread_of(without_it(influence, share))
    independent = as_many_as(share)
    seen = variance > _NO_VARIANCE
    by_variance = np.minimum(divide(value * (1 - value), np.where(seen, variance, 0.0)), most)
    least = worth_of(len(influence) - 1.0, confidence)
    # Among groups of very unequal size the variance is known no better than from as many equal ones.
    freedom = np.minimum(carrying, np.maximum(independent - 1, 1))
    less = worth_of(freedom, confidence)
    trials = np.maximum(by_variance * less, np.minimum(by_variance * least, independent))
    return np.where(seen, trials, independent)


def without_it(influence: Floats, share: Floats) -> Floats:
    """Return how far p ratios are moved when one group is left out, float[G, p]; as *influence* if all are equal.

    A ratio without a group of the *share* s and the influence u is smaller by exactly u / (1 - s): what a large group
    does to it is more than its influence.
    """
    count = len(influence)
    moved: Floats = influence * (1 - 1 / count) / np.maximum(1 - share, 1 / count)
    return moved


def as_many_as(share: Floats) -> Floats:
    """Return how many equal groups tell as much as those with these *share*, float[G, p], as float[p].

    Examples
    --------
    >>> as_many_as(np.array([[0.5], [0.25], [0.25]])).round(3).tolist()
    [2.667]
    """
    equal: Floats = 1 / np.square(share).sum(axis=0)
    return equal


def half_width(influence: Floats, confidence: float) -> Floats:
    """Return how far the limits of p figures without ends are from them, float[p]; *influence* is float[G, p]."""
    variance, carrying = spread_of(influence)
    return student(carrying, confidence) * np.sqrt(variance)


def student(freedom: Floats, confidence: float) -> Floats:
    """Return between which -t and t the share *confidence* of Student's distribution lies, float[p].

    Examples
    --------
    From the printed tables:

    >>> student(np.array([1.0, 2.0, 10.0, 120.0]), 0.95).round(3).tolist()
    [12.706, 4.303, 2.228, 1.98]
    """
    quantiles: Floats = stdtrit(freedom, (1 + confidence) / 2)
    return quantiles
