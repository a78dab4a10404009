"""What is said of shapes beside where and what they are, as numbers that can be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from groundkeeper.core.runs import ranks_of
from groundkeeper.core.scoring.objects.sides import NONE
from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.errors import TableError

NOT_COMPARED: Final = frozenset(
    {"track_id", "keyframe", "z_order", "group", "rotation", "outside", "score"}
)
"""Attributes that CVAT keeps for itself; they are compared by other means or not at all."""


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """What is said of n shapes, by who has a column of codes for each attribute.

    Attributes
    ----------
    names
        The attributes, a of them; the same ones in the same order on both sides.
    codes
        The value of each, the same codes on both sides, ``NONE`` where nothing is said, int64 [n, a].
    """

    names: Sequence[str]
    codes: Integers

    def __post_init__(self) -> None:
        """Refuse codes that are not a column for each attribute."""
        if self.codes.ndim != 2 or self.codes.shape[1] != len(self.names):  # noqa: PLR2004 - rows and columns
            msg = f"codes of attributes: found shape {self.codes.shape}; allowed is (n, {len(self.names)})"
            raise TableError(msg)

    def __len__(self) -> int:
        """How many shapes there are."""
        return len(self.codes)


Said: TypeAlias = Sequence[Mapping[str, object]] | Stated
"""What is said of each shape by the name of the attribute, or the same in codes."""


def attribute_codes(sides: Sequence[Said], ignored: Sequence[str]) -> list[Integers]:
    """Return the code of the value of each attribute, of each side, int64 [n, a]; ``NONE`` where it says nothing.

    Values are the same as Python compares them: 1 and 1.0 are, "1" is another one.

    Raises
    ------
    TableError
        If one side is in codes and the other is not, or their attributes are not the same.

    Examples
    --------
    >>> one, other = attribute_codes([[{"side": "left"}, {}], [{"side": "right", "score": 1}]], ())
    >>> one.tolist(), other.tolist()
    ([[0], [-1]], [[1]])
    """
    left_out = NOT_COMPARED | set(ignored)
    coded = [side for side in sides if isinstance(side, Stated)]
    valued = [side for side in sides if not isinstance(side, Stated)]
    if not coded:
        return _numbered(valued, left_out)
    if valued or len({tuple(side.names) for side in coded}) > 1:
        found = [list(side.names) if isinstance(side, Stated) else "values" for side in sides]
        msg = f"attributes of the sides: found {found}; allowed are codes of the same ones on all"
        raise TableError(msg)
    kept = [place for place, name in enumerate(coded[0].names) if name not in left_out]
    return [side.codes[:, kept] for side in coded]


def _numbered(
    sides: Sequence[Sequence[Mapping[str, object]]], left_out: frozenset[str]
) -> list[Integers]:
    """Return values as codes, by their first appearance."""
    rows = [_distinct(side) for side in sides]
    names = {name for distinct, _ in rows for said in distinct for name in said}
    compared = sorted(names - left_out)
    tables = [np.full((len(distinct), len(compared)), NONE, dtype=np.int64) for distinct, _ in rows]
    for column, name in enumerate(compared):
        codes: dict[object, int] = {}
        for (distinct, _), table in zip(rows, tables, strict=True):
            for place, said in enumerate(distinct):
                if name in said:
                    value = said[name]
                    key = repr(value) if isinstance(value, list | dict) else value
                    table[place, column] = codes.setdefault(key, len(codes))
    return [table[which] for table, (_, which) in zip(tables, rows, strict=True)]


def _distinct(
    side: Sequence[Mapping[str, object]],
) -> tuple[list[Mapping[str, object]], Integers]:
    """Return what is said by several as one, by first appearance, and which of it is said of each shape, int64 [n]."""
    ids = np.fromiter(map(id, side), dtype=np.int64, count=len(side))
    first, which = np.unique(ids, return_index=True, return_inverse=True)[1:]
    by_place = np.argsort(first)
    which = ranks_of(by_place)[which]
    distinct = [side[one] for one in first[by_place].tolist()]
    try:
        number: dict[object, int] = {}
        equal = [number.setdefault(tuple(said.items()), len(number)) for said in distinct]
    except TypeError:
        # A list or a dictionary is among the values.
        return distinct, which
    kept = np.unique(np.array(equal, dtype=np.int64), return_index=True)[1]
    return [distinct[one] for one in kept.tolist()], np.array(equal, dtype=np.int64)[which]
