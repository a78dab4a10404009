"""The member of a group that is most like the others."""

import numpy as np

from groundkeeper.core.shapes.drawn import EXACTNESS, Floats, Integers, Pairs


def medoids(group: Integers, n_groups: int, pairs: Pairs) -> Integers:
    """Return the place of the member of each group that is most alike to its other members, [g].

    Nobody's drawing is changed, so it is a shape that somebody stands for. Among equals the lowest place.

    Parameters
    ----------
    group : int64[n]
        The group of each shape, 0 to ``n_groups - 1``.
    n_groups : int
        How many groups there are; -1 for one without a member.
    pairs : Pairs
        How alike the members are; a pair that is not here has nothing in common. Pairs of two groups are passed over.

    Examples
    --------
    >>> alike = Pairs(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([0.9, 0.6, 0.8]))
    >>> medoids(np.zeros(3, np.int64), 1, alike)
    array([1])
    """
    together = likeness(group, pairs)
    most = np.full(n_groups, -1.0)
    np.maximum.at(most, group, together)
    # Of equals the lowest place, which is written last.
    among = np.flatnonzero(together == most[group])[::-1]
    chosen = np.full(n_groups, -1, dtype=np.int64)
    chosen[group[among]] = among
    return chosen


def likeness(group: Integers, pairs: Pairs) -> Floats:
    """Return the summed similarity of each shape to the other members of its group, float64 [n]."""
    same = group[pairs.left] == group[pairs.right]
    # Whole numbers add up to the same in any order.
    worth = np.rint(pairs.similarity[same] * EXACTNESS)
    ends = (np.bincount(side[same], worth, len(group)) for side in (pairs.left, pairs.right))
    summed: Floats = sum(ends, start=np.zeros(len(group))) / EXACTNESS
    return summed
