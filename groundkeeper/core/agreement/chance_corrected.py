"""Agreement beyond chance of any number of raters, who need not rate every unit.

Every coefficient here is ``(observed - expected) / (1 - expected)``. Observed agreement is the mean, over units with
two ratings or more, of the share of pairs of ratings that agree. They differ in the agreement expected by chance:

* percent agreement: none;
* Fleiss' kappa, which is Scott's pi of two raters: every rating drawn from the shares of the values;
* Gwet's AC1, with weights AC2: chance works on units that are hard to rate only;
* Brennan and Prediger, which is Randolph's free-marginal kappa and Bennett's S: every value equally likely.

The shares of the values are means over units, each unit counting once however many ratings it has. Units without any
rating are left out. With weights, ratings that differ may agree in part. Counts may be fractions.

The standard error is Gwet's linearisation: it holds if units are independent of one another. Where they come in groups
(several nodules of a patient), resample the groups: ``estimates.estimate`` of ``agreement_sums`` and
``coefficient_of_sums``.

References
----------
Gwet (2008), Computing inter-rater reliability and its variance in the presence of high agreement, Br J Math Stat
Psychol 61:29-48, https://doi.org/10.1348/000711006X126600. Gwet (2014), Handbook of Inter-Rater Reliability,
4th edition, chapters 2, 3 and 5: weights, gaps, variances.
Fleiss (1971), Measuring nominal scale agreement among many raters, https://doi.org/10.1037/h0031619.
Scott (1955), Reliability of content analysis, https://doi.org/10.1086/266577.
Brennan and Prediger (1981), Coefficient kappa: some uses, misuses, and alternatives,
https://doi.org/10.1177/001316448104100307.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.agreement.coefficient import (
    ALL_THE_SAME,
    ASYMPTOTIC,
    NO_PAIR,
    ONE_VALUE,
    Coefficient,
    Inference,
    Observed,
    undefined_coefficient,
    with_interval,
)
from groundkeeper.core.distinct import distinct_rows
from groundkeeper.core.estimates import Floats, divide

Chance: TypeAlias = Literal["percent_agreement", "fleiss_kappa", "gwet_ac", "brennan_prediger"]
Finite: TypeAlias = Literal[0, 1]
"""What is taken off the number of units in a variance: 1, or 0 as is usual for a table of two raters."""

PAIRED = 2
"""Columns of ``agreement_sums`` about pairs of ratings, which are all where chance does not depend on the shares."""
HEAD = 3
"""Columns of ``agreement_sums`` before the shares of the values."""


@dataclass(frozen=True, slots=True)
class _Expected:
    """Agreement expected by chance from shares of values: itself, and half its slope at the shares."""

    value: Callable[[Floats, Floats], Floats]
    half_slope: Callable[[Floats, Floats], Floats]


def chance_corrected(  # noqa: PLR0913 - two say what is computed of what, the others change what is usual
    chance: Chance,
    counts: npt.ArrayLike,
    weights: Floats | None = None,
    *,
    multiplicity: npt.ArrayLike | None = None,
    confidence: float = 0.95,
    less: Finite = 1,
) -> Coefficient:
    """Return one coefficient with Gwet's standard error and an interval of Student's t, which ends at 1.

    Undefined are all where no unit has two ratings, and a coefficient whose expected agreement is 1: Fleiss' if every
    rating is the same, Gwet's and Brennan and Prediger's if there is a single value. Of ratings that are all the same,
    among several possible values, the latter two and percent agreement are 1. That of percent agreement begins at 0.

    Parameters
    ----------
    chance : str
        Which coefficient.
    counts : int or float[n_units, k]
        How many raters gave each of the k values to each unit.
    weights : float[k, k], optional
        How much two values agree (``weights.agreement_weights``); without it only equal ones do.
    multiplicity : float[n_units], optional
        For how many units each row stands.
    confidence : float
        Of the interval, in (0, 1).
    less : {1, 0}
        What is taken off the number of units in the variance.

    Examples
    --------
    Two raters, 100 patients (Gwet, R package irrCAC 1.0, data cont3x3abstractors), as counts of a patient's ratings:

    >>> counts = [[2, 0, 0], [0, 2, 0], [0, 1, 1], [0, 0, 2]]
    >>> found = chance_corrected("fleiss_kappa", counts, multiplicity=[13, 20, 11, 56], less=0)
    >>> round(found.value, 7), round(found.se, 8)
    (0.7962397, 0.05905473)
    """
    table, often = weighed_counts(counts, multiplicity)
    alike = np.eye(table.shape[1]) if weights is None else weights
    rated = (table.sum(axis=1) > 0) & (often > 0)
    table, often = table[rated], often[rated]
    n, raters = float(often.sum()), float(table.sum(axis=1).max(initial=0))
    sums = agreement_sums(table, alike)
    total = often @ sums
    if not total[1]:
        return undefined_coefficient(NO_PAIR, n, raters)
    shares = total[HEAD:] / total[PAIRED]
    rule = _RULES[chance]
    expected = float(rule.value(shares[None], alike)[0])
    of = Observed(float(total[0] / total[1]), expected, n, raters)
    if not expected < 1:
        reason = ONE_VALUE if table.shape[1] == 1 else ALL_THE_SAME
        return undefined_coefficient(reason, n, raters, of.observed, expected)
    of_chance = sums[:, HEAD:] @ rule.half_slope(shares, alike)
    influence = linearised(of, sums, total[1], of_chance)
    spread = often @ np.square(influence - of.value)
    variance = float(divide(spread, np.asarray(n * (n - less))))
    found = with_interval(of, variance, Inference(confidence))
    if chance != "percent_agreement":
        return found
    # A share is at least 0, as no coefficient need be.
    return replace(found, low=float(np.maximum(found.low, 0.0)))


percent_agreement = partial(chance_corrected, "percent_agreement")
fleiss_kappa = partial(chance_corrected, "fleiss_kappa")
gwet_ac = partial(chance_corrected, "gwet_ac")
brennan_prediger = partial(chance_corrected, "brennan_prediger")


def linearised(of: Observed, sums: Floats, paired: float, of_chance: Floats) -> Floats:
    """Return ``[n_units]``: what a coefficient is the mean of, as far as it is linear.

    Parameters
    ----------
    of : Observed
    sums : float[n_units, 2 or more]
        Of each unit, its agreement, and 1 if it has two ratings.
    paired : float
        How many units have two ratings.
    of_chance : float[n_units]
        The share of each unit in the agreement by chance.
    """
    agreeing = of.n / paired * (sums[:, 0] - of.expected * sums[:, 1])
    found: Floats = (agreeing - 2 * (1 - of.value) * (of_chance - of.expected)) / (1 - of.expected)
    return found


def weighed_counts(
    counts: npt.ArrayLike, multiplicity: npt.ArrayLike | None
) -> tuple[Floats, Floats]:
    """Return *counts* and for how many units each row stands; where nothing says so, like rows are put together."""
    table = np.asarray(counts)
    if multiplicity is None:
        rows, often = distinct_rows(table)
        return rows.astype(np.float64), often.astype(np.float64)
    return table.astype(np.float64), np.asarray(multiplicity, dtype=np.float64)


def agreement_sums(counts: npt.NDArray[np.number], weights: Floats) -> Floats:
    """Return ``[n_units, 3 + k]``: what each unit adds to the coefficients of this module.

    The columns are its agreement, 1 if it has two ratings, 1 if it has any, and the shares of the values in it.

    Parameters
    ----------
    counts : int or float[n_units, k]
        How many raters gave each value to each unit.
    weights : float[k, k]
        How much two values agree.
    """
    table = counts.astype(np.float64)
    ratings = table.sum(axis=1)
    paired, rated = ratings >= PAIRED, ratings > 0
    alike = (table * (table @ weights - weights.diagonal())).sum(axis=1)
    pairs = np.where(paired, ratings * (ratings - 1), 0)
    shares = np.nan_to_num(divide(table, ratings[:, None]))
    return np.column_stack([np.nan_to_num(divide(alike, pairs)), paired, rated, shares])


def coefficient_of_sums(sums: Floats, chance: Chance, weights: Floats) -> Floats:
    """Return ``[rounds]``: the coefficient of each row of *sums* ``[rounds, 3 + k]`` of ``agreement_sums``.

    Of percent agreement and Brennan and Prediger's coefficient the first ``PAIRED`` columns are enough.

    Examples
    --------
    >>> sums = agreement_sums(np.array([[2, 0], [1, 1], [0, 2]]), np.eye(2)).sum(axis=0)
    >>> coefficient_of_sums(sums[None], "fleiss_kappa", np.eye(2)).round(4)
    array([0.3333])
    """
    observed = divide(sums[:, 0], sums[:, 1])
    expected = _RULES[chance].value(divide(sums[:, HEAD:], sums[:, PAIRED:HEAD]), weights)
    return divide(observed - expected, 1 - expected)


def fleiss_null_test(counts: npt.ArrayLike) -> tuple[float, float, float]:
    """Return the standard error of Fleiss' kappa if there is no agreement, z, and p from two sides.

    nan unless every unit has the same number of ratings, two or more.

    References
    ----------
    Fleiss, Nee and Landis (1979), Large sample variance of kappa in the case of different sets of raters, Psychol Bull
    86:974-977, https://doi.org/10.1037/0033-2909.86.5.974.
    """
    table = np.asarray(counts, dtype=np.float64)
    found = fleiss_kappa(table)
    ratings = table.sum(axis=1)
    same = len(ratings) > 0 and bool((ratings == ratings[0]).all())
    if np.isnan(found.value) or not same:
        return np.nan, np.nan, np.nan
    shares = table.sum(axis=0) / table.sum()
    others = shares * (1 - shares)
    several = others.sum() ** 2 - (others * (1 - 2 * shares)).sum()
    pairs = len(table) * ratings[0] * (ratings[0] - 1)
    null_se = float(np.sqrt(2 * several / pairs) / others.sum())
    of = Observed(found.observed, found.expected, found.n, found.raters)
    tested = with_interval(of, found.se**2, ASYMPTOTIC, null_se)
    return null_se, tested.statistic, tested.p_value


def _drawn_from_shares(shares: Floats, weights: Floats) -> Floats:
    return np.asarray(((shares @ weights) * shares).sum(axis=1))


def _hard_units(shares: Floats, weights: Floats) -> Floats:
    return np.asarray(_spread_evenly(weights) * (shares * (1 - shares)).sum(axis=1))


def _equally_likely(shares: Floats, weights: Floats) -> Floats:
    return np.full(len(shares), weights.mean())


def _spread_evenly(weights: Floats) -> float:
    """Return the sum of the weights over k (k - 1); nan of a single value."""
    k = len(weights)
    return float(weights.sum() / (k * (k - 1))) if k > 1 else np.nan


_RULES: Final[Mapping[Chance, _Expected]] = MappingProxyType(
    {
        "percent_agreement": _Expected(
            lambda shares, _: np.zeros(len(shares)), lambda shares, _: np.zeros(len(shares))
        ),
        "fleiss_kappa": _Expected(_drawn_from_shares, lambda shares, weights: weights @ shares),
        "gwet_ac": _Expected(
            _hard_units, lambda shares, weights: _spread_evenly(weights) * (1 - shares)
        ),
        "brennan_prediger": _Expected(_equally_likely, _equally_likely),
    }
)
