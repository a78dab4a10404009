"""Several values of a vocabulary at once, in no order: the classes that an item belongs to.

The empty list is an answer: none of them.

References
----------
Jaccard (1912), The distribution of the flora in the alpine zone, New Phytol. 11:37-50,
doi:10.1111/j.1469-8137.1912.tb05611.x.
Passonneau (2006), Measuring agreement on set-valued items (MASI) for semantic and pragmatic annotation, LREC 2006,
831-836, https://aclanthology.org/L06-1392: Jaccard's measure times how one set lies in the other.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.kinds.lists import (
    Members,
    Rows,
    as_objects,
    different_pairs,
    members_of,
    refuse_foreign,
)
from groundkeeper.core.kinds.pairs import disagreement
from groundkeeper.core.kinds.protocol import Floats, Scale

Counts: TypeAlias = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Classes:
    """Sets of classes, compared by the *measure*."""

    name: str
    measure: Literal["jaccard", "masi"]
    fusions: tuple[str, ...] = ("majority", "any", "all")

    def similarity(self, left: pd.Series, right: pd.Series, scale: Scale) -> Floats:
        """Return ``[n]``: how alike the two sets of each pair are.

        By Jaccard's measure, what they share over what either has; two empty sets are the same. MASI multiplies that
        with 2/3 where one set holds the other, and with 1/3 where each has something of its own.

        Raises
        ------
        RefusedError
            If an answer is no list, names a class twice, or one that is not on the scale.

        Examples
        --------
        >>> left, right = pd.Series([("a", "b"), ("a", "b")]), pd.Series([("a", "b", "c", "d"), ("b", "c")])
        >>> CLASSES.similarity(left, right, Scale()).round(3), CLASSES_BY_MASI.similarity(left, right, Scale()).round(3)
        (array([0.5  , 0.333]), array([0.333, 0.111]))
        """
        answers, of_row = different_pairs(left, right)
        n = len(answers) // 2
        members = members_of(answers, scale, _read)
        here = members.answer < n
        keys = (members.answer % max(n, 1)) * max(len(members.names), 1) + members.member
        common = np.intersect1d(keys[here], keys[~here], assume_unique=True)
        shared = np.bincount(common // max(len(members.names), 1), minlength=n)
        sizes = np.bincount(members.answer, minlength=2 * n)
        alike = _jaccard(shared, sizes[:n], sizes[n:])
        if self.measure == "masi":
            alike = alike * _monotonicity(shared, sizes[:n], sizes[n:])
        return alike[of_row]

    def fuse(self, values: pd.Series, units: pd.Series, how: str, scale: Scale) -> pd.Series:
        """Return the one set of each unit, in the order of the vocabulary; it may be empty.

        ``majority`` has each class that more than half of the answers have, ``any`` those that some answer has, ``all``
        those that every answer has.

        Raises
        ------
        RefusedError
            As ``similarity``.

        Examples
        --------
        >>> said, of = pd.Series([("a", "b"), ("b",), ("b", "c", "a")]), pd.Series(["x", "x", "x"])
        >>> [CLASSES.fuse(said, of, how, Scale())["x"] for how in ("majority", "any", "all")]
        [('a', 'b'), ('a', 'b', 'c'), ('b',)]
        """
        members = members_of(values, scale, _read)
        names = pd.Index(np.sort(units.unique()), name=units.name)
        unit = names.get_indexer(units)
        answers = np.bincount(unit, minlength=len(names))
        width = max(len(members.names), 1)
        key, votes = np.unique(unit[members.answer] * width + members.member, return_counts=True)
        of_unit = answers[key // width]
        needed = {"majority": of_unit // 2 + 1, "any": np.ones_like(of_unit), "all": of_unit}[how]
        return as_objects(_sets(members, key[votes >= needed], len(names)), names)

    def spread(self, values: pd.Series, units: pd.Series, scale: Scale) -> pd.DataFrame:
        """Return ``disagreement``, by unit: 1 less the mean similarity of pairs of answers."""
        return disagreement(self, values, units, scale)


def _read(value: object, scale: Scale) -> Rows:
    members = value if isinstance(value, tuple) else ()
    refuse_foreign(members, value, scale)
    return tuple((member, 0) for member in members)


def _jaccard(shared: Counts, left: Counts, right: Counts) -> Floats:
    """Return ``[n]``: what two sets share over what either has, from the sizes; 1 for two empty ones."""
    either = left + right - shared
    return np.asarray(np.where(either > 0, shared / np.maximum(either, 1), 1.0))


def _monotonicity(shared: Counts, left: Counts, right: Counts) -> Floats:
    """Return ``[n]``: 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap, else 0."""
    same = (shared == left) & (shared == right)
    held = (shared > 0) & ((shared == left) | (shared == right))
    return np.asarray(np.select([same, held, shared > 0], [1.0, 2 / 3, 1 / 3], 0.0))


def _sets(
    members: Members, keys: npt.NDArray[np.integer], n_units: int
) -> list[tuple[object, ...]]:
    """Return the set of each unit, from ascending *keys* of unit and member."""
    width = max(len(members.names), 1)
    unit, member = np.divmod(keys, width)
    ends = np.searchsorted(unit, np.arange(n_units + 1)).tolist()
    names = [members.names[code] for code in member.tolist()]
    return [tuple(names[begin:end]) for begin, end in pairwise(ends)]


CLASSES = Classes("classes", "jaccard")
CLASSES_BY_MASI = Classes("classes_by_masi", "masi")
