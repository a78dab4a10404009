"""Rows that lie in the same cell, found without sorting them, so that each cell is looked at once."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

Codes: TypeAlias = npt.NDArray[np.integer]
Given = TypeVar("Given")
Made = TypeVar("Made")

_TABLE: Final = 2**22
"""Up to so many combinations are looked up in a table; more are hashed."""
_NARROW: Final = 2**31 - 1
_LARGEST: Final = 2**62
_MANY: Final = 100_000
"""From so many rows on, columns are worked on side by side."""


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
    combined: Codes = np.zeros(rows, dtype=np.int32)
    total = 1
    for codes, size in columns:
        if total * (size + 1) > _NARROW:
            combined = combined.astype(np.int64, copy=False)
        if total * (size + 1) > _LARGEST:
            combined, distinct = pd.factorize(combined)
            total = len(distinct)
        combined *= size + 1
        combined += codes
        combined += 1
        total *= size + 1
    return _from_table(combined, total) if total <= _TABLE else _hashed(combined)


def each(work: Callable[[Given], Made], given: Sequence[Given], rows: int) -> Iterable[Made]:
    """Return what *work* makes of each of *given*, in their order; side by side where there are many *rows*.

    numpy lets other threads go on while it works on large arrays, so no more than that is needed.
    """
    if rows < _MANY or len(given) <= 1:
        return map(work, given)
    with ThreadPoolExecutor() as pool:
        return list(pool.map(work, given))


def _from_table(combined: Codes, total: int) -> Grouping:
    last_first = np.full(total, -1, dtype=np.intp)
    last_first[combined[::-1]] = np.arange(len(combined) - 1, -1, -1)
    present = last_first >= 0
    number = np.cumsum(present) - 1
    return Grouping(number[combined], last_first[present])


def _hashed(combined: Codes) -> Grouping:
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
