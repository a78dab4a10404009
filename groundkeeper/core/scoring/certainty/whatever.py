"""How surely one of two is better, whatever comes of what is open: no chance is made up of what nobody knows.

Of every draw of groups it is asked whether some way of settling what is open puts the second level with the first or
above. Were there one, some number mu would be between the two scores, the first at most mu and the second at least.
With a the sum above the line and s that below it, then ``(a1 - mu s1) - k (a2 - mu s2) <= 0`` for any k > 0; and the
smallest value of this is a sum over pieces, each at its own smallest, as pieces turn out independently. So the first is
surely above if it is positive for every mu. A step of mu is covered by its upper end for the first and its lower one
for the second. What is said to be sure is; of a lead that is smaller than about a step it is not said.

References
----------
Dinkelbach (1967), On nonlinear fractional programming, Manag Sci 13:492-498, https://doi.org/10.1287/mnsc.13.7.492: a
ratio is above a number if its numerator less that number times its denominator is above 0.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from groundkeeper.core.estimates import FEWEST_GROUPS, Floats, group_codes, sum_by
from groundkeeper.core.scoring.bounds.endings import Endings
from groundkeeper.core.scoring.certainty.paired import drawn_groups
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.drawn import Integers

STEPS: Final = 500
"""Steps of mu from 0 to 1."""
AT_ONCE: Final = 50
"""Steps that are looked at together, which bounds the memory."""
_ROUNDING: Final = 1e-9
_SWAPPED: Final = (2, 3, 0, 1)
"""The columns of ``Endings`` with the second subject before the first."""


@dataclass(frozen=True, slots=True)
class Whatever:
    """Between what the probability is that A beats B, over other groups, however everything open turns out.

    Attributes
    ----------
    low, high
        The share of draws in which A is surely above B, and of those in which B is not surely above A; nan with fewer
        than ``estimates.FEWEST_GROUPS`` groups.
    ahead
        Who is surely above on the groups that are there: 1 for A, -1 for B, 0 if neither is.
    draws
        How many.
    """

    low: float
    high: float
    ahead: int
    draws: int


def beats_whatever(
    open_: Endings, groups: npt.ArrayLike, rounds: int, rng: np.random.Generator
) -> Whatever:
    """Return between what the probability is that A beats B, over other groups and every ending of what is open.

    Parameters
    ----------
    open_ : Endings
        What A and B come to, in this order; of a ratio that is at most 1 and the better the higher.
    groups : str or int[units]
        The group of each unit.
    rounds : int
        How many draws of groups.
    rng : numpy.random.Generator
        Source of the draws.

    Examples
    --------
    In each of twenty items A finds three of four, B two; one more object is open in each of ten. If those that A alone
    drew turn out to be nothing, A has ten too many:

    >>> settled = np.tile([6, 7, 4, 6], (20, 1))
    >>> added = np.tile([[0, 1, 0, 0], [2, 2, 0, 1]], (10, 1))
    >>> first, unit = np.arange(0, 20, 2), np.arange(10)
    >>> open_ = Endings(settled, added, first, unit)
    >>> found = beats_whatever(open_, np.arange(20), 200, np.random.default_rng(0))
    >>> found.low, found.high, found.ahead
    (1.0, 1.0, 1)

    Three that B alone drew in each item may turn the lead round:

    >>> added = np.tile([[0, 0, 0, 3], [0, 3, 6, 6]], (20, 1))
    >>> for_b = Endings(settled, added, np.arange(0, 40, 2), np.arange(20))
    >>> found = beats_whatever(for_b, np.arange(20), 200, np.random.default_rng(0))
    >>> found.low, found.high, found.ahead
    (0.0, 1.0, 0)
    """
    codes, count = group_codes(groups)
    weights = np.vstack([np.ones(count), drawn_groups(rounds, count, rng)])
    first, second = (
        _surely_above(_ordered(open_, columns), codes, weights)
        for columns in ((0, 1, 2, 3), _SWAPPED)
    )
    ahead = int(first[0]) - int(second[0])
    if count < FEWEST_GROUPS:
        return Whatever(math.nan, math.nan, ahead, rounds)
    return Whatever(float(first[1:].mean()), float((~second[1:]).mean()), ahead, rounds)


def _ordered(open_: Endings, columns: tuple[int, ...]) -> Endings:
    order = list(columns)
    return Endings(open_.settled[:, order], open_.added[:, order], open_.first, open_.unit)


def _surely_above(open_: Endings, codes: npt.NDArray[np.intp], weights: Floats) -> Booleans:
    """Return in which draws of groups, of *weights* ``[draws, groups]``, A is above B in the end, bool [draws]."""
    surely = np.ones(len(weights), dtype=np.bool_)
    for least in _least(open_):
        shown = np.zeros((len(weights), least[0].shape[1]), dtype=np.bool_)
        for each in least:
            shown |= weights @ sum_by(each, codes, weights.shape[1]) > _ROUNDING
        surely &= shown.all(axis=1)
    return surely


def _least(open_: Endings) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Yield of some steps of mu, [units, steps] each, what is positive in sum if no ending has mu between A and B.

    That A is above the step, that B is below it, and that both together cannot be on the wrong sides of it.
    """
    edges = np.linspace(0, 1, STEPS + 1)
    alike = _alike(open_)
    for at in range(0, STEPS, AT_ONCE):
        lower, upper = edges[at : at + AT_ONCE], edges[at + 1 : at + 1 + AT_ONCE]
        settled, added = (_apart(of, lower, upper) for of in (open_.settled, open_.added))
        yield (
            _smallest(settled[0], added[0], open_),
            _smallest(settled[1], added[1], open_),
            _smallest(settled[0] + alike * settled[1], added[0] + alike * added[1], open_),
        )


def _apart(sums: Integers, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Return how far A is above *upper* and B below *lower*, float[n, steps] each, times what is below their lines."""
    part_a, whole_a, part_b, whole_b = sums.T[:, :, None]
    return part_a - whole_a * upper, whole_b * lower - part_b


def _smallest(settled: Floats, added: Floats, open_: Endings) -> Floats:
    """Return the smallest that each unit can come to, float[units, steps]."""
    found = settled.copy()
    if len(open_.first):
        np.add.at(found, open_.unit, np.minimum.reduceat(added, open_.first, axis=0))
    return found


def _alike(open_: Endings) -> float:
    """Return by what the second is multiplied so that as much is below the line of either; any number would do."""
    most = open_.settled.sum(axis=0)
    if len(open_.first):
        most = most + np.maximum.reduceat(open_.added, open_.first, axis=0).sum(axis=0)
    return float(most[1] / most[3]) if most[1] and most[3] else 1.0
