"""A score with an interval that covers as often as it claims, in small and clustered samples too.

The percentile bootstrap of ``core.estimates`` covers too seldom where groups are few or unequal, and says nothing
where everything is right. Here the interval comes from how much each group moves the score, see
``core.scoring.certainty.limits``; no random numbers are needed. ``benchmarks/score_coverage.py`` measures how often it
covers.

* One ratio of counts, every group being one unit, all of the same weight: the exact limits of Clopper and Pearson.
* A mean of ratios on a scale with two ends: binomial limits at an effective number of units, and none nearer than what
  groups may do of a kind that happens not to be there, see ``limits.with_unseen``. For a mean over classes
  the limits of each class are put together as well, and the wider count: a class with one group or without an error
  tells nothing about its variance.
* Amounts of which only the lower end is known, such as errors: Student's t of the logarithm; none where hardly a group
  has any of it, as what another one would add is then anybody's guess.
* Any other statistic: Student's t, as far as the statistic goes: what no data could give is cut off.

References
----------
Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, sections 5.5 to 5.7: linearised ratios and
weights.
Zou and Donner (2008), Construction of confidence limits about effect measures: a general approach, Statistics in
Medicine 27:1693-1702, doi:10.1002/sim.3095: limits of a sum from those of its parts.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from groundkeeper.core.binomial import lower_limit, upper_limit
from groundkeeper.core.estimates import (
    ALL_THE_SAME,
    FEWEST_GROUPS,
    UNDEFINED,
    Estimate,
    Floats,
    Statistic,
    any_of,
    effective_n,
    gradient_at,
    group_codes,
    sum_by,
    too_few,
    undefined,
)
from groundkeeper.core.scoring.certainty.limits import (
    as_many_as,
    bounded,
    half_width,
    with_unseen,
)
from groundkeeper.core.scoring.certainty.ratios import Ratios, ends_of

ALL_ALIKE = "every group gives the same: the limits count each group as one unit"
"""The note of limits that rest on how many groups there are, because nothing differs between them."""
CARRIED_BY_ONE = (
    "no interval: hardly a group carries it, and nothing bounds what another one would add"
)
"""The note of an amount that nothing bounds, where hardly a group has any of it."""
FARTHEST = 100.0
"""Limits of an amount that are more than so many times what it is tell nothing."""
DOMINANT = 0.25
"""The share of a score of which on one group is said to dominate it."""
FEWEST_HEAVY = 5
"""With fewer groups of the largest weights nobody knows how much these differ."""
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The units behind a score.

    Attributes
    ----------
    contributions
        What each unit adds, float[n, k]; weights are not in it.
    weights
        What each unit stands for, float[n].
    codes
        The group of each unit, int[n], from 0 to *count*.
    count
        How many groups there are.
    weighed
        What each unit adds for all that it stands for, float[n, k]; it is not given but computed.
    """

    contributions: Floats
    weights: Floats
    codes: npt.NDArray[np.intp]
    count: int
    weighed: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Weigh what each unit adds."""
        even = bool((self.weights == 1).all())
        weighed = self.contributions if even else self.contributions * self.weights[:, None]
        object.__setattr__(self, "weighed", weighed)


class Limits(NamedTuple):
    """Where an interval begins and ends, nan if there is none, and what is to say about it."""

    low: float
    high: float
    note: str = ""


def covering(
    contributions: Floats,
    groups: npt.ArrayLike | None,
    statistic: Statistic,
    confidence: float,
    weights: Floats | None = None,
) -> Estimate:
    """Return *statistic* of the summed *contributions* with an interval that covers at least as often as it claims.

    Parameters
    ----------
    contributions : float[n, k]
        What each unit adds to the sums that the score is made of.
    groups : str or int[n], optional
        The group of each unit; without it each is a group of its own.
    statistic : callable
        From sums ``[rounds, k]`` to figures ``[rounds]``. What is a ratio of sums or a mean of such should be a
        ``Ratios``: of any other the interval knows neither the ends of the scale nor what one unit can do at most.
    confidence : float
        In (0, 1).
    weights : float[n], optional
        What each unit stands for: 1 / inclusion probability, for a statement about the pool. It is then a ratio of
        weighted sums (Hajek's estimator).

    Returns
    -------
    Estimate
        Without an interval, and a note why, with fewer than ``estimates.FEWEST_GROUPS`` groups, unless the exact limits
        apply; if all groups are alike on a scale without ends; or if the statistic is to have none. The effective n is
        that of ``estimates.estimate``; where nothing differs it is the number of equal groups that tell as much.

    Examples
    --------
    Thirty units, all right: the limits are exact.

    >>> accuracy = Ratios(np.array([[1.0], [0.0]]), np.array([[0.0], [1.0]]))
    >>> right = np.ones((30, 2))
    >>> found = covering(right, None, accuracy, 0.95)
    >>> found.value, round(found.low, 4), found.high
    (1.0, 0.8843, 1.0)

    As ten documents of three sentences each they say less:

    >>> found = covering(right, np.repeat(np.arange(10), 3), accuracy, 0.95)
    >>> round(found.low, 4), round(found.effective_n, 4)
    (0.6915, 10.0)
    """
    evidence = evidence_of(contributions, groups, weights, statistic)
    n, count = len(evidence.codes), evidence.count
    total = evidence.weighed.sum(axis=0)
    value = float(statistic(total[None])[0]) if n else math.nan
    if math.isnan(value):
        return undefined(UNDEFINED, n, count)
    reason = statistic.without_interval if isinstance(statistic, Ratios) else ""
    none = Limits(math.nan, math.nan, reason)
    low, high, note = none if reason else _limits(evidence, statistic, value, confidence)
    return Estimate(value, low, high, n, count, _tells(evidence, statistic), note)


def evidence_of(
    contributions: Floats,
    groups: npt.ArrayLike | None,
    weights: Floats | None,
    statistic: Statistic,
) -> Evidence:
    """Return the units that count in *statistic*; of a ratio those that its denominator counts."""
    names = np.arange(len(contributions)) if groups is None else np.asarray(groups)
    weights = np.ones(len(contributions)) if weights is None else weights
    if isinstance(statistic, Ratios):
        counted = any_of(contributions @ statistic.denominator)
        if not counted.all():
            contributions, names, weights = contributions[counted], names[counted], weights[counted]
    return Evidence(contributions, weights, *group_codes(names))


def influence_of(evidence: Evidence, statistic: Statistic) -> Floats:
    """Return how much each unit moves *statistic*, float[n]; together they do not move it."""
    total = evidence.weighed.sum(axis=0)
    if isinstance(statistic, Ratios):
        return evidence.weighed @ slope_of(statistic, total)
    return evidence.weighed @ gradient_at(statistic, total)


def share_of(evidence: Evidence, statistic: Statistic) -> Floats:
    """Return how much of the score each unit is, float[n], which sum to 1.

    Of a mean of ratios its mean share of their denominators; of another statistic that of the weights.
    """
    if not isinstance(statistic, Ratios):
        equal: Floats = evidence.weights / evidence.weights.sum()
        return equal
    below = evidence.weighed @ statistic.denominator
    takes_part = _takes_part(statistic, evidence.weighed.sum(axis=0))
    below = below[:, takes_part]
    shares: Floats = (below / below.sum(axis=0)).mean(axis=1)
    return shares


def slope_of(statistic: Ratios, total: Floats) -> Floats:
    """Return the gradient of a mean of ratios at the sums *total* ``[k]``, float[k]; exact."""
    takes_part = _takes_part(statistic, total)
    above, below = statistic.numerator[:, takes_part], statistic.denominator[:, takes_part]
    parts = statistic.parts(total[None])[0, takes_part]
    slopes: Floats = ((above - parts * below) / (total @ below)).mean(axis=1)
    return slopes


def _takes_part(statistic: Ratios, total: Floats) -> npt.NDArray[np.bool_]:
    takes_part: npt.NDArray[np.bool_] = ~np.isnan(statistic.parts(total[None])[0])
    return takes_part


def _limits(evidence: Evidence, statistic: Statistic, value: float, confidence: float) -> Limits:
    if isinstance(statistic, Ratios) and _is_independent(evidence, statistic):
        return _exact(evidence, statistic, confidence)
    if evidence.count < FEWEST_GROUPS:
        return Limits(math.nan, math.nan, too_few(evidence.count))
    if isinstance(statistic, Ratios) and statistic.is_bounded:
        return _of_ratios(evidence, statistic, value, confidence)
    return _unbounded(evidence, statistic, value, confidence)


def _unbounded(evidence: Evidence, statistic: Statistic, value: float, confidence: float) -> Limits:
    """Return the limits of a statistic of which at most the lower end is known."""
    influence = influence_of(evidence, statistic)
    of_group = sum_by(influence[:, None], evidence.codes, evidence.count)
    half = half_width(of_group, confidence).item()
    if half <= _ROUNDING * max(1.0, abs(value)):
        return Limits(math.nan, math.nan, ALL_THE_SAME)
    lowest, highest = ends_of(statistic)
    if not (isinstance(statistic, Ratios) and lowest == 0 < value):
        return Limits(max(lowest, value - half), min(highest, value + half))
    if half > value * math.log(FARTHEST):
        return Limits(math.nan, math.nan, CARRIED_BY_ONE)
    return Limits(value * math.exp(-half / value), value * math.exp(half / value))


def _is_independent(evidence: Evidence, statistic: Ratios) -> bool:
    """Say whether the score is a share of units that are each a group of its own and weigh the same."""
    if not statistic.counts or statistic.denominator.shape[1] > 1:
        return False
    below = evidence.weighed @ statistic.denominator[:, 0]
    above = evidence.weighed @ statistic.numerator[:, 0]
    counted = below != 0
    alone = np.bincount(evidence.codes[counted], minlength=evidence.count).max() == 1
    alike = np.ptp(below[counted]) <= _ROUNDING * below.max()
    whole = np.isin(above[counted] / below[counted], (0.0, 1.0)).all()
    return bool(alone and alike and whole)


def _exact(evidence: Evidence, statistic: Ratios, confidence: float) -> Limits:
    below = evidence.weighed @ statistic.denominator[:, 0]
    trials = float((below != 0).sum())
    events = trials * statistic(evidence.weighed.sum(axis=0)[None]).item()
    one_sided = (1 + confidence) / 2
    low = lower_limit(events, trials, one_sided)
    return Limits(low.item(), upper_limit(events, trials, one_sided).item())


def _of_ratios(evidence: Evidence, statistic: Ratios, value: float, confidence: float) -> Limits:
    """Return the limits of a mean of ratios on a scale with two ends."""
    total = evidence.weighed.sum(axis=0)
    takes_part = _takes_part(statistic, total)
    above, below = statistic.numerator[:, takes_part], statistic.denominator[:, takes_part]
    by_group = sum_by(evidence.weighed, evidence.codes, evidence.count)
    size = total @ below
    width = statistic.highest - statistic.lowest
    parts = statistic.parts(total[None])[0, takes_part]
    influence = (by_group @ above - parts * (by_group @ below)) / size / width
    share = by_group @ below / size
    # One more column for their mean: the parts come from the same groups, and may move together.
    influence = np.column_stack([influence, influence.mean(axis=1)])
    share = np.column_stack([share, share.mean(axis=1)])
    placed = (np.append(parts, value) - statistic.lowest) / width
    most = _most(evidence, below, size) if statistic.counts else np.full(len(placed), np.inf)
    heaviest = _heaviest(evidence, below, size)
    placed = placed.clip(0, 1)
    low, high = bounded(placed, influence, share, most, confidence, heaviest)
    if statistic.fails_wholly:
        least, utmost = with_unseen(placed, share, confidence)
        low, high = np.minimum(low, least), np.maximum(high, utmost)
    fall = max(placed[-1] - low[-1], np.linalg.norm((placed - low)[:-1]) / len(parts))
    rise = max(high[-1] - placed[-1], np.linalg.norm((high - placed)[:-1]) / len(parts))
    said = ALL_ALIKE if np.abs(influence).max() <= _ROUNDING else ""
    note = "; ".join(filter(None, [said, _dominated(evidence, share[:, -1])]))
    ends = np.clip([placed[-1] - fall, placed[-1] + rise], 0, 1) * width + statistic.lowest
    return Limits(float(ends[0]), float(ends[1]), note)


def _most(evidence: Evidence, below: Floats, size: Floats) -> Floats:
    """Return how many independent units each ratio is made of at most, and their mean: those of Kish, of weights."""
    squares = (np.square(evidence.weights) @ evidence.contributions) @ below
    most = size**2 / squares
    return np.append(most, len(size) ** 2 / (1 / most).sum())


def _heaviest(evidence: Evidence, below: Floats, size: Floats) -> Floats:
    """Return for how many the heaviest unit of each ratio counts, against what a unit counts for on average.

    The average is that of what is weighed: with equal weights it is 1. Of their mean it is the largest.
    """
    is_met = evidence.contributions @ below != 0
    largest = np.where(is_met, evidence.weights[:, None], 0.0).max(axis=0)
    squares = (np.square(evidence.weights) @ evidence.contributions) @ below
    heaviest = largest * size / squares
    return np.append(heaviest, heaviest.max())


def _dominated(evidence: Evidence, share: Floats) -> str:
    """Return what is to say of groups that outweigh the others, '' if none does; *share* is float[G]."""
    if (most := share.max()) > DOMINANT:
        return f"one group is {most:.0%} of it: if others as large are unlike it, the interval is too narrow"
    largest = evidence.weights.max()
    heavy = evidence.weights > largest / 2
    groups = len(np.unique(evidence.codes[heavy]))
    if largest > 2 * evidence.weights.mean() and groups < FEWEST_HEAVY:
        return (
            f"only {groups} groups have the largest weights: if others like them are unlike them, the interval is "
            "too narrow"
        )
    return ""


def _tells(evidence: Evidence, statistic: Statistic) -> float:
    """Return the effective n of a score: n over its design effect, or what the groups alone tell."""
    influence = influence_of(evidence, statistic)
    found = effective_n(influence, evidence.codes, evidence.count)
    if not math.isnan(found):
        return found
    share = sum_by(share_of(evidence, statistic)[:, None], evidence.codes, evidence.count)
    return min(float(len(influence)), as_many_as(share).item())
