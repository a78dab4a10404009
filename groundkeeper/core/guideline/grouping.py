"""Rows that lie in the same cell, found without sorting them, so that each cell is looked at once."""

from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Codes: TypeAlias = npt.NDArray[np.integer]

_TABLE: Final = 2**22
"""Up to so many combinations are looked up in a table; more are hashed."""
_LARGEST: Final = 2**62


class Grouping(NamedTuple):
    """n rows in m groups: the group of each row, intp [n], and the first row of each group, intp [m]."""

    group: npt.NDArray[np.intp]
    first: npt.NDArray[np.intp]


def group(rows: int, columns: Iterable[tuple[Codes, int]]) -> Grouping:
    """Return the groups of rows that are equal in every column.

    Parameters
    ----------
    rows
        How many rows there are, n.
    columns
        Codes from -1 to k - 1, integer [n], and k. They are taken one by one and not kept.

    Examples
    --------
    >>> found = group(4, [(np.array([1, -1, 1, 1]), 2), (np.array([0, 0, 0, 1]), 2)])
    >>> found.group.tolist(), found.first.tolist()
    ([1, 0, 1, 2], [1, 0, 3])
    """
    combined, total = np.zeros(rows, dtype=np.int64), 1
    for codes, size in columns:
        if total * (size + 1) > _LARGEST:
            combined, distinct = pd.factorize(combined)
            total = len(distinct)
        combined *= size + 1
        combined += codes
        combined += 1
        total *= size + 1
    return _from_table(combined, total) if total <= _TABLE else _hashed(combined)


def _from_table(combined: npt.NDArray[np.int64], total: int) -> Grouping:
    last_first = np.full(total, -1, dtype=np.intp)
    last_first[combined[::-1]] = np.arange(len(combined) - 1, -1, -1)
    present = last_first >= 0
    number = np.cumsum(present) - 1
    return Grouping(number[combined], last_first[present])


def _hashed(combined: npt.NDArray[np.int64]) -> Grouping:
    codes, distinct = pd.factorize(combined)
    first = np.empty(len(distinct), dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return Grouping(codes, first)


def the_only(
    row: npt.NDArray[np.intp], codes: Codes, rows: int, otherwise: int = -1
) -> npt.NDArray[np.intp]:
    """Return the code that all entries of a row share; *otherwise* where they differ or there are none, [rows].

    Examples
    --------
    >>> the_only(np.array([0, 0, 1, 1]), np.array([5, 5, 5, 6]), rows=3).tolist()
    [5, -1, -1]
    """
    least = np.full(rows, np.iinfo(np.intp).max, dtype=np.intp)
    most = np.full(rows, -1, dtype=np.intp)
    np.minimum.at(least, row, codes)
    np.maximum.at(most, row, codes)
    return np.where(least == most, most, otherwise)


def every(
    row: npt.NDArray[np.intp], holds: npt.NDArray[np.bool_], rows: int
) -> npt.NDArray[np.bool_]:
    """Return whether *holds* in every entry of a row, bool [rows]; True where there are none."""
    fails: npt.NDArray[np.bool_] = np.bincount(row[~holds], minlength=rows) > 0
    return ~fails
