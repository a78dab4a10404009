"""The smallest and the largest ratio of two sums, where parts of both are still to be chosen, each choice by itself.

A *component* takes one of its *cases*, and each *slot* of that case one of its *rows*; a row adds to both sums. Which
choice makes the ratio largest depends on the ratio, so it is found as Dinkelbach does: suppose a ratio, choose in each
component what is best by it, which is a matter of that component alone, and go on with the ratio that comes out. Every
step is better than the one before, and one that is not is the best. With whole numbers nothing is rounded.

References
----------
Dinkelbach (1967), On nonlinear fractional programming, Manag Sci 13:492-498, https://doi.org/10.1287/mnsc.13.7.492.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from groundkeeper.core.shapes.drawn import Integers

ROUNDING: Final = 1e-12
"""How far the ends of a ratio of sums of fractions are moved apart, as such sums depend on their order."""

Numbers = npt.NDArray[np.int64] | npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What is to be chosen. Rows of a slot, slots of a case and cases of a component stand next to one another.

    Attributes
    ----------
    first_row
        Where the rows of each slot begin, int64 [slots].
    first_slot
        Where the slots of each case begin, int64 [cases].
    first_case
        Where the cases of each component begin, int64 [components].
    """

    first_row: Integers
    first_slot: Integers
    first_case: Integers

    def best(self, worth: Numbers, part: Numbers, whole: Numbers) -> tuple[float, float]:
        """Return what the choice of the largest *worth* adds to both sums; each is [rows]."""
        if not len(self.first_case):
            return 0, 0
        of_slot = _first_best(worth, self.first_row)
        slots = [np.add.reduceat(each[of_slot], self.first_slot) for each in (worth, part, whole)]
        of_case = _first_best(slots[0], self.first_case)
        return slots[1][of_case].sum().item(), slots[2][of_case].sum().item()


def ratio_range(
    part: Numbers,
    whole: Numbers,
    choices: Choices,
    settled: tuple[float, float],
    largest: float = 1.0,
) -> tuple[float, float]:
    """Return the smallest and the largest ratio, among the choices where it is defined; nan if it is for none.

    Parameters
    ----------
    part, whole : int64 or float64 [rows]
        What each row adds to both sums, at least 0; nothing to the first if nothing to the second.
    choices : Choices
        What can be chosen.
    settled : (float, float)
        What both sums have in any case.
    largest : float
        What no such ratio is above.

    Examples
    --------
    Three of four are right, and one more may turn out right, wrong or nothing at all:

    >>> zero = np.zeros(1, dtype=np.int64)
    >>> part, whole = np.array([1, 0, 0]), np.array([1, 1, 0])
    >>> ratio_range(part, whole, Choices(zero, zero, zero), (3, 4))
    (0.6, 0.8)
    """
    is_exact = part.dtype.kind == "i"
    low = _extreme(part, whole, choices, settled, sign=-1)
    high = _extreme(part, whole, choices, settled, sign=1)
    if is_exact or not len(choices.first_case):
        return low, high
    return max(0.0, low - ROUNDING), min(largest, high + ROUNDING)


def _extreme(
    part: Numbers, whole: Numbers, choices: Choices, settled: tuple[float, float], sign: int
) -> float:
    """Return the largest ratio, or the smallest if *sign* is -1."""
    chosen = choices.best(whole, part, whole)
    above, below = settled[0] + chosen[0], settled[1] + chosen[1]
    if below == 0:
        return np.nan
    while True:
        chosen = choices.best(sign * (part * below - whole * above), part, whole)
        next_above, next_below = settled[0] + chosen[0], settled[1] + chosen[1]
        gain = sign * (next_above * below - next_below * above)
        if gain <= 0 or next_below == 0 or sign * (next_above / next_below - above / below) <= 0:
            return above / below
        above, below = next_above, next_below


def _first_best(worth: Numbers, first: Integers) -> npt.NDArray[np.intp]:
    """Return the place of the largest number of each run that begins at *first*, the first of equal ones."""
    largest = np.maximum.reduceat(worth, first)
    run = np.repeat(np.arange(len(first)), np.diff(first, append=len(worth)))
    places = np.flatnonzero(worth == largest[run])
    return places[np.diff(run[places], prepend=-1) > 0]
