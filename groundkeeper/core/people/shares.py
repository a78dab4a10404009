"""A share of answers with its interval: exact where the answers are independent, else resampled by group."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.binomial import lower_limit, upper_limit
from groundkeeper.core.estimates import (
    Estimate,
    Resampling,
    estimate,
    ratio,
    undefined,
)


def share(
    hits: npt.NDArray[np.bool_],
    groups: npt.ArrayLike,
    how: Resampling,
    *name: str,
    reason: str = "nothing was answered",
) -> Estimate:
    """Return the share of *hits* ``[n]``; of answers that are each of a *group* of their own the interval is exact.

    Parameters
    ----------
    hits : bool[n]
        Whether each answer counts.
    groups : str[n]
        The group of each answer's item, such as its patient.
    how : Resampling
        How intervals are made.
    *name : str
        What the figure is called; it has random numbers of its own.
    reason : str
        Why there is no figure where there is no answer.

    Examples
    --------
    >>> how = Resampling(rounds=100, seed=0, confidence=0.95)
    >>> found = share(np.array([True, False, True, True]), ["a", "b", "c", "d"], how, "right")
    >>> found.value, round(found.low, 3), round(found.high, 3), found.effective_n
    (0.75, 0.194, 0.994, 4.0)
    >>> share(np.array([], dtype=bool), [], how, "right").note
    'nothing was answered'
    """
    n = len(hits)
    if n == 0:
        return undefined(reason)
    apart = pd.Series(np.asarray(groups)).nunique()
    if apart == n:
        each = (1 + how.confidence) / 2
        low, high = (limit(hits.sum(), n, each).item() for limit in (lower_limit, upper_limit))
        return Estimate(float(hits.mean()), low, high, n, n, float(n))
    # In one order, so that sums of floats have the same last bits.
    order = np.lexsort((hits, np.asarray(groups, dtype=str)))
    units = np.column_stack([hits[order], np.ones(n)]).astype(np.float64)
    return estimate(units, np.asarray(groups)[order], ratio, how, how.generator(*name))
