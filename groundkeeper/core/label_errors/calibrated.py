"""How probable an error is, from labels that were looked at: some at random, the others where it seemed worth it.

Labels looked at because they seemed wrong say nothing of the rest; a part of the budget spent at random says without
bias how many errors there are. Both together say how probable an error is at each quality, if what was chosen was
chosen by that quality alone.

References
----------
Platt (1999), Probabilistic outputs for support vector machines, in: Advances in Large Margin Classifiers.
Lin, Lin and Weng (2007), A note on Platt's probabilistic outputs for support vector machines, Machine Learning
68:267-276, doi:10.1007/s10994-007-5018-6: the targets, and Newton's method with backtracking.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from groundkeeper.core.estimates import Estimate, group_codes, sum_by, undefined
from groundkeeper.core.scoring.certainty.covering import covering
from groundkeeper.core.scoring.certainty.ratios import ratio_of
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


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Logit of the probability of an error: *intercept* + *slope* times the logit of 1 - quality; nan if unknown.

    *looks* labels were looked at, of which *wrong* were. *root* times its transpose is the covariance of intercept and
    slope, float64 [2, 2].
    """

    intercept: float
    slope: float
    looks: int
    wrong: int
    root: Floats

    @classmethod
    def unknown(cls, looks: int, wrong: int) -> "Calibration":
        """Return that *looks* labels, of which *wrong* were, do not tell."""
        return cls(math.nan, math.nan, looks, wrong, np.full((2, 2), math.nan))

    @property
    def is_known(self) -> bool:
        """Whether enough was looked at."""
        return not math.isnan(self.intercept)

    def probability(self, quality: Floats) -> Floats:
        """Return how probable an error is at each quality, nan if that is not known, float64 [n]."""
        return _logistic(self.intercept + self.slope * _doubt(quality))

    def moves(self, quality: Floats) -> Floats:
        """Return how far each probability moves with what is not known of the fit, in standard errors, float64 [n, 2].

        The squares of a row sum to the variance of its probability; those of sums of rows to that of sums.
        """
        chance = self.probability(quality)
        slope = np.column_stack([np.ones(len(quality)), _doubt(quality)])
        moved: Floats = (chance * (1 - chance))[:, None] * slope @ self.root
        return moved


def calibrate(
    quality: Floats,
    wrong: Booleans,
    groups: npt.ArrayLike | None = None,
    weights: Floats | None = None,
) -> Calibration:
    """Return how probable an error is at each quality, fitted to labels that were looked at.

    A quality that is no better than none, with a slope below 0, is not used: all labels are equally likely wrong.

    Parameters
    ----------
    quality
        Of the labels that were looked at, 0 to 1, float64 [n].
    wrong
        Whether they were, bool [n].
    groups
        The group of each, within which errors may depend on one another: it widens what is not known of the fit.
    weights
        How many labels each stands for, as ``stands_for`` has it, above 0, float64 [n]; None: each for as many. With
        them the fit is right where most labels are, also if no curve of this form is right everywhere.

    Examples
    --------
    >>> quality = np.repeat([0.1, 0.9], 50)
    >>> wrong = np.arange(100) % 50 < np.repeat([40, 5], 50)
    >>> calibrate(quality, wrong).probability(np.array([0.1, 0.5, 0.9])).round(2).tolist()
    [0.79, 0.41, 0.11]
    """
    looks, errors = len(wrong), int(wrong.sum())
    if looks < FEWEST_LOOKS:
        return Calibration.unknown(looks, errors)
    # What was never seen is not impossible: Platt's targets are those of one more look on either side.
    target = np.where(wrong, (errors + 1) / (errors + 2), 1 / (looks - errors + 2))
    doubt = _doubt(quality)
    # By one key, so that the sums do not depend on the order of rows.
    weight = np.ones(looks) if weights is None else weights / np.sort(weights).mean()
    order = np.lexsort((weight, target, doubt))
    doubt, target, weight = doubt[order], target[order], weight[order]
    intercept, slope = _fitted(doubt, target, weight)
    if slope < 0:
        share = float((target * weight).sum() / weight.sum())
        intercept, slope = math.log(share / (1 - share)), 0.0
    codes, count = group_codes(np.arange(looks) if groups is None else np.asarray(groups)[order])
    root = _root((intercept, slope), (doubt, target, weight), codes, count)
    return Calibration(intercept, slope, looks, errors, root)


def stands_for(quality: Floats, looked: Booleans, drawn: Booleans) -> Floats:
    """Return how many of n labels each that was looked at stands for, float64 [n]; 0 of the others.

    Labels were chosen from the lowest quality on: those as low as any that was chosen stand for one another, and what
    was looked at at random among the rest stands for the rest.

    Parameters
    ----------
    quality
        That by which labels were chosen, float64 [n].
    looked
        Which labels were looked at, bool [n].
    drawn
        Which of these at random, bool [n].

    Examples
    --------
    >>> looked = np.array([True, True, False, True, False])
    >>> drawn = np.array([False, False, False, True, False])
    >>> stands_for(np.array([0.1, 0.2, 0.6, 0.7, 0.8]), looked, drawn).tolist()
    [1.0, 1.0, 0.0, 3.0, 0.0]
    """
    chosen = looked & ~drawn
    low = quality <= (quality[chosen].max() if chosen.any() else -np.inf)
    weights = np.zeros(len(quality))
    for part in (low, ~low):
        weights[part & looked] = part.sum() / max(int((part & looked).sum()), 1)
    return weights


def error_rate(
    wrong: Booleans, groups: npt.ArrayLike | None = None, confidence: float = 0.95
) -> Estimate:
    """Return the share of labels that is wrong, from those that were looked at at random.

    Labels that are each a group of its own have exact limits; otherwise those of ``covering``, and none with fewer
    than ten groups.

    Examples
    --------
    >>> found = error_rate(np.arange(100) < 8)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (0.08, 0.035, 0.152)
    """
    if not len(wrong):
        return undefined("nothing was looked at at random")
    rows = np.column_stack([wrong, np.ones(len(wrong))]).astype(np.float64)
    return covering(rows, groups, ratio_of((1, 0), (0, 1)), confidence)


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


def _fitted(x: Floats, target: Floats, weight: Floats) -> tuple[float, float]:
    """Return intercept and slope of the weighted logistic regression of *target* on *x*, all float64 [n]."""
    above = float((target * weight).sum())
    beta = np.array([math.log((above + 1) / (weight.sum() - above + 1)), 0.0])
    design = np.column_stack([np.ones(len(x)), x])
    loss = _loss(design @ beta, target, weight)
    for _ in range(_STEPS):
        chance = _logistic(design @ beta)
        gradient = design.T @ (weight * (chance - target))
        hessian = _weighed(design, weight * chance * (1 - chance)) + _RIDGE * np.eye(2)
        step, size = np.linalg.solve(hessian, gradient), 1.0
        while size > _SMALLEST_STEP and _loss(design @ (beta - size * step), target, weight) > loss:
            size /= 2
        moved = beta - size * step
        now = _loss(design @ moved, target, weight)
        settled = loss - now < _SMALLEST_STEP * len(x)
        beta, loss = (moved, now) if now < loss else (beta, loss)
        if settled:
            break
    return float(beta[0]), float(beta[1])


def _root(
    beta: tuple[float, float],
    fitted: tuple[Floats, Floats, Floats],
    codes: npt.NDArray[np.intp],
    count: int,
) -> Floats:
    """Return a root of the covariance of *beta*, fitted to x, targets and weights, float64 [2, 2].

    It is that of independent labels, widened by the most that groups add to it in any direction, and never less: where
    all labels were alike, their residuals say nothing of what is not known.
    """
    x, target, weight = fitted
    chance = _logistic(beta[0] + beta[1] * x)
    design = np.column_stack([np.ones(len(x)), x])
    spread = chance * (1 - chance)
    bread = np.linalg.inv(_weighed(design, weight * spread) + _RIDGE * np.eye(2))
    meat = np.linalg.cholesky(_weighed(design, np.square(weight) * spread) + _RIDGE * np.eye(2))
    root: Floats = bread @ meat
    if count == len(x):
        return root
    scores = sum_by(design * (weight * (chance - target))[:, None], codes, count)
    scores = np.linalg.solve(meat, scores.T).T
    most = float(np.linalg.eigvalsh(scores.T @ scores)[-1]) * count / max(count - 1, 1)
    widened: Floats = root * math.sqrt(max(most, 1.0))
    return widened


def _weighed(design: Floats, weight: Floats) -> Floats:
    weighed: Floats = (design * weight[:, None]).T @ design
    return weighed


def _loss(logit: Floats, target: Floats, weight: Floats) -> float:
    return float((weight * (np.logaddexp(0.0, logit) - target * logit)).sum())
