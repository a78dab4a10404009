"""Members of groups side by side: groups of one size at a time, so that arrays do the work."""

from collections.abc import Iterator

import numpy as np

from groundkeeper.core.shapes.drawn import Integers


def stacks(group: Integers, n_groups: int) -> Iterator[tuple[Integers, Integers]]:
    """Yield the groups of each size, the smallest first, with the places of their members.

    Parameters
    ----------
    group : int64[n]
        The group of each member, 0 to ``n_groups - 1``.
    n_groups : int
        How many groups there are; one may have no member, and is not among those of any size.

    Yields
    ------
    (int64[m], int64[m, k])
        Groups with k members each, ascending, and the places of these, ascending.

    Examples
    --------
    >>> for groups, members in stacks(np.array([0, 1, 0, 2]), 3):
    ...     groups.tolist(), members.tolist()
    ([1, 2], [[1], [3]])
    ([0], [[0, 2]])
    """
    order = np.argsort(group, kind="stable")
    size = np.bincount(group, minlength=n_groups)
    start = np.cumsum(size) - size
    for members in np.unique(size[size > 0]).tolist():
        groups = np.flatnonzero(size == members)
        yield groups, order[start[groups][:, np.newaxis] + np.arange(members)]


def pairs_in_stacks(group: Integers, n_groups: int) -> tuple[Integers, Integers]:
    """Return every two members of one group, ``left < right``, as ``stacks`` has them, int64 [p] each.

    Examples
    --------
    >>> left, right = pairs_in_stacks(np.array([0, 1, 0, 0]), 2)
    >>> left.tolist(), right.tolist()
    ([0, 0, 2], [2, 3, 3])
    """
    lefts, rights = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for _, members in stacks(group, n_groups):
        one, other = np.triu_indices(members.shape[1], k=1)
        lefts.append(members[:, one].reshape(-1))
        rights.append(members[:, other].reshape(-1))
    return np.concatenate(lefts), np.concatenate(rights)
