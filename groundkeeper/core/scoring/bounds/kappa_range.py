"""Between which values kappa can be once every value is settled: outer limits that no ending leaves.

Kappa is ``(a - e) / (1 - e)``, a being how much two sides agree and e how much they would by chance. The more they
agree the higher it is; the more chance explains, the lower, as nobody agrees on more than everything. So it is between
what the smallest a makes with the largest e and what the largest a makes with the smallest e, be these of different
endings. They are found for every number of open values that may count in the end.
"""

import math
from typing import NamedTuple

import numpy as np

from groundkeeper.core.scoring.bounds.unsettled import Unsettled
from groundkeeper.core.scoring.objects.sides import NONE
from groundkeeper.core.shapes.drawn import Floats, Integers

_ROUNDING = 1e-12
"""How far ends are moved apart, as sums of fractions depend on their order; so near to 1 chance explains everything."""
LOWEST, HIGHEST = -1.0, 1.0
"""No kappa is beyond, be it of classes or with the squares of steps as weights."""


class KappaRange(NamedTuple):
    """The smallest and the largest kappa, nan if it is undefined whatever happens; and whether it may be so."""

    low: float
    high: float
    perhaps_undefined: bool


def kappa_range(
    said: Integers, truth: Integers, unsettled: Unsettled, weights: Floats
) -> KappaRange:
    """Return numbers that no kappa of what is settled in the end is below, and above.

    Parameters
    ----------
    said, truth : int64 [n]
        The value of each item on either side, ``NONE`` where nothing is said; that of an open item is not read.
    unsettled : Unsettled
        Which items are open, and what they may be.
    weights : float64 [k, k]
        How much two values agree: from 0 to 1, which is the same.

    Examples
    --------
    Of ten items nine are settled, all of them right; the last is said to be a dog:

    >>> said, is_open = np.array([0] * 5 + [1] * 5), np.arange(10) == 9
    >>> found = kappa_range(said, said, Unsettled.anything(is_open, 2), np.eye(2))
    >>> round(found.low, 3), found.high
    (0.796, 1.0)
    """
    known = _Known.of(said, truth, unsettled, weights)
    every = [known.ends(more, weights) for more in known.may_count]
    ends = [each for each in every if each is not None]
    if not ends:
        return KappaRange(math.nan, math.nan, perhaps_undefined=True)
    low, high = min(each.low for each in ends), max(each.high for each in ends)
    perhaps = len(ends) < len(every) or any(each.perhaps_undefined for each in ends)
    if known.may_count.stop > 1:
        low, high = low - _ROUNDING, high + _ROUNDING
    return KappaRange(max(LOWEST, low), min(HIGHEST, high), perhaps)


class _Known(NamedTuple):
    """What kappa is made of: n settled values, how much they *agreed*, and how often either side says each of k values.

    Of what is open, how much each would agree at least and at most, sorted; how many there are of each value that was
    said, and how many may be of each; and how many of them may count.
    """

    n: int
    agreed: float
    of_truth: Floats
    of_said: Floats
    smallest: Floats
    largest: Floats
    room_truth: Integers
    room_said: Integers
    may_count: range

    @classmethod
    def of(cls, said: Integers, truth: Integers, unsettled: Unsettled, weights: Floats) -> "_Known":
        judged, k = said != NONE, len(weights)
        settled = judged & ~unsettled.is_open & (truth != NONE)
        is_open = np.flatnonzero(judged & unsettled.is_open)
        goes = (unsettled.may_vanish | unsettled.may_be_ignored)[is_open]
        stays = is_open[unsettled.may_be[is_open].any(axis=1)]
        may_be = unsettled.may_be[stays]
        alike = weights[:, said[stays]].T
        return cls(
            int(settled.sum()),
            float(weights[truth[settled], said[settled]].sum()),
            np.bincount(truth[settled], minlength=k).astype(np.float64),
            np.bincount(said[settled], minlength=k).astype(np.float64),
            np.sort(np.where(may_be, alike, np.inf).min(axis=1)),
            np.sort(np.where(may_be, alike, -np.inf).max(axis=1)),
            may_be.sum(axis=0),
            np.bincount(said[stays], minlength=k),
            range(int((~goes).sum()), len(stays) + 1),
        )

    def ends(self, more: int, weights: Floats) -> KappaRange | None:
        """Return between what kappa is if so many *more* values count; None if it is undefined then."""
        n = self.n + more
        if not n:
            return None
        least = self.agreed + float(self.smallest[:more].sum())
        most = self.agreed + float(self.largest[len(self.largest) - more :].sum())
        added = (
            (weights @ self.of_said, self.room_truth),
            (self.of_truth @ weights, self.room_said),
        )
        settled = float(self.of_truth @ weights @ self.of_said)
        smallest = settled + sum(_filled(worth, room, more) for worth, room in added)
        largest = settled - sum(_filled(-worth, room, more) for worth, room in added) + more**2
        if smallest / n**2 >= 1 - _ROUNDING:
            return None
        explained = largest / n**2 >= 1 - _ROUNDING
        low = LOWEST if explained else _kappa(least / n, largest / n**2)
        return KappaRange(low, _kappa(most / n, smallest / n**2), perhaps_undefined=explained)


def _filled(worth: Floats, room: Integers, places: int) -> float:
    """Return the smallest sum of the *worth* of so many *places*, as many of each as there is *room* for."""
    order = np.argsort(worth, kind="stable")
    before = np.cumsum(room[order]) - room[order]
    return float((worth[order] * np.clip(places - before, 0, room[order])).sum())


def _kappa(agreed: float, by_chance: float) -> float:
    return (agreed - by_chance) / (1 - by_chance)
