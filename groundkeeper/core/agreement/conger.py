"""Conger's kappa: of many raters, with the agreement by chance of every two raters with habits of their own.

Fleiss' kappa draws every rating from one pool; Conger's, like Cohen's of two raters, from the pool of its rater. So it
needs to know who rated what.

References
----------
Conger (1980), Integration and generalization of kappas for multiple raters, Psychol Bull 88:322-328,
https://doi.org/10.1037/0033-2909.88.2.322. Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 5:
gaps and variance.
"""

import numpy as np
import numpy.typing as npt

from groundkeeper.core.agreement.chance_corrected import agreement_sums, linearised
from groundkeeper.core.agreement.coefficient import (
    ALL_THE_SAME,
    NO_PAIR,
    Coefficient,
    Inference,
    Observed,
    undefined_coefficient,
    with_interval,
)
from groundkeeper.core.agreement.krippendorff import count_ratings
from groundkeeper.core.estimates import Floats, divide

Places = npt.NDArray[np.integer]


def conger_kappa(places: Places, weights: Floats, *, confidence: float = 0.95) -> Coefficient:
    """Return Conger's kappa with Gwet's standard error; of two raters without gaps it is Cohen's.

    Parameters
    ----------
    places : int[n_raters, n_units]
        The place of each rating among the k values; -1 where a rater did not rate.
    weights : float[k, k]
        How much two values agree.
    confidence : float
        Of the interval, in (0, 1).

    Examples
    --------
    >>> places = np.array([[0, 0, 1, 1, 1], [0, 0, 1, 1, 0]])
    >>> round(conger_kappa(places, np.eye(2)).value, 4)
    0.6154
    """
    said = places >= 0
    places = places[np.ix_(said.any(axis=1), said.any(axis=0))]
    said = places >= 0
    raters, n = places.shape
    k = len(weights)
    rater, unit = np.nonzero(said)
    counts = count_ratings(unit, places[rater, unit], n, k)
    sums = agreement_sums(counts, weights)
    total = sums.sum(axis=0)
    if not total[1:2].any():
        return undefined_coefficient(NO_PAIR, n, raters)
    habit = count_ratings(rater, places[rater, unit], raters, k).astype(np.float64)
    rated = habit.sum(axis=1)
    habit /= rated[:, None]
    pool = habit.sum(axis=0)
    own = float((habit @ weights * habit).sum())
    expected = (float(pool @ weights @ pool) - own) / (raters * (raters - 1))
    of = Observed(float(total[0] / total[1]), expected, n, raters)
    if not expected < 1:
        return undefined_coefficient(ALL_THE_SAME, n, raters, of.observed, expected)
    of_chance = _influence_on_chance(places, habit, rated, weights)
    influence = linearised(of, sums, total[1], of_chance)
    spread = np.square(influence - of.value).sum()
    variance = float(divide(spread, np.asarray(n * (n - 1))))
    return with_interval(of, variance, Inference(confidence))


def _influence_on_chance(places: Places, habit: Floats, rated: Floats, weights: Floats) -> Floats:
    """Return ``[n_units]``: the share of each unit in the agreement by chance.

    Parameters
    ----------
    places : int[n_raters, n_units]
    habit : float[n_raters, k]
        How often each rater gives each value.
    rated : float[n_raters]
        How many units each rater rated.
    """
    raters, n = places.shape
    others = (habit.sum(axis=0) - habit) @ weights
    usual = (habit * others).sum(axis=1)
    said = places >= 0
    this = np.where(said, np.take_along_axis(others, np.maximum(places, 0), axis=1), 0)
    beyond = this - (said - rated[:, None] / n) * usual[:, None]
    return np.asarray((n / rated[:, None] * beyond).sum(axis=0) / (raters * (raters - 1)))
