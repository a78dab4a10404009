"""How good an order was: errors that were really found, against how many labels were looked at.

The area under the curve of the share of errors found over the share of labels looked at is 1/2 on average for looks at
random, and 1 - r / 2 for the best order there is, with r the share of labels that are wrong.
"""

import numpy as np
import numpy.typing as npt

from groundkeeper.core.estimates import Estimate, Resampling, estimate, ratio, undefined
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.drawn import Floats

NO_ERRORS = "no errors to find"
"""Why there is no share of errors found."""


def area(
    quality: Floats,
    wrong: Booleans,
    groups: npt.ArrayLike | None,
    how: Resampling,
) -> Estimate:
    """Return the area under the curve of shares, with an interval by group; nan if nothing is wrong.

    It is how probable it is that a wrong label is looked at before a label at random, itself among them. The interval
    is that of the mean of its linearisation: a label adds what it does to the errors before and behind it.

    Parameters
    ----------
    quality
        Of each label, without nan, float64 [n].
    wrong
        Whether it is, bool [n].
    groups : str or int[n], optional
        The group of each label; without it each is its own.
    how : Resampling
        Of the interval.

    Examples
    --------
    >>> how = Resampling(rounds=200, seed=0, confidence=0.95)
    >>> wrong = np.array([True, False, False, False])
    >>> area(np.array([0.1, 0.5, 0.6, 0.9]), wrong, None, how).value
    0.875
    """
    n, errors = len(wrong), int(wrong.sum())
    if not errors:
        return undefined(NO_ERRORS, n)
    _, run, counts = np.unique(quality, return_inverse=True, return_counts=True)
    run = run.reshape(-1)
    in_run = np.bincount(run, wrong, minlength=len(counts))
    behind = (n - np.cumsum(counts) + counts / 2)[run] / n
    errors_before = (np.cumsum(in_run) - in_run / 2)[run] / n
    value = float(behind[wrong].mean())
    share = errors / n
    influence = (wrong * behind + errors_before - 2 * value * share) - value * (wrong - share)
    parts = np.column_stack([value + influence / share, np.ones(n)])
    return estimate(parts, groups, ratio, how, how.generator("area"))


def share_wrong_of_first(
    quality: Floats,
    wrong: Booleans,
    first: int,
    groups: npt.ArrayLike | None,
    how: Resampling,
) -> Estimate:
    """Return which share of the *first* labels is wrong, the precision at that number, with an interval by group.

    Where the line goes through labels of one quality each of these counts in part.

    Examples
    --------
    >>> how = Resampling(rounds=200, seed=0, confidence=0.95)
    >>> wrong = np.array([True, True, False, False])
    >>> share_wrong_of_first(np.array([0.1, 0.5, 0.5, 0.9]), wrong, 2, None, how).value
    0.75
    """
    last = np.sort(quality)[min(first, len(quality)) - 1] if first and len(quality) else -np.inf
    before, at = quality < last, quality == last
    part = (min(first, len(quality)) - before.sum()) / at.sum() if at.any() else 0.0
    weight = before + part * at
    kept = np.flatnonzero(weight > 0)
    rows = np.column_stack([weight * wrong, weight])[kept]
    of_kept = None if groups is None else np.asarray(groups)[kept]
    return estimate(rows, of_kept, ratio, how, how.generator("share wrong of first"))
