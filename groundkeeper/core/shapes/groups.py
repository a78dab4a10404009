"""Which records belong together, where annotators put their shapes into groups: a wheel with its car."""

import numpy as np

from groundkeeper.core.shapes.clustering.connected import connected
from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.core.shapes.stacks import pairs_in_stacks

ALONE = -1
"""The group of a shape that is in none."""


def voted_groups(record: Integers, drawer: Integers, group: Integers, n_records: int) -> Integers:
    """Return the group of each record, ``ALONE`` if it is in none, numbered by their first records, int64 [r].

    Two records belong together if more than half of those who drew both put both into one group. Who drew only one of
    them says nothing. What belongs together with the same third is one group.

    Parameters
    ----------
    record : int64[n]
        The record of each shape, 0 to ``n_records - 1``.
    drawer : int64[n]
        Whose answer it is from; an annotator's answer to each item is a drawer of its own.
    group : int64[n]
        The group that the drawer put it in, any number, ``ALONE`` for none.
    n_records : int
        How many records there are.

    Examples
    --------
    Two of three people put the records 0 and 1 together, one of three 1 and 2:

    >>> record, drawer = np.tile([0, 1, 2], 3), np.repeat([0, 1, 2], 3)
    >>> voted_groups(record, drawer, np.array([5, 5, -1, 1, 1, -1, -1, 8, 8]), 3)
    array([ 0,  0, -1])
    """
    grouped = group != ALONE
    _, own = np.unique(np.column_stack([drawer, group])[grouped], axis=0, return_inverse=True)
    together = _pairs(record[grouped], own.reshape(-1))
    if not len(together):
        return np.full(n_records, ALONE, dtype=np.int64)
    pairs, votes = np.unique(together, axis=0, return_counts=True)
    # Only what somebody put together is counted among those who drew both.
    candidates = np.isin(record, pairs)
    both = _pairs(record[candidates], np.unique(drawer[candidates], return_inverse=True)[1])
    seen, drawn = np.unique(both, axis=0, return_counts=True)
    keys, wanted = (table @ np.array([n_records, 1]) for table in (seen, pairs))
    joined = pairs[2 * votes > drawn[np.searchsorted(keys, wanted)]]
    return _numbered(joined, n_records)


def _pairs(record: Integers, block: Integers) -> Integers:
    """Return every two different records of a block, the lower first, once for each block, int64 [p, 2]."""
    once = np.unique(np.column_stack([block, record]), axis=0)
    record = once[:, 1]
    blocks = np.unique(once[:, 0], return_inverse=True)[1]
    pairs = pairs_in_stacks(blocks, int(blocks.max(initial=-1)) + 1)
    return np.stack([record[side] for side in pairs], axis=1)


def _numbered(joined: Integers, n_records: int) -> Integers:
    """Return which records are connected by the pairs *joined*, numbered by their first records."""
    root = connected(n_records, *joined.T)
    found = np.full(n_records, ALONE, dtype=np.int64)
    members = np.unique(joined)
    found[members] = np.unique(root[members], return_inverse=True)[1]
    return found
