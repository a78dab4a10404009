"""Where each of many begins in one column that holds all of them."""

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
