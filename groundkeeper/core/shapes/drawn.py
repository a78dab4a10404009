"""Who drew what in which item, and which two shapes may mean the same thing."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.errors import TableError

Integers: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

EXACTNESS: Final = 1 << 30
"""Similarities are told apart to one part in so many, so that rounding decides nothing and sums are whole numbers."""

NO_LABEL = -1
"""The label of a shape that has none."""


def _none() -> Integers:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Who drew each of n shapes, and where; the shapes themselves stand in columns beside it.

    The place of a shape among the n is its rank: where two solutions are equally good, that of the lower ranks is
    taken. Who wants results that do not depend on the order of rows sorts by something that the shapes themselves
    say, as ``in_order`` does.

    Attributes
    ----------
    item
        The item, and within it the frame where shapes are of single frames, ascending, int64 [n].
    annotator
        Who drew it, int64 [n]. Two shapes of one annotator never mean the same thing.
    label
        What it is said to be, ``NO_LABEL`` if nothing, int64 [n].
    empty_item, empty_annotator
        Who looked at which item and drew nothing there, int64 [m] each.
    """

    item: Integers
    annotator: Integers
    label: Integers
    empty_item: Integers = field(default_factory=_none)
    empty_annotator: Integers = field(default_factory=_none)

    def __post_init__(self) -> None:
        """Refuse columns that do not belong together, and items that are out of order."""
        lengths = {len(self.item), len(self.annotator), len(self.label)}
        if len(lengths) > 1 or len(self.empty_item) != len(self.empty_annotator):
            msg = f"found columns of several lengths: {sorted(lengths)}; allowed is one length"
            raise TableError(msg)
        if (np.diff(self.item) < 0).any():
            msg = "found items out of order; allowed is ascending; sort the shapes by item"
            raise TableError(msg)

    def __len__(self) -> int:
        """How many shapes there are."""
        return len(self.item)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of shapes of one item by two annotators, as far as they are alike at all.

    Attributes
    ----------
    left, right
        Places of the two shapes, ``left < right``, sorted by (left, right), each pair once, int64 [p].
    similarity
        From 0 to 1, which is the same, float64 [p].
    """

    left: Integers
    right: Integers
    similarity: Floats

    def at_least(self, least: float) -> "Pairs":
        """Return the pairs that are at least so much alike."""
        near = self.similarity >= least
        return Pairs(self.left[near], self.right[near], self.similarity[near])


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Which of n shapes mean the same thing.

    Attributes
    ----------
    record
        The cluster of each shape, numbered from 0 in the order of their first members, int64 [n].
    exact
        Of each cluster, whether it is known that no other way of putting its shapes and their neighbours together
        is better, bool [clusters]; false where there were too many ways to look at all of them.
    """

    record: Integers
    exact: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """How many clusters there are."""
        return len(self.exact)

    def items(self, drawn: Drawn) -> Integers:
        """Return the item of each cluster of the shapes *drawn*, int64 [clusters]."""
        found = np.zeros(len(self), dtype=np.int64)
        found[self.record] = drawn.item
        return found
