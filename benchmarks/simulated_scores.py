"""Gold that is simulated in groups, and the interval of a score of it, whose truth is known.

Units come in groups (the objects of one patient), whose sizes vary by about four fifths of their mean. Two units of a
group are alike by the correlation that is given; what that does to the variance of a score, of groups against as many
independent units, is its design effect. In some designs a few groups fail wholly, so that a sample may have none.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtr, ndtri

from groundkeeper.core.estimates import Estimate, Floats, Resampling, Statistic, estimate
from groundkeeper.core.scoring.certainty.covering import covering
from groundkeeper.core.scoring.certainty.effects import split
from groundkeeper.core.scoring.certainty.paired import difference
from groundkeeper.core.scoring.certainty.ratios import Ratios, ratio_of

CONFIDENCE = 0.95
VARIATION = 0.8
"""Standard deviation of the sizes of groups over their mean."""
SHARE = ratio_of((1, 0), (0, 1))
AMOUNT = replace(SHARE, counts=False)
ERROR = replace(AMOUNT, highest=np.inf)
F1 = ratio_of((2, 0, 0), (2, 1, 1))
SHARES = (0.5, 0.8, 0.95, 0.99)
CLASSES = (0.6, 0.25, 0.1, 0.05)
"""How often each class is met, of the mean over classes."""
HARD = 0.2
"""Share of the pool that is hard, and is drawn more seldom."""
OF_HARD, OF_OTHERS = 0.6, 0.95
"""What is right of these, and of the others."""
FAIL_SHARE, FAIL_IOU, BURSTING = 0.08, 0.1, 0.05
"""Share of the groups that fail: of a share of things that are right, of overlaps, and by a burst of extras."""
OF_THERE = 0.9
"""What is found of the objects of a group."""
TAIL, LARGEST, WORSE = 1.2, 80, 0.85
"""Exponent of very unequal sizes, the largest in scales, and by how much less is right in large groups."""

Codes: TypeAlias = npt.NDArray[np.intp]
Booleans: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Design:
    """What is simulated: how many groups, how large on average, and how alike their units are, as a correlation."""

    groups: int
    size: int
    alike: float

    def draw(self, rng: np.random.Generator) -> Codes:
        """Return the group of each unit, int[n]."""
        if self.size == 1:
            return np.arange(self.groups)
        shape = VARIATION**-2
        mean = rng.gamma(shape, (self.size - 1) / shape, self.groups)
        return np.repeat(np.arange(self.groups), 1 + rng.poisson(mean))

    def alike_numbers(self, group: Codes, rng: np.random.Generator) -> Floats:
        """Return a normal number of each unit, those of one group correlated."""
        shared = rng.normal(size=self.groups)[group]
        own = rng.normal(size=len(group))
        return math.sqrt(self.alike) * shared + math.sqrt(1 - self.alike) * own


class Gold(NamedTuple):
    """One simulated set of gold: an interval, that of the bootstrap if it was made, and the number of units."""

    found: Estimate
    bootstrap: tuple[float, float] | None
    truth: float


Simulated: TypeAlias = Callable[[Design, np.random.Generator, Resampling | None], Gold]


def of_share(
    truth: float, design: Design, rng: np.random.Generator, how: Resampling | None
) -> Gold:
    """Return the interval of a share, such as accuracy; groups have shares of their own, from a beta distribution."""
    group = design.draw(rng)
    right = _right(np.full(design.groups, truth), design, group, rng)
    return _scored(np.column_stack([right, np.ones(len(group))]), group, SHARE, truth, how)


def of_iou(design: Design, rng: np.random.Generator, how: Resampling | None) -> Gold:
    """Return the interval of a mean IoU: most near 1, a few far from it."""
    group = design.draw(rng)
    iou = betaincinv(8.0, 1.5, ndtr(design.alike_numbers(group, rng)))
    return _scored(np.column_stack([iou, np.ones(len(group))]), group, AMOUNT, 8 / 9.5, how)


def of_error(design: Design, rng: np.random.Generator, how: Resampling | None) -> Gold:
    """Return the interval of a mean absolute error of normal errors."""
    group = design.draw(rng)
    error = np.abs(design.alike_numbers(group, rng))
    truth = np.sqrt(2 / np.pi)
    return _scored(np.column_stack([error, np.ones(len(group))]), group, ERROR, truth, how)


def of_f1(design: Design, rng: np.random.Generator, how: Resampling | None) -> Gold:
    """Return the interval of F1: of the objects 85 % are found, and as many as 15 % of them are too many."""
    group = design.draw(rng)
    found = design.alike_numbers(group, rng) < ndtri(0.85)
    extra = design.alike_numbers(group, rng) < ndtri(0.15)
    units = np.column_stack([found, ~found, extra]).astype(np.float64)
    return _scored(units, group, F1, 2 * 0.85 / (2 * 0.85 + 0.3), how)


def of_macro(design: Design, rng: np.random.Generator, how: Resampling | None) -> Gold:
    """Return the interval of a mean recall over classes, rare ones among them, found in 95 to 80 %."""
    group = design.draw(rng)
    every_class = np.arange(len(CLASSES))
    of_class = rng.choice(every_class, size=len(group), p=CLASSES)
    # The mean is over the classes of the ground truth; so that it is of the same ones, all of them are in it.
    while not np.isin(every_class, of_class).all():
        of_class = rng.choice(every_class, size=len(group), p=CLASSES)
    recall = np.linspace(0.95, 0.8, len(CLASSES))
    found = design.alike_numbers(group, rng) < ndtri(recall)[of_class]
    met = of_class[:, None] == np.arange(len(CLASSES))
    units = np.column_stack([met & found[:, None], met]).astype(np.float64)
    every, none = np.eye(len(CLASSES)), np.zeros((len(CLASSES), len(CLASSES)))
    statistic = Ratios(np.vstack([every, none]), np.vstack([none, every]))
    return _scored(units, group, statistic, float(recall.mean()), how)


def of_pool(
    seldom: float, design: Design, rng: np.random.Generator, how: Resampling | None
) -> Gold:
    """Return the interval of a share of the pool; a hard fifth is drawn with the chance *seldom*, the rest with .3."""
    group = design.draw(rng)
    of_hard, of_others = HARD * seldom, (1 - HARD) * 0.3
    is_hard = rng.random(design.groups) < of_hard / (of_hard + of_others)
    right = _right(np.where(is_hard, OF_HARD, OF_OTHERS), design, group, rng)
    weights = np.where(is_hard, 1 / seldom, 1 / 0.3)[group]
    truth = HARD * OF_HARD + (1 - HARD) * OF_OTHERS
    return _scored(np.column_stack([right, np.ones(len(group))]), group, SHARE, truth, how, weights)


def of_sizes(design: Design, rng: np.random.Generator, how: Resampling | None) -> Gold:
    """Return the interval of a share where few groups have most units, and large ones are worse."""
    sizes, share = _sizes(design.groups, design.size, rng)
    group = np.repeat(np.arange(design.groups), sizes)
    right = _right(share, design, group, rng)
    truth = _share_over_sizes(design.size)
    return _scored(np.column_stack([right, np.ones(len(group))]), group, SHARE, truth, how)


def _sizes(count: int, scale: int, rng: np.random.Generator) -> tuple[Codes, Floats]:
    """Return how many units each group has, and what is right of them on average."""
    sizes = np.minimum(1 + (rng.pareto(TAIL, count) * scale * 0.6).astype(np.intp), LARGEST * scale)
    return sizes, np.where(sizes > 1.35 * scale, 0.8 * WORSE, 0.8)


@lru_cache
def _share_over_sizes(scale: int) -> float:
    sizes, share = _sizes(1_000_000, scale, np.random.default_rng(0))
    return float(sizes @ share / sizes.sum())


def _right(share: Floats, design: Design, group: Codes, rng: np.random.Generator) -> Booleans:
    """Return which units are right: groups have shares of their own around *share* ``[groups]``, which are beta."""
    if design.alike and design.size > 1:
        precision = 1 / design.alike - 1
        share = rng.beta(share * precision, (1 - share) * precision)
    right: Booleans = rng.random(len(group)) < share[group]
    return right


def of_difference(
    first: float, second: float, design: Design, rng: np.random.Generator, how: Resampling | None
) -> Gold:
    """Return the paired interval of A less B, who are mostly right in the same units."""
    group = design.draw(rng)
    common = design.alike_numbers(group, rng)
    sides = [
        np.sqrt(0.8) * common + np.sqrt(0.2) * design.alike_numbers(group, rng) < ndtri(share)
        for share in (first, second)
    ]
    one = np.ones(len(group))
    a, b = (np.column_stack([right, one]) for right in sides)
    found = difference(a, b, group, SHARE, CONFIDENCE)
    both = np.column_stack([*sides, one]).astype(np.float64)
    return Gold(found, _bootstrap(both, group, _a_less_b, how), first - second)


def of_effect(design: Design, rng: np.random.Generator, _how: Resampling | None) -> Gold:
    """Return the interval of the effect of the model on recall, among changes of ground truth and guideline."""
    group = design.draw(rng)
    common = design.alike_numbers(group, rng)
    shares = np.array([[[0.8, 0.85], [0.75, 0.85]], [[0.85, 0.9], [0.85, 0.95]]])
    latent = np.column_stack([design.alike_numbers(group, rng) for _ in range(shares.size)])
    latent = np.sqrt(0.8) * common[:, None] + np.sqrt(0.2) * latent
    found_in = (latent < ndtri(shares.ravel())).reshape(-1, *shares.shape)
    cells = np.stack([found_in, np.ones_like(found_in)], axis=-1).astype(np.float64)
    found = split(cells, group, SHARE, CONFIDENCE).effects["model"]
    steps = shares[1] - shares[0]
    truth = steps[0, 0] / 3 + steps[1, 1] / 3 + (steps[0, 1] + steps[1, 0]) / 6
    return Gold(found, None, float(truth))


def of_failing_share(design: Design, rng: np.random.Generator, how: Resampling | None) -> Gold:
    """Return the interval of a share that is .97, and .1 in 8 % of the groups, whose sizes are log-normal."""
    sizes = np.maximum(1, rng.lognormal(1.5, 1.0, design.groups)).astype(np.intp)
    group = np.repeat(np.arange(design.groups), sizes)
    share = np.where(rng.random(design.groups) < FAIL_SHARE, 0.1, 0.97)
    right = rng.random(len(group)) < share[group]
    truth = FAIL_SHARE * 0.1 + (1 - FAIL_SHARE) * 0.97
    return _scored(np.column_stack([right, np.ones(len(group))]), group, SHARE, truth, how)


def of_failing_iou(design: Design, rng: np.random.Generator, how: Resampling | None) -> Gold:
    """Return the interval of a mean IoU that is .9, and .4 in a tenth of the groups."""
    iou, group = _failing_iou(design, rng)
    return _scored(np.column_stack([iou, np.ones(len(group))]), group, AMOUNT, 0.85, how)


def of_failing_side(design: Design, rng: np.random.Generator, how: Resampling | None) -> Gold:
    """Return the paired interval of a mean IoU of .9 less one that is .4 in a tenth of the groups."""
    second, group = _failing_iou(design, rng)
    first = rng.normal(0.9, 0.05, len(group)).clip(0, 1)
    one = np.ones(len(group))
    a, b = (np.column_stack([iou, one]) for iou in (first, second))
    found = difference(a, b, group, AMOUNT, CONFIDENCE)
    return Gold(
        found, _bootstrap(np.column_stack([first, second, one]), group, _a_less_b, how), 0.05
    )


def _failing_iou(design: Design, rng: np.random.Generator) -> tuple[Floats, Codes]:
    """Return the IoU of each unit and its group."""
    group = np.repeat(np.arange(design.groups), rng.geometric(0.2, design.groups))
    mean = np.where(rng.random(design.groups) < FAIL_IOU, 0.4, 0.9)
    return rng.normal(mean[group], 0.05).clip(0, 1), group


def of_bursts(
    too_many: int, design: Design, rng: np.random.Generator, how: Resampling | None
) -> Gold:
    """Return the interval of F1 of some seven objects a group, 90 % found; 5 % of the groups have *too_many* extras."""
    there = np.repeat(np.arange(design.groups), 1 + rng.poisson(6, design.groups))
    found = rng.random(len(there)) < OF_THERE
    bursting = np.flatnonzero(rng.random(design.groups) < BURSTING)
    group = np.concatenate([there, np.repeat(bursting, too_many)])
    units = np.zeros((len(group), 3))
    units[: len(there), 0], units[: len(there), 1], units[len(there) :, 2] = found, ~found, 1.0
    objects = 7.0
    truth = 2 * OF_THERE * objects / ((1 + OF_THERE) * objects + BURSTING * too_many)
    return _scored(units, group, F1, truth, how)


def _a_less_b(sums: Floats) -> Floats:
    apart: Floats = (sums[:, 0] - sums[:, 1]) / sums[:, 2]
    return apart


def _scored(  # noqa: PLR0913, PLR0917 - a simulated score, and how it is estimated
    units: Floats,
    group: Codes,
    statistic: Ratios,
    truth: float,
    how: Resampling | None,
    weights: Floats | None = None,
) -> Gold:
    units = units.astype(np.float64)
    found = covering(units, group, statistic, CONFIDENCE, weights)
    weighed = units if weights is None else units * weights[:, None]
    return Gold(found, _bootstrap(weighed, group, statistic, how), truth)


def _bootstrap(
    units: Floats, group: Codes, statistic: Statistic, how: Resampling | None
) -> tuple[float, float] | None:
    if how is None:
        return None
    found = estimate(units, group, statistic, how, how.generator("bootstrap"))
    return found.low, found.high


BURSTS = "f1, bursts in 5 %"
SIMULATED: dict[str, Simulated] = {
    **{f"share {truth}": partial(of_share, truth) for truth in SHARES},
    "f1": of_f1,
    "mean over classes": of_macro,
    "mean iou": of_iou,
    "mean error": of_error,
    "difference 0": partial(of_difference, 0.9, 0.9),
    "difference 0.02": partial(of_difference, 0.99, 0.97),
    "difference 0.1": partial(of_difference, 0.9, 0.8),
    "effect of the model": of_effect,
    "share of the pool": partial(of_pool, 0.1),
    "few large groups, worse": of_sizes,
}
FAILING: dict[str, Simulated] = {
    "share, 8 % of groups fail": of_failing_share,
    "iou, 10 % of groups fail": of_failing_iou,
    "difference, 10 % fail": of_failing_side,
    BURSTS: partial(of_bursts, 30),
}
"""Scores of who fails in a few groups, of which a sample may have none; the sizes of groups are their own."""
BEYOND_THE_SAMPLE: dict[str, Simulated] = {
    "hard ones hardly drawn": partial(of_pool, 0.03),
    BURSTS: FAILING[BURSTS],
}
"""What was not seen is unlike the rest, and weighs more than it."""
