"""Which shapes are connected by pairs."""

import numpy as np

from groundkeeper.core.shapes.drawn import Integers


def connected(n: int, left: Integers, right: Integers) -> Integers:
    """Return the lowest of the shapes that each of n shapes is connected with by pairs, int64 [n].

    Examples
    --------
    >>> import numpy as np
    >>> connected(5, np.array([1, 2]), np.array([2, 4])).tolist()
    [0, 1, 1, 3, 1]
    """
    lowest = np.arange(n)
    while len(left):
        one, other = lowest[left], lowest[right]
        apart = one != other
        if not apart.any():
            break
        left, right, one, other = left[apart], right[apart], one[apart], other[apart]
        # Roots go under the lowest root they are next to, and then everybody directly under the root.
        np.minimum.at(lowest, np.maximum(one, other), np.minimum(one, other))
        above = lowest[lowest]
        while not np.array_equal(above, lowest):
            lowest, above = above, above[above]
    return lowest
