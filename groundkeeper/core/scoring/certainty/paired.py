"""Two who are scored on the same units: how far apart they are, and how surely one is better.

Whose score is higher is uncertain for two reasons: other groups might have been drawn, and the ground truth itself
may be other than what is taken for it. Both are drawn anew many times, alone and together.

References
----------
Rao and Wu (1988), Resampling inference with complex survey data, JASA 83:231-241, doi:10.2307/2288945: one group
fewer is drawn than there are, which gives the unbiased variance between groups.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.estimates import (
    FEWEST_GROUPS,
    Estimate,
    Floats,
    Resampling,
    Statistic,
    chunks,
    group_codes,
    sum_by,
)
from groundkeeper.core.scoring.certainty.contrast import contrast, nothing, scores_of
from groundkeeper.errors import TableError

Units: TypeAlias = npt.NDArray[np.intp]

_SURE: Final = 1e-9
"""How far the probabilities of a unit may be from 1 in sum."""
_ROUNDING: Final = 1e-12
"""Scores that differ by less are a tie."""
_A_LESS_B: Final = np.array([1.0, -1.0])


def difference(  # noqa: PLR0913, PLR0917 - the two who are compared, and what each score is made of
    a: Floats,
    b: Floats,
    groups: npt.ArrayLike | None,
    statistic: Statistic,
    confidence: float,
    weights: Floats | None = None,
) -> Estimate:
    """Return the score of A less that of B on the same units, with a paired interval.

    Parameters
    ----------
    a, b : float[n, k]
        What each unit adds to the sums that the scores are made of. Units that add nothing to either do not count.
    groups, statistic, confidence, weights
        As in ``covering.covering``.

    Examples
    --------
    Two who are right in the same 45 of 50 units; a difference of a few percent may still not have shown:

    >>> from groundkeeper.core.scoring.certainty.ratios import ratio_of
    >>> right = np.column_stack([np.arange(50) < 45, np.ones(50)])
    >>> found = difference(right, right, None, ratio_of((1, 0), (0, 1)), 0.95)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (0.0, -0.071, 0.071)
    """
    return contrast(scores_of([a, b], groups, statistic, weights), _A_LESS_B, confidence)


def of_itself(a: Floats, groups: npt.ArrayLike | None, statistic: Statistic) -> Estimate:
    """Return the difference between a score and itself, 0 without an interval; see ``difference`` for the parameters.

    Examples
    --------
    >>> from groundkeeper.core.scoring.certainty.ratios import ratio_of
    >>> found = of_itself(np.ones((50, 2)), None, ratio_of((1, 0), (0, 1)))
    >>> found.value, found.low, found.n, found.note
    (0.0, nan, 50, 'the same')
    """
    return nothing(scores_of([a], groups, statistic))


@dataclass(frozen=True, slots=True, eq=False)
class Possible:
    """What each of n units adds for A and for B, under each of the m things that its truth may be.

    The truths of different units are drawn independently of one another.

    Attributes
    ----------
    unit
        Of which unit each of the m is, ascending from 0; every unit has one at least, int[m].
    probability
        That it is so, summing to 1 over each unit; 1 where the truth is certain, float[m].
    a, b
        What the unit then adds to the sums of A, and of B, float[m, k].
    groups
        The group of each unit, str or int[n].
    weights
        What each unit stands for, float[n]; without it 1.

    Raises
    ------
    TableError
        Units are out of order, or their probabilities are not.
    """

    unit: Units
    probability: Floats
    a: Floats
    b: Floats
    groups: npt.NDArray[np.object_] | npt.NDArray[np.intp]
    weights: Floats | None = None

    def __post_init__(self) -> None:
        """Refuse units out of order, and probabilities that are none."""
        every = np.arange(len(self.groups))
        if (np.diff(self.unit) < 0).any() or not np.array_equal(np.unique(self.unit), every):
            msg = (
                f"found units that do not ascend from 0 to {len(self.groups) - 1} without a gap; allowed is one group"
                " per unit, and at least one truth of each unit, in their order"
            )
            raise TableError(msg)
        total = np.bincount(self.unit, self.probability, len(self.groups))
        wrong = np.flatnonzero(~(np.abs(total - 1) < _SURE))
        if len(wrong) or not (self.probability >= 0).all():
            where = (
                f"unit {wrong[0]}, where they sum to {total[wrong[0]]:.6g}"
                if len(wrong)
                else "one below 0"
            )
            msg = f"found probabilities that are none: {where}; allowed are such from 0 to 1 that sum to 1 over a unit"
            raise TableError(msg)

    @classmethod
    def certain(
        cls, a: Floats, b: Floats, groups: npt.ArrayLike, weights: Floats | None = None
    ) -> "Possible":
        """Return n units of which the truth is certain: each adds *a* for A and *b* for B, float[n, k]."""
        return cls(np.arange(len(a)), np.ones(len(a)), a, b, np.asarray(groups), weights)


class Chance(NamedTuple):
    """How often A is *above* B, and how often they *tie*, as shares of the draws in which both have a score."""

    above: float
    ties: float

    @property
    def probability(self) -> float:
        """That A beats B, a tie counting half."""
        return self.above + self.ties / 2


@dataclass(frozen=True, slots=True)
class Beats:
    """How surely A is better than B.

    Attributes
    ----------
    both
        When groups and truth are drawn anew.
    sampling
        When groups are, the truth being what is most probable; of equals the first that is named.
    truth
        When the truth is, of the groups that are there.
    n, groups, effective_n
        How many units and groups, and how many independent units would tell as much of the difference.
    draws
        How many; fewer are defined where *note* says so.
    note
        What is missing, and why.
    """

    both: Chance
    sampling: Chance
    truth: Chance
    n: int
    groups: int
    effective_n: float
    draws: int
    note: str = ""

    @classmethod
    def undefined(cls, found: Estimate, note: str) -> "Beats":
        """Return that there is no better one of two who are apart as was *found*; *note* says why."""
        none = Chance(math.nan, math.nan)
        return cls(none, none, none, found.n, found.groups, found.effective_n, 0, note)


def beats(
    possible: Possible,
    statistic: Statistic,
    how: Resampling,
    rng: np.random.Generator,
    *,
    higher_is_better: bool = True,
) -> Beats:
    """Return how surely A is better than B, over other groups and over what the truth may be.

    With fewer than ``estimates.FEWEST_GROUPS`` groups nothing is said of other groups. The truths of units are drawn
    independently: a mistake that was made in all of them alike is not among the draws.

    Parameters
    ----------
    possible : Possible
        What units add under each truth.
    statistic : callable
        From sums ``[rounds, k]`` to figures ``[rounds]``.
    how : Resampling
        Rounds; its seed is not used here.
    rng : numpy.random.Generator
        Source of the draws.
    higher_is_better : bool
        False of errors and the like.

    Examples
    --------
    A is right in all of 40 units, B in all but one. If the truth of that one is sure, A is better for sure among these
    units, though not if it happens not to be drawn; if with a chance of 30 % it is what B said, so is that A is worse:

    >>> from groundkeeper.core.scoring.certainty.ratios import ratio_of
    >>> right, wrong = [1.0, 1.0], [0.0, 1.0]
    >>> sure = Possible.certain(np.array([right] * 40), np.array([right] * 39 + [wrong]), np.arange(40))
    >>> unit, share = np.append(np.arange(40), 39), np.append(np.ones(39), [0.7, 0.3])
    >>> a, b = np.array([right] * 40 + [wrong]), np.array([right] * 39 + [wrong, right])
    >>> unsure = Possible(unit, share, a, b, np.arange(40))
    >>> how = Resampling(rounds=4000, seed=0, confidence=0.95)
    >>> accuracy = ratio_of((1, 0), (0, 1))
    >>> found = [beats(each, accuracy, how, how.generator("x")) for each in (sure, unsure)]
    >>> [(round(each.truth.probability, 1), round(each.both.probability, 1)) for each in found]
    [(1.0, 0.8), (0.7, 0.6)]
    """
    best = _most_probable(possible)
    found = difference(
        possible.a[best],
        possible.b[best],
        possible.groups,
        statistic,
        how.confidence,
        possible.weights,
    )
    if not found.n:
        none = Chance(math.nan, math.nan)
        return Beats(none, none, none, 0, 0, math.nan, how.rounds, found.note)
    columns = (1.0 if higher_is_better else -1.0) * _apart(possible, best, statistic, how, rng)
    both, sampling, truth = (_chance(column) for column in columns)
    missing = int(np.isnan(columns[0]).sum())
    note = f"a score is undefined in {missing} of {how.rounds} draws" if missing else ""
    if found.groups < FEWEST_GROUPS:
        both = sampling = Chance(math.nan, math.nan)
        note = f"of other groups nothing is said: {found.groups} are fewer than {FEWEST_GROUPS}"
    return Beats(both, sampling, truth, found.n, found.groups, found.effective_n, how.rounds, note)


def _apart(
    possible: Possible,
    best: Units,
    statistic: Statistic,
    how: Resampling,
    rng: np.random.Generator,
) -> Floats:
    """Return A less B with groups and truth, with groups, and with truth drawn anew, float[3, rounds]."""
    apart = [
        np.column_stack([statistic(one[:, :, 0]) - statistic(one[:, :, 1]) for one in drawn])
        for drawn in _draws(possible, best, how.rounds, rng)
    ]
    return np.concatenate(apart).T


def _most_probable(possible: Possible) -> Units:
    """Return the place of the most probable truth of each unit, the first of equals, int[n]."""
    order = np.lexsort((-possible.probability, possible.unit))
    return order[np.searchsorted(possible.unit[order], np.arange(len(possible.groups)))]


def _draws(
    possible: Possible, best: Units, rounds: int, rng: np.random.Generator
) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Yield the sums of A and B with groups and truth, with groups, and with truth drawn anew, [rounds, k, 2] each."""
    codes, count = group_codes(possible.groups)
    weights = np.ones(len(codes)) if possible.weights is None else possible.weights
    added = np.stack([possible.a, possible.b], axis=2) * weights[possible.unit][:, None, None]
    k = added.shape[1]
    flat = added.reshape(len(added), 2 * k)
    open_units, rows, ends = _open_truths(possible)
    is_open = np.isin(np.arange(len(codes)), open_units)
    settled = sum_by(flat[best[~is_open]], codes[~is_open], count)
    as_best = sum_by(flat[best], codes, count)
    for size in chunks(rounds, max(count, 2 * k * len(open_units))):
        drawn = drawn_groups(size, count, rng)
        chosen = np.arange(len(open_units)) + rng.random((size, len(open_units)))
        place = np.searchsorted(ends, chosen, side="right").clip(max=max(0, len(rows) - 1))
        of_truth = flat[rows[place]]
        both = drawn @ settled + np.einsum("ru,ruk->rk", drawn[:, codes[open_units]], of_truth)
        truth = settled.sum(axis=0) + of_truth.sum(axis=1)
        shape = size, k, 2
        yield both.reshape(shape), (drawn @ as_best).reshape(shape), truth.reshape(shape)


def _open_truths(possible: Possible) -> tuple[Units, Units, Floats]:
    """Return the u units whose truth is open, the places of what it may be, and where each ends on a line of length u.

    Of the unit numbered i among them, what it may be fills the line from i to i + 1, each by its probability.
    """
    can_be = np.flatnonzero(possible.probability > 0)
    often = np.bincount(possible.unit[can_be], minlength=len(possible.groups))
    rows = can_be[often[possible.unit[can_be]] > 1]
    open_units = np.flatnonzero(often > 1)
    ends = np.cumsum(possible.probability[rows])
    # The last of each unit ends where the next unit begins, whatever the sums were rounded to.
    last = np.flatnonzero(np.diff(possible.unit[rows], append=-1))
    ends[last] = np.arange(1, len(open_units) + 1)
    return open_units, rows, np.maximum.accumulate(ends)


def drawn_groups(rounds: int, count: int, rng: np.random.Generator) -> Floats:
    """Return how often each of *count* groups is drawn when one fewer are, float[rounds, count]; sums to *count*."""
    if count == 1:
        return np.ones((rounds, 1))
    drawn = rng.integers(count, size=(rounds, count - 1))
    drawn += count * np.arange(rounds)[:, None]
    often = np.bincount(drawn.ravel(), minlength=rounds * count).reshape(rounds, count)
    return often.astype(np.float64) * (count / (count - 1))


def _chance(apart: Floats) -> Chance:
    defined = apart[~np.isnan(apart)]
    if not len(defined):
        return Chance(math.nan, math.nan)
    above, ties = defined > _ROUNDING, np.abs(defined) <= _ROUNDING
    return Chance(float(above.mean()), float(ties.mean()))
