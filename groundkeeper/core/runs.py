"""Places in columns: of runs that stand one after the other, and of things that are put in an order."""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Integers: TypeAlias = npt.NDArray[np.int64]
Counts: TypeAlias = npt.NDArray[np.integer]


def offsets_of(counts: npt.NDArray[np.integer | np.bool_]) -> Integers:
    """Return where each of n runs begins, and where the last ends, int64 [n + 1].

    Examples
    --------
    >>> offsets_of(np.array([2, 0, 3])).tolist()
    [0, 2, 2, 5]
    """
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)])


def numbered(counts: Counts) -> Integers:
    """Return 0, 1, ... anew for each of n runs, int64 [sum of *counts*].

    Examples
    --------
    >>> numbered(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    found: Integers = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return found


def members(first: Counts, counts: Counts) -> tuple[Integers, Integers]:
    """Return every member of n runs that begin at *first*: its run, and its place, int64 [sum of *counts*] each.

    Examples
    --------
    >>> [column.tolist() for column in members(np.array([5, 0, 7]), np.array([2, 0, 3]))]
    [[0, 0, 2, 2, 2], [5, 6, 7, 8, 9]]
    """
    run = np.repeat(np.arange(len(counts)), counts)
    shift = first - (np.cumsum(counts) - counts)
    return run, np.repeat(shift, counts) + np.arange(len(run))


def members_in_parts(
    first: Integers, counts: Integers, at_once: int
) -> Iterator[tuple[Integers, Integers]]:
    """Give the same as ``members``, of as many whole runs together as have at most so many, but at least one.

    Examples
    --------
    >>> for run, place in members_in_parts(np.array([5, 0, 7]), np.array([2, 0, 3]), 4):
    ...     run.tolist(), place.tolist()
    ([0, 0], [5, 6])
    ([2, 2, 2], [7, 8, 9])
    """
    before = offsets_of(counts)
    shift = first - before[:-1]
    start = 0
    while start < len(counts):
        stop = int(np.searchsorted(before, before[start] + at_once, side="right")) - 1
        stop = max(stop, start + 1)
        run = np.repeat(np.arange(start, stop), counts[start:stop])
        yield run, shift[run] + np.arange(before[start], before[stop])
        start = stop


def ranks_of(order: Integers) -> Integers:
    """Return the place of each of n things in the *order*, int64 [n].

    Examples
    --------
    >>> ranks_of(np.array([2, 0, 1])).tolist()
    [1, 2, 0]
    """
    found = np.empty(len(order), dtype=np.int64)
    found[order] = np.arange(len(order))
    return found
