"""Many runs one after the other in one column: where each begins, and which place in its run each member has."""

import numpy as np

from groundkeeper.core.shapes.drawn import Integers


def offsets_of(counts: Integers) -> Integers:
    """Return where each of n begins, and where the last ends, int64 [n + 1].

    Examples
    --------
    >>> offsets_of(np.array([2, 0, 3])).tolist()
    [0, 2, 2, 5]
    """
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)])


def numbered(counts: Integers) -> Integers:
    """Return 0, 1, ... anew for each of n runs, int64 [sum of *counts*].

    Examples
    --------
    >>> numbered(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    found: Integers = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return found
