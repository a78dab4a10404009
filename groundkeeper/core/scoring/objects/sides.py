"""The ground truth and what is scored, as the two sides that are compared, and how near their objects are."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.errors import TableError

NONE = -1
"""No label, no group, no value of an attribute, no object."""

Booleans: TypeAlias = npt.NDArray[np.bool_]


class Rows(NamedTuple):
    """Where CVAT has each of n objects in the matrices that it solves, one for each unit and kind of shape.

    ``kind`` is the kind, ``NONE`` of statements, which have labels alone; in a matrix objects are in the order of
    ``rank``, int64 [n] each.
    """

    kind: Integers
    rank: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """n objects of one side.

    Objects are compared within their unit: an item, a frame of one, or an item for one of several who are scored at
    once. Their places among the n break ties, so who wants results that do not depend on the order of rows sorts.

    Attributes
    ----------
    unit
        Where each object is, ascending, int64 [n].
    label
        Its class, ``NONE`` if it has none, int64 [n].
    attributes
        The code of its value of each attribute, ``NONE`` where it says nothing, int64 [n, a]; the same a on both sides.
    group
        The objects that it belongs with, ``NONE`` if with none, int64 [n]. A group is within one unit.
    ignored
        Whether it counts for nobody: of the ground truth what may be found and need not be; of what is scored what is
        out of scope. bool [n].
    covered
        Whether next to nothing of it can be seen, bool [n].
    rows
        In profile ``cvat`` what decides between assignments that are as good; None: labels and then places do.
    shapeless
        Whether it is a statement, so that nobody can say how well it was drawn, bool [n]; None where none is.
    """

    unit: Integers
    label: Integers
    attributes: Integers
    group: Integers
    ignored: Booleans
    covered: Booleans
    rows: Rows | None = None
    shapeless: Booleans | None = None

    def __post_init__(self) -> None:
        """Refuse columns that do not belong together, and units that are out of order."""
        columns = (self.unit, self.label, self.attributes, self.group, self.ignored, self.covered)
        lengths = sorted({len(column) for column in columns})
        if len(lengths) > 1:
            msg = f"found columns of several lengths: {lengths}; allowed is one length"
            raise TableError(msg)
        if (np.diff(self.unit) < 0).any():
            msg = "found units out of order; allowed is ascending; sort the objects by unit"
            raise TableError(msg)

    def __len__(self) -> int:
        """How many objects there are."""
        return len(self.unit)

    @classmethod
    def of(cls, unit: Integers, label: Integers) -> "Side":
        """Return objects of which nothing is known but where they are and what they are."""
        n = len(unit)
        no = np.zeros(n, dtype=np.bool_)
        alone = np.full(n, NONE, dtype=np.int64)
        return cls(unit, label, np.zeros((n, 0), dtype=np.int64), alone, no, no)


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Pairs of an object of the ground truth and one that is scored, of one unit, as far as they are alike at all.

    Attributes
    ----------
    truth, said
        Places on the two sides, sorted by (truth, said), each pair once, int64 [p].
    similarity
        Above 0, at most 1, which is the same, float64 [p].
    turned
        Whether they are lines that run in opposite directions, bool [p].
    """

    truth: Integers
    said: Integers
    similarity: Floats
    turned: Booleans

    @classmethod
    def straight(cls, truth: Integers, said: Integers, similarity: Floats) -> "Near":
        """Return pairs of which none are lines that run in opposite directions."""
        return cls(truth, said, similarity, np.zeros(len(truth), dtype=np.bool_))

    @classmethod
    def joined(cls, parts: Sequence["Near"]) -> "Near":
        """Return the pairs of all *parts*, one after the other."""
        none = cls.straight(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        return cls(
            *(
                np.concatenate([getattr(part, field.name) for part in (none, *parts)])
                for field in fields(cls)
            )
        )

    def take(self, which: Booleans | Integers) -> "Near":
        """Return some of the pairs, by mask or by place."""
        return Near(self.truth[which], self.said[which], self.similarity[which], self.turned[which])
