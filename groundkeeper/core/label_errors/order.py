"""In which order labels are looked at again, so that what people have time for finds most errors.

People look at a record or at an item: one look finds everything that is wrong with it. What is expected of a look is
the sum of the probabilities that what was claimed of it is true, and looks are ordered by that.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.errors import TableError

NORMAL_95: Final = 1.959963984540054
"""Standard deviations on either side of the mean that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The n looks in the order in which they are taken, and what is expected of them.

    Attributes
    ----------
    look
        Which look is taken, 0 to n - 1, int64 [n].
    expected
        Errors found by then, float64 [n].
    low, high
        Between which they lie in 19 of 20 cases, if errors do not depend on one another and the probabilities hold,
        as far as ``shared`` says, float64 [n].
    at_random
        Errors that as many looks are expected to find at random, float64 [n].
    """

    look: Integers
    expected: Floats
    low: Floats
    high: Floats
    at_random: Floats

    def __len__(self) -> int:
        """How many looks there are."""
        return len(self.look)


def per_look(probability: Floats, look: Integers, n: int) -> tuple[Floats, Floats]:
    """Return how many errors are expected in each of n looks, and the variance of that, float64 [n] each.

    Parameters
    ----------
    probability
        That each claim is true, 0 to 1; nan is not counted, float64 [c].
    look
        Which look tells, int64 [c].

    Examples
    --------
    >>> expected, variance = per_look(np.array([0.5, 0.5, 1.0]), np.array([0, 0, 1]), 3)
    >>> expected.tolist(), variance.tolist()
    ([1.0, 1.0, 0.0], [0.5, 0.0, 0.0])
    """
    order = np.lexsort((probability, look))
    order = order[~np.isnan(probability[order])]
    chance, of = probability[order], look[order]
    if ((chance < 0) | (chance > 1)).any():
        msg = "found probabilities outside of 0 to 1; allowed is a probability, or nan where it is unknown"
        raise TableError(msg)
    expected = np.bincount(of, chance, minlength=n).astype(np.float64)
    return expected, np.bincount(of, chance * (1 - chance), minlength=n).astype(np.float64)


def plan(expected: Floats, variance: Floats, shared: Floats | None = None) -> Plan:
    """Return the looks by the errors expected of each, most first; of equal ones the first.

    Parameters
    ----------
    expected, variance
        Of each look, as ``per_look`` gives them, float64 [n].
    shared
        How far what is expected of each look moves with each of k numbers that all probabilities rest on, in standard
        errors of these, which do not depend on one another, float64 [n, k]; None if the probabilities are known.

    Examples
    --------
    >>> found = plan(np.array([0.2, 0.9, 0.5]), np.zeros(3))
    >>> found.look.tolist(), found.expected.round(2).tolist()
    ([1, 2, 0], [0.9, 1.4, 1.6])
    """
    look = np.argsort(-expected, kind="stable").astype(np.int64)
    found = np.cumsum(expected[look])
    spread = np.cumsum(variance[look])
    if shared is not None:
        spread = spread + np.square(np.cumsum(shared[look], axis=0)).sum(axis=1)
    low, high = limits(found, spread)
    at_random = expected.mean() * np.arange(1, len(look) + 1) if len(look) else found
    return Plan(look, found, low, high, at_random)


def limits(expected: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Return between which numbers of errors 19 of 20 cases lie, given mean and variance, float64 [n] each.

    They are normal on the scale of square roots, on which counts vary alike wherever they are, and never below 0.

    Examples
    --------
    >>> low, high = limits(np.array([0.0, 25.0]), np.array([0.0, 25.0]))
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.0, 16.16], [0.0, 35.76])
    """
    root = np.sqrt(expected)
    half = np.zeros(len(root))
    np.divide(NORMAL_95 * np.sqrt(variance), 2 * root, out=half, where=root > 0)
    return np.square(np.maximum(root - half, 0.0)), np.square(root + half)
