"""Krippendorff's alpha with its standard error for independent units.

References
----------
Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, section 5.4. Gwet (2019), R package irrCAC 1.0,
``krippen.alpha.raw`` and ``krippen.alpha.dist``: two linearisations, which differ.
"""

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.agreement.chance_corrected import Finite, weighed_counts
from groundkeeper.core.agreement.coefficient import (
    ALL_THE_SAME,
    NO_PAIR,
    Coefficient,
    Inference,
    Observed,
    undefined_coefficient,
    with_interval,
)
from groundkeeper.core.agreement.krippendorff import Difference, squared_differences
from groundkeeper.core.estimates import Floats, divide

PAIR = 2
Linearised: TypeAlias = Literal["ratings", "counts"]
"""Which of the two linearisations that are in use."""


def krippendorff(  # noqa: PLR0913 - one says of what, the others change what is usual
    counts: npt.ArrayLike,
    difference: Difference = "nominal",
    values: Floats | None = None,
    *,
    multiplicity: npt.ArrayLike | None = None,
    confidence: float = 0.95,
    less: Finite = 1,
    linearised: Linearised = "ratings",
) -> Coefficient:
    """Return alpha with Gwet's standard error and an interval of Student's t; nan with a reason where undefined.

    The differences of an ordinal scale come from the ratings; the standard error takes them as given. Where that
    matters, or units come in groups, resample: ``krippendorff.estimate_alpha``.

    Parameters
    ----------
    counts : int or float[n_units, k]
        How many raters gave each of the k values to each unit.
    difference : {"nominal", "ordinal", "interval", "ratio"} or float[k, k]
        How far two values are apart.
    values : float[k], optional
        The values themselves, for interval and ratio; 0, 1, 2, ... if left out.
    multiplicity : float[n_units], optional
        For how many units each row stands.
    confidence : float
        Of the interval, in (0, 1).
    less : {1, 0}
        What is taken off the number of units in the variance.
    linearised : {"ratings", "counts"}
        As irrCAC has it of raw ratings, which is close to the jackknife; or as it has it of counts of ratings, where
        agreement by chance follows the shares of the values half as far.

    Examples
    --------
    Two raters, 100 patients (Gwet, R package irrCAC 1.0, data cont3x3abstractors):

    >>> counts = [[2, 0, 0], [0, 2, 0], [0, 1, 1], [0, 0, 2]]
    >>> found = krippendorff(counts, multiplicity=[13, 20, 11, 56], less=0)
    >>> round(found.value, 7), round(found.se, 8)
    (0.7972585, 0.05905473)
    """
    table, often = weighed_counts(counts, multiplicity)
    raters = float(table.sum(axis=1).max(initial=0))
    paired = (table.sum(axis=1) >= PAIR) & (often > 0)
    table, often = table[paired], often[paired]
    n, ratings = float(often.sum()), table.sum(axis=1)
    if not n:
        return undefined_coefficient(NO_PAIR, n, raters)
    of_value = often @ table
    apart = squared_differences(of_value, difference, values)
    farthest = apart[np.ix_(of_value > 0, of_value > 0)].max()
    if not farthest > 0:
        return undefined_coefficient(ALL_THE_SAME, n, raters, 1.0, 1.0)
    weights = 1 - apart / apart.max()
    mean = float(often @ ratings) / n
    share = of_value / (n * mean)
    expected = float(share @ weights @ share)
    agreeing = (table * (table @ weights - 1)).sum(axis=1) / (mean * (ratings - 1))
    pairwise = float(often @ agreeing) / n
    correction = 1 / (n * mean)
    observed = (1 - correction) * pairwise + correction
    surplus = (ratings - mean) / mean
    of_chance = table @ (weights @ share) / mean
    if linearised == "ratings":
        centre = (pairwise - expected) / (1 - expected)
        of_agreement = agreeing - observed * surplus
        of_chance = 2 * (of_chance - expected * surplus - expected)
    else:
        centre = (observed - expected) / (1 - expected)
        of_agreement = (1 - correction) * (agreeing - pairwise * surplus) + correction
        of_chance = of_chance - surplus - expected
    influence = (of_agreement - expected - (1 - centre) * of_chance) / (1 - expected)
    spread = often @ np.square(influence - centre)
    of = Observed(observed, expected, n, raters)
    variance = float(divide(spread, np.asarray(n * (n - less))))
    return with_interval(of, variance, Inference(confidence))
