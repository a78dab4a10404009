"""How probable an error is, from labels that were looked at: some at random, the others where it seemed worth it.

Labels looked at because they seemed wrong say nothing of the rest; a part of the budget spent at random says without
bias how many errors there are. Both together say how probable an error is at each quality, as what was chosen was
chosen by the quality alone.

References
----------
Platt (1999), Probabilistic outputs for support vector machines, in: Advances in Large Margin Classifiers.
Lin, Lin and Weng (2007), A note on Platt's probabilistic outputs for support vector machines, Machine Learning
68:267-276, doi:10.1007/s10994-007-5018-6: the targets, and Newton's method with backtracking.
Korn and Graubard (1998), Survey Methodology 24:193-201: exact limits at an effective number of trials.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from groundkeeper.core.audit.binomial import lower_limit, upper_limit
from groundkeeper.core.estimates import Estimate, Resampling, estimate, ratio, undefined
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.errors import TableError

FEWEST_LOOKS: Final = 20
"""With fewer labels looked at, how probable an error is cannot be told."""
NEVER: Final = 1e-6
"""Qualities nearer to 0 or 1 than this are taken to be so near."""
_STEPS: Final = 100
_SMALLEST_STEP: Final = 1e-10
_RIDGE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logit of the probability of an error: *intercept* + *slope* times the logit of 1 - quality; nan if unknown.

    *looks* labels were looked at, of which *wrong* were.
    """

    intercept: float
    slope: float
    looks: int
    wrong: int

    @property
    def is_known(self) -> bool:
        """Whether enough was looked at."""
        return not math.isnan(self.intercept)

    def probability(self, quality: Floats) -> Floats:
        """Return how probable an error is at each quality, nan if that is not known, float64 [n]."""
        return _logistic(self.intercept + self.slope * _doubt(quality))


def calibrate(quality: Floats, wrong: Booleans) -> Calibration:
    """Return how probable an error is at each quality, fitted to labels that were looked at.

    A quality that is no better than none, with a slope below 0, is not used: all labels are equally likely wrong.

    Parameters
    ----------
    quality
        Of the labels that were looked at, 0 to 1, float64 [n].
    wrong
        Whether they were, bool [n].

    Examples
    --------
    >>> quality = np.repeat([0.1, 0.9], 50)
    >>> wrong = np.arange(100) % 50 < np.repeat([40, 5], 50)
    >>> calibrate(quality, wrong).probability(np.array([0.1, 0.5, 0.9])).round(2).tolist()
    [0.79, 0.41, 0.11]
    """
    looks, errors = len(wrong), int(wrong.sum())
    if looks < FEWEST_LOOKS:
        return Calibration(math.nan, math.nan, looks, errors)
    # What was never seen is not impossible: Platt's targets are those of one more look on either side.
    target = np.where(wrong, (errors + 1) / (errors + 2), 1 / (looks - errors + 2))
    doubt = _doubt(quality)
    # By one key, so that the sums do not depend on the order of rows.
    order = np.lexsort((target, doubt))
    intercept, slope = _fitted(doubt[order], target[order])
    if slope < 0:
        share = float(np.sort(target).mean())
        intercept, slope = math.log(share / (1 - share)), 0.0
    return Calibration(intercept, slope, looks, errors)


def error_rate(wrong: Booleans, groups: npt.ArrayLike | None, how: Resampling) -> Estimate:
    """Return the share of labels that is wrong, from those that were looked at at random, with exact limits.

    The limits are binomial ones at the effective number of labels, which labels of one group lower; where it is not
    known, at the number of groups.

    Examples
    --------
    >>> how = Resampling(rounds=200, seed=0, confidence=0.95)
    >>> found = error_rate(np.arange(100) < 8, None, how)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (0.08, 0.035, 0.152)
    """
    if not len(wrong):
        return undefined("nothing was looked at at random")
    rows = np.column_stack([wrong, np.ones(len(wrong))]).astype(np.float64)
    found = estimate(rows, groups, ratio, how, how.generator("error rate"))
    trials = found.groups if math.isnan(found.effective_n) else found.effective_n
    sure = (1 + how.confidence) / 2
    low = float(lower_limit([found.value * trials], [trials], sure)[0])
    high = float(upper_limit([found.value * trials], [trials], sure)[0])
    return replace(found, low=low, high=high, note="")


def random_part(numbers: Floats, order: Integers, budget: int, share: float) -> Booleans:
    """Return which looks of a *budget* are taken at random, bool [n]; the rest of it goes to the first of *order*.

    Parameters
    ----------
    numbers
        The random number that each look owns, in [0, 1), float64 [n]: the lowest are taken.
    order
        All looks, the most worthwhile first, int64 [n]. It has no say in what is taken at random.
    budget
        How many looks there are, at most n.
    share
        Which part of them is taken at random, from 0 to 1, rounded up.

    Raises
    ------
    TableError
        If there are fewer looks than the budget, or the share is none.

    Examples
    --------
    >>> numbers = np.array([0.7, 0.1, 0.4, 0.9])
    >>> random_part(numbers, np.array([3, 1, 0, 2]), budget=2, share=0.5).tolist()
    [False, True, False, False]
    """
    if not 0 <= budget <= len(order):
        msg = (
            f"found a budget of {budget} looks; allowed is 0 to {len(order)}, as many as there are"
        )
        raise TableError(msg)
    if not 0 <= share <= 1:
        msg = f"found {share} of the budget at random; allowed is a share from 0 to 1"
        raise TableError(msg)
    taken = np.zeros(len(order), dtype=np.bool_)
    taken[np.argsort(numbers, kind="stable")[: math.ceil(budget * share)]] = True
    return taken


def _doubt(quality: Floats) -> Floats:
    doubt = np.clip(1 - quality, NEVER, 1 - NEVER)
    logits: Floats = np.log(doubt) - np.log1p(-doubt)
    return logits


def _logistic(logit: Floats) -> Floats:
    found: Floats = 0.5 * (1 + np.tanh(logit / 2))
    return found


def _fitted(x: Floats, target: Floats) -> tuple[float, float]:
    """Return intercept and slope of the logistic regression of *target* on *x*, both float64 [n]."""
    beta = np.array([math.log((target.sum() + 1) / (len(target) - target.sum() + 1)), 0.0])
    design = np.column_stack([np.ones(len(x)), x])
    loss = _loss(design @ beta, target)
    for _ in range(_STEPS):
        chance = _logistic(design @ beta)
        gradient = design.T @ (chance - target)
        hessian = (design * (chance * (1 - chance))[:, None]).T @ design + _RIDGE * np.eye(2)
        step, size = np.linalg.solve(hessian, gradient), 1.0
        while size > _SMALLEST_STEP and _loss(design @ (beta - size * step), target) > loss:
            size /= 2
        moved = beta - size * step
        now = _loss(design @ moved, target)
        settled = loss - now < _SMALLEST_STEP * len(x)
        beta, loss = (moved, now) if now < loss else (beta, loss)
        if settled:
            break
    return float(beta[0]), float(beta[1])


def _loss(logit: Floats, target: Floats) -> float:
    return float((np.logaddexp(0.0, logit) - target * logit).sum())
