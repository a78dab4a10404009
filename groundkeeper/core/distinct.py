"""The different rows of a table of numbers, and how often each occurs."""

from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.runs import ranks_of

Number = TypeVar("Number", bound=np.generic)
Codes: TypeAlias = npt.NDArray[np.intp]

LARGEST_KEY = 2**62
"""Rows whose digits make larger numbers are hashed."""
FEW_KEYS = 2**16
"""Keys that may always be counted in an array of their own size."""
MIX = np.uint64(0x9E3779B97F4A7C15)
"""An odd number whose bits are spread: 2**64 over the golden ratio."""
SHIFT = np.uint64(29)
"""How far the high bits, which a product fills, are brought down."""


def distinct_rows(rows: npt.NDArray[Number]) -> tuple[npt.NDArray[Number], npt.NDArray[np.int64]]:
    """Return the different rows of *rows* ``[n, k]``, ascending, and how often each occurs.

    Examples
    --------
    >>> different, often = distinct_rows(np.array([[2, 0], [1, 1], [2, 0]]))
    >>> different.tolist(), often.tolist()
    ([[1, 1], [2, 0]], [1, 2])
    """
    different, codes = row_codes(rows)
    return different, np.bincount(codes, minlength=len(different)).astype(np.int64)


def row_codes(rows: npt.NDArray[Number]) -> tuple[npt.NDArray[Number], Codes]:
    """Return the different rows of *rows* ``[n, k]``, ascending, and for each row the place of its like, ``[n]``.

    Whole numbers in a narrow range are the digits of one key a row; other rows are told apart by a hash, and then
    compared, so that two that share a hash are not taken for one.

    Parameters
    ----------
    rows : int or float[n, k]
        Without nan.
    """
    if not rows.size:
        return rows[: min(1, len(rows))], np.zeros(len(rows), dtype=np.intp)
    keys = _digits(rows)
    if keys is None:
        return _by_hash(rows)
    codes, first = _coded(keys)
    return rows[first], codes


def _digits(rows: npt.NDArray[Number]) -> npt.NDArray[np.int64] | None:
    """Return one whole number a row that orders the rows as their columns do; None if that has too many digits."""
    if not np.issubdtype(rows.dtype, np.integer):
        return None
    lowest = rows.min(axis=0).astype(object)
    spans = [int(span) for span in rows.max(axis=0).astype(object) - lowest + 1]
    size = 1
    for span in spans:
        size *= span
    if size > LARGEST_KEY:
        return None
    keys = np.zeros(len(rows), dtype=np.int64)
    for column, low, span in zip(rows.T, lowest, spans, strict=True):
        keys *= span
        keys += column.astype(np.int64) - int(low)
    return keys


def _coded(keys: npt.NDArray[np.int64]) -> tuple[Codes, Codes]:
    """Return the place of each of *keys* ``[n]`` among the different ones, ascending, and where each of these is."""
    largest = int(keys.max())
    if largest < max(FEW_KEYS, len(keys)):
        place = np.full(largest + 1, -1, dtype=np.intp)
        place[keys] = np.arange(len(keys))
        found = np.flatnonzero(place >= 0)
        first = place[found]
        place[found] = np.arange(len(found))
        return place[keys], first
    _, first, codes = np.unique(keys, return_index=True, return_inverse=True)
    return codes, first


def _by_hash(rows: npt.NDArray[Number]) -> tuple[npt.NDArray[Number], Codes]:
    wide = rows.astype(np.float64 if np.issubdtype(rows.dtype, np.floating) else np.int64)
    wide += 0  # The two zeros of floats are one number.
    hashes = np.zeros(len(wide), dtype=np.uint64)
    for column in wide.view(np.uint64).T:
        hashes ^= column
        hashes *= MIX
        hashes ^= hashes >> SHIFT
    codes, kinds = pd.factorize(hashes)
    some = np.empty(len(kinds), dtype=np.intp)
    some[codes] = np.arange(len(codes))
    if not all(np.array_equal(column[some][codes], column) for column in wide.T):
        different, codes = np.unique(rows, axis=0, return_inverse=True)
        return different, codes
    order = np.lexsort(wide[some].T[::-1])
    return rows[some[order]], ranks_of(order)[codes]
