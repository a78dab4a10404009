"""Shares and means of tasks that come in groups, with intervals that need no random numbers.

Tasks of one group, such as the sentences of one document, are not independent evidence: what varies is summed by
group first. Without groups every task stands for itself, and one of multiplicity m for m tasks.

References
----------
Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts estimated
from survey data, Survey Methodology 24:193-201: exact limits at the effective number of units, with the quantile of t.
Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 5.7: the variance of a weighted mean.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from groundkeeper.core import binomial
from groundkeeper.core.estimates import FEWEST_GROUPS, Estimate, Floats, divide, too_few, undefined
from groundkeeper.core.truth.coding import Places
from groundkeeper.errors import RefusedError, listing


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Units that a share or a mean is taken over.

    Attributes
    ----------
    weight : float64[n]
        How much each counts: its multiplicity, or a part of it. Above 0.
    group : int[n], optional
        Code of the group of each; without it every unit is on its own.
    """

    weight: Floats
    group: Places | None = None

    def chosen(self, which: npt.NDArray[np.bool_] | Places) -> "Units":
        """Return the units *which*, by mask or by place."""
        return Units(self.weight[which], None if self.group is None else self.group[which])


def groups_of(tasks: pd.Index, groups: pd.Series | None) -> Places | None:
    """Return the code of the group of each of *tasks*, None without *groups*.

    Parameters
    ----------
    tasks : Index
        Names of tasks.
    groups : Series, optional
        The group of each task, by its name; it may name more tasks than these.

    Raises
    ------
    RefusedError
        If *groups* has no group for a task, or names a task twice.

    Examples
    --------
    >>> groups_of(pd.Index(["t1", "t3"]), pd.Series({"t1": "doc", "t2": "doc", "t3": "page"}))
    array([0, 1])
    """
    if groups is None:
        return None
    if not groups.index.is_unique:
        twice = groups.index[groups.index.duplicated()].unique()
        message = f"groups: found more than one group for {listing(twice)}; name each task once"
        raise RefusedError(message)
    found = groups.reindex(tasks)
    missing = found.isna().to_numpy()
    if missing.any():
        message = (
            f"groups: found none for {listing(tasks[missing])}; every task needs the group it belongs to; "
            "name them, or leave the groups out where tasks are independent"
        )
        raise RefusedError(message)
    codes, _ = pd.factorize(found, sort=True)
    return codes


def share(right: Floats, units: Units, confidence: float) -> Estimate:
    """Return the share of *units* that are *right*; nan where there are none.

    Parameters
    ----------
    right : float64[n]
        From 0, wrong, to 1, right.
    units : Units
    confidence : float
        Of the interval, in (0, 1).

    Examples
    --------
    Nine of ten independent tasks (Clopper and Pearson's limits):

    >>> found = share(np.array([1.0] * 9 + [0.0]), Units(np.ones(10)), 0.95)
    >>> found.value, round(found.low, 4), round(found.high, 4)
    (0.9, 0.555, 0.9975)
    """
    if not len(right):
        return undefined("no task to take a share of")
    total = float(units.weight.sum())
    value = float(right @ units.weight / total)
    variance, groups, least = _variance(right - value, units)
    most = total**2 / float(np.square(units.weight).sum()) if units.group is not None else total
    by_variance = float(divide(np.array(value * (1 - value)), np.array(variance)))
    effective = min(max(by_variance if variance > 0 else least, least), max(most, least))
    n = round(total)
    if groups < FEWEST_GROUPS:
        return Estimate(value, np.nan, np.nan, n, groups, effective, too_few(groups))
    independent = units.group is None
    low, high = share_limits(
        np.array([value]),
        np.array([effective]),
        None if independent else np.array([groups]),
        confidence,
    )
    return Estimate(value, float(low[0]), float(high[0]), n, groups, effective)


def mean(values: Floats, units: Units, confidence: float) -> Estimate:
    """Return the mean of *values* ``[n]`` over *units* with its interval of t; nan where there are none.

    Examples
    --------
    >>> found = mean(np.arange(12.0), Units(np.ones(12)), 0.95)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (5.5, 3.209, 7.791)
    """
    if not len(values):
        return undefined("no task to take a mean of")
    total = float(units.weight.sum())
    value = float(values @ units.weight / total)
    variance, groups, least = _variance(values - value, units)
    n = round(total)
    if groups < FEWEST_GROUPS:
        return Estimate(value, np.nan, np.nan, n, groups, least, too_few(groups))
    if variance == 0:
        return Estimate(value, np.nan, np.nan, n, groups, least, "no interval: all are the same")
    reach = float(stdtrit(groups - 1, (1 + confidence) / 2)) * variance**0.5
    alone = Units(units.weight)
    effective = min(total, total * _variance(values - value, alone)[0] / variance)
    return Estimate(value, value - reach, value + reach, n, groups, effective)


def share_limits(
    shares: Floats, effective_n: Floats, groups: npt.NDArray[np.integer] | None, confidence: float
) -> tuple[Floats, Floats]:
    """Return the limits of *shares*, each found in *effective_n* independent units.

    Parameters
    ----------
    shares, effective_n : float64[m]
    groups : int[m], optional
        On how many groups the effective number rests, at least 2: the fewer, the less it is known itself.
    confidence : float

    Returns
    -------
    low, high : float64[m]
    """
    worth = 1.0 if groups is None else binomial.worth_of(groups - 1, confidence)
    return binomial.share_limits(shares, effective_n * worth, confidence)


def total_by(code: npt.NDArray[np.integer], values: Floats, count: int) -> Floats:
    """Return ``[count]``: the sum of the *values* ``[n]`` of each *code* ``[n]``, 0 to count - 1."""
    totals: Floats = np.bincount(code, values, count).astype(np.float64)
    return totals


def _variance(apart: Floats, units: Units) -> tuple[float, int, float]:
    """Return the variance of a weighted mean by group, the number of groups, and the least effective n.

    The least is what it would be if the units of one group were always alike.
    """
    total = float(units.weight.sum())
    if units.group is None:
        groups, least = round(total), total
        squares = float(units.weight @ np.square(apart))
    else:
        codes, group = np.unique(units.group, return_inverse=True)
        groups = len(codes)
        least = total**2 / float(np.square(total_by(group, units.weight, groups)).sum())
        squares = float(np.square(total_by(group, units.weight * apart, groups)).sum())
    correction = groups / (groups - 1) if groups > 1 else 1.0
    return squares * correction / total**2, groups, least
