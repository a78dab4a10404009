"""Differences between scores of the same units, with intervals that rest on what differs.

Scores of the same units move together, so their difference is known better than each. Its interval is the wider of two:
Student's t of what the groups add to it, and the limits of what units add for one side and for the other, put together;
see ``core.scoring.certainty.limits``. The first alone covers too seldom where hardly a unit differs. Neither is
nearer than what groups may do in which one side fails wholly, and of which none happens to be there. Of scores that
nothing bounds, such as errors, it is Student's t with as many degrees of freedom as there are groups that carry the
variance.

References
----------
Newcombe (1998), Interval estimation for the difference between independent proportions, Statistics in Medicine
17:873-890; Zou and Donner (2008), Construction of confidence limits about effect measures: a general approach,
Statistics in Medicine 27:1693-1702, doi:10.1002/sim.3095: limits of a difference from those of its two sides.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from groundkeeper.core.binomial import share_limits
from groundkeeper.core.estimates import (
    ALL_THE_SAME,
    FEWEST_GROUPS,
    Estimate,
    Floats,
    Statistic,
    effective_n,
    group_codes,
    sum_by,
    too_few,
    undefined,
)
from groundkeeper.core.scoring.certainty.covering import (
    ALL_ALIKE,
    Evidence,
    Limits,
    influence_of,
    share_of,
)
from groundkeeper.core.scoring.certainty.limits import (
    as_many_as,
    effective_trials,
    half_width,
    spread_of,
    student,
    with_unseen,
)
from groundkeeper.core.scoring.certainty.ratios import Ratios, ends_of

_ROUNDING = 1e-12
THE_SAME = "the same"
"""The note of a difference between a thing and itself."""
UNSEEN = (
    "the limits allow for groups in which one of the two fails wholly, and of which none happens to be among these "
    "{groups}"
)
"""The note of limits that are as wide as they are because groups are few."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """s scores of the same n units by one statistic.

    Attributes
    ----------
    value
        Each score, nan where it is undefined, float[s].
    influence
        How much each unit moves each score, 0 where that is undefined, float[n, s].
    share
        How much of each score each unit is, float[n, s].
    codes
        The group of each unit, int[n], from 0 to *count*.
    count
        How many groups there are.
    reach
        How far apart two scores can be; infinite if nothing bounds it.
    is_ratio
        Whether they are ratios of sums, or means of such.
    fails_wholly
        As of ``Ratios``.
    """

    value: Floats
    influence: Floats
    share: Floats
    codes: npt.NDArray[np.intp]
    count: int
    reach: float
    is_ratio: bool
    fails_wholly: bool


def scores_of(
    contributions: Sequence[Floats],
    groups: npt.ArrayLike | None,
    statistic: Statistic,
    weights: Floats | None = None,
) -> Scores:
    """Return *statistic* of each of s *contributions* of the same units.

    Parameters
    ----------
    contributions : s of float[n, k]
        What each unit adds to the sums. A score of which nothing is known is all nan. Units that add nothing to any
        are not counted.
    groups, statistic, weights
        As in ``covering.covering``.
    """
    names = np.arange(len(contributions[0])) if groups is None else np.asarray(groups)
    weights = np.ones(len(names)) if weights is None else weights
    counted = np.any([np.nan_to_num(each).any(axis=1) for each in contributions], axis=0)
    codes, count = group_codes(names[counted])
    scored = [Evidence(each[counted], weights[counted], codes, count) for each in contributions]
    value = np.array([_value(evidence, statistic) for evidence in scored])
    influence, share = np.zeros((len(codes), len(value))), np.zeros((len(codes), len(value)))
    for place in np.flatnonzero(~np.isnan(value)):
        influence[:, place] = influence_of(scored[place], statistic)
        share[:, place] = share_of(scored[place], statistic)
    lowest, highest = ends_of(statistic)
    is_ratio = isinstance(statistic, Ratios)
    fails_wholly = isinstance(statistic, Ratios) and statistic.fails_wholly
    reach = highest - lowest
    return Scores(value, influence, share, codes, count, reach, is_ratio, fails_wholly)


def nothing(scores: Scores) -> Estimate:
    """Return the difference between a thing and itself: 0 whatever is drawn, so that it has no interval."""
    return Estimate(0.0, math.nan, math.nan, len(scores.codes), scores.count, math.nan, THE_SAME)


def contrast(scores: Scores, factors: Floats, confidence: float) -> Estimate:
    """Return the sum of the *scores* times *factors* ``[s]``, which sum to 0, with an interval.

    A score whose factor is 0 may be undefined. Without an interval, and a note why, with fewer than
    ``estimates.FEWEST_GROUPS`` groups, or where nothing differs and nothing bounds the scores.

    Examples
    --------
    Forty units, of which A has 36 right and B 30, no unit being right by B alone:

    >>> from groundkeeper.core.scoring.certainty.ratios import ratio_of
    >>> right_a, right_b, one = np.arange(40) < 36, np.arange(40) < 30, np.ones(40)
    >>> both = [np.column_stack([right, one]) for right in (right_a, right_b)]
    >>> found = contrast(scores_of(both, None, ratio_of((1, 0), (0, 1))), np.array([1.0, -1.0]), 0.95)
    >>> round(found.value, 4), round(found.low, 2), round(found.high, 2)
    (0.15, 0.01, 0.31)
    """
    used = factors != 0
    n, count = len(scores.codes), scores.count
    value = float(scores.value[used] @ factors[used])
    if math.isnan(value):
        return undefined("a score that it is made of is undefined", n, count)
    influence = scores.influence @ factors
    share = scores.share[:, used] @ np.abs(factors[used]) / np.abs(factors).sum()
    tells = effective_n(influence, scores.codes, count)
    if math.isnan(tells):
        tells = min(float(n), as_many_as(_by_group(share, scores)).item())
    # Half of the factors are for one side: so far apart can the two sides be.
    furthest = scores.reach * float(np.abs(factors).sum()) / 2
    if count < FEWEST_GROUPS:
        limits = Limits(math.nan, math.nan, too_few(count))
    elif scores.is_ratio and math.isfinite(furthest):
        limits = _bounded(scores, value, influence, share, furthest, confidence)
    else:
        limits = _unbounded(scores, value, influence, furthest, confidence)
    return Estimate(value, limits.low, limits.high, n, count, tells, limits.note)


def _unbounded(
    scores: Scores, value: float, influence: Floats, furthest: float, confidence: float
) -> Limits:
    half = half_width(_by_group(influence, scores), confidence).item()
    if half <= _ROUNDING * max(1.0, abs(value)):
        return Limits(math.nan, math.nan, ALL_THE_SAME)
    return Limits(max(-furthest, value - half), min(furthest, value + half))


def _bounded(  # noqa: PLR0913, PLR0917 - what a difference is made of, and how far it can go
    scores: Scores,
    value: float,
    influence: Floats,
    share: Floats,
    furthest: float,
    confidence: float,
) -> Limits:
    # How few groups carry the variance is in the limits of the sides.
    deviation = np.sqrt(spread_of(_by_group(influence, scores)).variance).item()
    half = deviation * student(np.array(scores.count - 1.0), confidence).item()
    added = (influence + value * share) / furthest
    fall, rise = (each * furthest for each in _of_sides(scores, added, share, confidence))
    low = max(value - max(half, fall), -furthest)
    high = min(value + max(half, rise), furthest)
    notes = [ALL_ALIKE] if half <= _ROUNDING else []
    if scores.fails_wholly:
        least, utmost = _with_unseen(scores, value, share, furthest, confidence)
        if least < low or utmost > high:
            notes.append(UNSEEN.format(groups=scores.count))
        low, high = min(low, least), max(high, utmost)
    return Limits(low, high, "; ".join(notes))


def _with_unseen(
    scores: Scores, value: float, share: Floats, furthest: float, confidence: float
) -> tuple[float, float]:
    """Return what a difference may be for groups that are not there, in which one side fails wholly."""
    placed = np.array([(value / furthest + 1) / 2])
    ends = with_unseen(placed, _by_group(share, scores), confidence)
    least, utmost = ((2 * end.item() - 1) * furthest for end in ends)
    return least, utmost


def _value(evidence: Evidence, statistic: Statistic) -> float:
    total = evidence.weighed.sum(axis=0)
    return math.nan if np.isnan(total).any() else float(statistic(total[None])[0])


def _by_group(column: Floats, scores: Scores) -> Floats:
    return sum_by(column[:, None], scores.codes, scores.count)


def _of_sides(
    scores: Scores, added: Floats, share: Floats, confidence: float
) -> tuple[float, float]:
    """Return how far a difference may fall and rise, from what units add for it and what they add against it.

    *added* ``[n]`` is what each unit adds, *share* ``[n]`` how much of the scores it is.
    """
    # Units in which nothing differs add nothing, but for rounding.
    added = np.where(np.abs(added) > _ROUNDING, added, 0.0)
    sides = np.array([added.clip(min=0).sum(), (-added).clip(min=0).sum()]).clip(0, 1)
    apart, size = _by_group(np.abs(added), scores), _by_group(share, scores)
    total = apart.sum(axis=0).clip(0, 1)
    # How many units tell as much is known better of both sides together than of one that hardly a unit is on.
    trials = effective_trials(total, apart - total * size, size, np.array([np.inf]), confidence)
    low, high = share_limits(sides, trials, confidence)
    fall = math.hypot(sides[0] - low[0], high[1] - sides[1])
    rise = math.hypot(high[0] - sides[0], sides[1] - low[1])
    return fall, rise
