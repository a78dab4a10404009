"""Units that were rated alike, put together: a million units have a few hundred different patterns of ratings.

Every coefficient of agreement but Conger's, Cohen's and those of single annotators looks at a unit only through how
many ratings of each value it has. So what is computed of a pattern holds for all its units, and a bootstrap round
draws how often each pattern comes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.distinct import distinct_rows
from groundkeeper.errors import RefusedError, listing

Floats: TypeAlias = npt.NDArray[np.float64]
RatingTable: TypeAlias = npt.NDArray[np.generic] | Sequence[Sequence[object]]
"""One row a rater, one column a unit; nan or None where a rater did not rate."""

MOST_BITS = 20
"""Of the keys of patterns that are counted in one array, 8 MB."""
WORTH_COMPILING = 2**15
"""Ratings from which on a compiled pass is faster by more than anybody would notice."""


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """The different patterns of ratings, ascending.

    Attributes
    ----------
    counts : int or float[n_patterns, k]
        How many ratings of each value a unit of the pattern has.
    multiplicity : int[n_patterns]
        How many units have the pattern.
    values : object[k]
        The values, ascending or in the order of the vocabulary.
    """

    counts: npt.NDArray[np.integer] | Floats
    multiplicity: npt.NDArray[np.int64]
    values: npt.NDArray[np.generic]


def places_among(
    values: npt.NDArray[np.generic], found: npt.NDArray[np.generic]
) -> npt.NDArray[np.intp]:
    """Return the place among *values* of each of the ratings *found*.

    Raises
    ------
    RefusedError
        If one is none of *values*.
    """
    place = pd.Index(values).get_indexer(pd.Index(found))
    if (place < 0).any():
        foreign, allowed = listing(map(str, found[place < 0])), listing(map(str, values))
        message = f"found the ratings {foreign}; allowed are {allowed}; correct them, or name them as values"
        raise RefusedError(message)
    return np.asarray(place, dtype=np.intp)


def rating_table(ratings: RatingTable) -> npt.NDArray[np.generic]:
    """Return *ratings* ``[n_raters, n_units]`` as an array, in which a gap among texts stays a gap.

    Examples
    --------
    >>> rating_table([[1, None], [2, 2]]).tolist()
    [[1.0, nan], [2.0, 2.0]]
    """
    if isinstance(ratings, np.ndarray):
        return ratings
    rows = [list(row) for row in ratings]
    flat = pd.Series([rating for row in rows for rating in row])
    return flat.to_numpy().reshape(len(rows), -1)


def patterns_of_counts(counts: npt.ArrayLike) -> Patterns:
    """Return the patterns of *counts* ``[n_units, k]``, with 0 to k - 1 as values.

    Examples
    --------
    >>> found = patterns_of_counts([[3, 0], [1, 2], [3, 0]])
    >>> found.counts.tolist(), found.multiplicity.tolist()
    ([[1, 2], [3, 0]], [1, 2])
    """
    table = np.asarray(counts)
    different, often = distinct_rows(table)
    return Patterns(different, often, np.arange(table.shape[1]))


def patterns_of_ratings(ratings: RatingTable, values: npt.ArrayLike | None = None) -> Patterns:
    """Return the patterns of *ratings*, who rated what put aside.

    Parameters
    ----------
    ratings : float or object[n_raters, n_units]
        Reliability data: one row a rater, one column a unit; nan or None where a rater did not rate.
    values : array, optional
        All values in their order; without it those that occur, ascending.

    Raises
    ------
    RefusedError
        If a rating is none of *values*.

    Examples
    --------
    >>> found = patterns_of_ratings([[1, 2, 1, np.nan], [1, 1, 1, 2]])
    >>> found.values.tolist(), found.counts.tolist(), found.multiplicity.tolist()
    ([1.0, 2.0], [[0, 1], [1, 1], [2, 0]], [1, 1, 2])
    """
    table = rating_table(ratings)
    domain = None if values is None else np.asarray(values)
    quick = _of_whole_numbers(table) if table.size >= WORTH_COMPILING else None
    if quick is None:
        quick = _of_anything(table)
    return quick if domain is None else _in_order(quick, domain)


def _of_whole_numbers(table: npt.NDArray[np.generic]) -> Patterns | None:
    """Return the patterns of whole numbers in a narrow range, or None of other ratings."""
    if not table.size or not np.issubdtype(table.dtype, np.number):
        return None
    numbers = table.astype(np.float64, copy=False)
    low, high = np.fmin.reduce(numbers, axis=None), np.fmax.reduce(numbers, axis=None)
    if not np.isfinite(high - low):
        return None
    base, width = len(numbers) + 1, int(high - low) + 1
    if width * math.log2(base) > MOST_BITS:
        return None
    from groundkeeper.core.agreement.pattern_kernels import (  # noqa: PLC0415 - numba, which small tables do without
        pattern_histogram,
    )

    steps = np.append(base ** np.arange(width)[::-1], 0)
    histogram = pattern_histogram(numbers, float(low), steps, base**width)
    if not len(histogram):
        return None
    keys = np.flatnonzero(histogram)
    counts = keys[:, None] // steps[:-1] % base
    said = counts.any(axis=0)
    return Patterns(counts[:, said], histogram[keys], (low + np.arange(width))[said])


def _of_anything(table: npt.NDArray[np.generic]) -> Patterns:
    """Return the patterns of ratings of any type: sorted within the unit, they are alike if they are the same."""
    codes, names = pd.factorize(table.ravel(), sort=True)
    in_unit = np.sort(codes.reshape(table.shape).T, axis=1)
    different, often = distinct_rows(in_unit)
    rows, places = np.nonzero(different >= 0)
    k = len(names)
    cells = rows * k + different[rows, places]
    counts = np.bincount(cells, minlength=len(different) * k).reshape(len(different), k)
    merged, again = _ascending(counts, often)
    return Patterns(merged, again, np.asarray(names))


def _in_order(found: Patterns, domain: npt.NDArray[np.generic]) -> Patterns:
    """Return *found* with all values of *domain*, in its order."""
    place = places_among(domain, found.values)
    counts = np.zeros((len(found.counts), len(domain)), dtype=np.int64)
    counts[:, place] = found.counts
    return Patterns(*_ascending(counts, found.multiplicity), domain)


def _ascending(
    counts: npt.NDArray[np.integer], often: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.int64]]:
    """Return *counts*, all different, in ascending order, and *often* with them."""
    order = np.lexsort(counts.T[::-1]) if counts.size else np.arange(len(counts))
    return counts[order], often[order]
