"""Objects that were put together with others than in the ground truth.

References
----------
CVAT, quality_control/quality_reports.py, ``match_groups``: groups are matched as objects are, by the share of their
members that are matched with one another.
"""

import numpy as np

from groundkeeper.core.scoring.objects.assignment import best_pairs, near_enough
from groundkeeper.core.scoring.objects.places import Places
from groundkeeper.core.scoring.objects.sides import NONE, Booleans, Near, Rows, Side
from groundkeeper.core.shapes.drawn import Integers


def other_groups(
    truth: Side, said: Side, ours: Integers, theirs: Integers, at_least: float
) -> Booleans:
    """Return whether the partners of each pair are in groups that are not the same one, bool [m].

    An object that belongs with none is a group of its own. Two groups are as alike as the share that their matched
    members have in all of their members, and are one if it is at least *at_least* and they are matched: one to one, as
    alike as possible in sum. Who is alone in the ground truth must be alone.

    Parameters
    ----------
    truth, said
        Both sides.
    ours, theirs
        Places of the m pairs. If an object has several partners, the last one is what it is matched with.
    at_least
        Above 0, at most 1.

    Examples
    --------
    >>> unit, no = np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.bool_)
    >>> sides = [Side(unit, unit, np.zeros((3, 0), int), np.array(g), no, no) for g in ([7, 7, -1], [-1, 5, 5])]
    >>> other_groups(*sides, np.arange(3), np.arange(3), 0.5)
    array([False,  True,  True])
    """
    found = np.zeros(len(ours), dtype=np.bool_)
    some = _to_compare(truth, said, ours, theirs)
    if not len(some):
        return found
    if truth.rows is not None:
        # CVAT's solver sees all of them, which decides between matches that are as good.
        some = np.arange(len(ours))
    ours, theirs = ours[some], theirs[some]
    (group, size), (their_group, their_size) = _groups(truth), _groups(said)
    last = len(ours) - 1 - np.unique(ours[::-1], return_index=True)[1]
    both = group[ours[last]] * len(their_size) + their_group[theirs[last]]
    met, common = np.unique(both, return_counts=True)
    left, right = np.divmod(met, len(their_size))
    union = size[left] + their_size[right] - common
    near = Near.straight(left, right, common / union)
    unit = [
        _unit_of(side, of, len(sizes))
        for side, of, sizes in ((truth, group, size), (said, their_group, their_size))
    ]
    among = np.flatnonzero(near_enough(near.similarity, at_least))
    rows = _rows(truth, group), _rows(said, their_group)
    left_places = Places(unit[0], np.arange(len(unit[0])), rows[0])
    # Labels that never agree: nothing but the places breaks ties.
    right_places = Places(unit[1], NONE - 1 - np.arange(len(unit[1])), rows[1])
    pairs = best_pairs(left_places, right_places, near, among)
    partner = np.full(len(their_size), NONE, dtype=np.int64)
    partner[near.said[pairs]] = near.truth[pairs]
    alone = (size[group[ours]] == 1) & (their_size[their_group[theirs]] != 1)
    found[some] = alone | (partner[their_group[theirs]] != group[ours])
    return found


def _to_compare(truth: Side, said: Side, ours: Integers, theirs: Integers) -> Integers:
    """Return the pairs in which groups can differ; two that belong with none and are paired once are the same."""
    grouped = (truth.group != NONE)[ours] | (said.group != NONE)[theirs]
    if not grouped.any():
        return np.zeros(0, dtype=np.int64)
    again = (np.bincount(ours) > 1)[ours] | (np.bincount(theirs) > 1)[theirs]
    return np.flatnonzero(grouped | again)


def _groups(side: Side) -> tuple[Integers, Integers]:
    """Return the group of each object, numbered by unit, those alone first, and how many are in each group."""
    is_alone = side.group == NONE
    alone, grouped = np.flatnonzero(is_alone), np.flatnonzero(~is_alone)
    names, name = np.unique(side.group[grouped], return_inverse=True)
    key = side.unit[grouped] * max(len(names), 1) + name
    keys, of, sizes = np.unique(key, return_inverse=True, return_counts=True)
    unit = keys // max(len(names), 1)
    # Before who is alone come the groups of earlier units; before a group, who is alone in units up to its own.
    places = np.arange(len(keys)) + np.searchsorted(side.unit[alone], unit, side="right")
    number = np.empty(len(side), dtype=np.int64)
    number[alone] = np.arange(len(alone)) + np.searchsorted(unit, side.unit[alone])
    number[grouped] = places[of]
    size = np.ones(len(alone) + len(keys), dtype=np.int64)
    size[places] = sizes
    return number, size


def _unit_of(side: Side, group: Integers, n_groups: int) -> Integers:
    unit = np.zeros(n_groups, dtype=np.int64)
    unit[group] = side.unit
    return unit


def _rows(side: Side, group: Integers) -> Rows | None:
    """Return the rows of groups: those alone in the order that their only members have, and after them all others."""
    if side.rows is None:
        return None
    _, first = np.unique(group, return_index=True)
    together = side.group[first] != NONE
    rank = np.where(together, len(side) + np.arange(len(first)), side.rows.rank[first])
    return Rows(np.where(side.rows.kind[first] == NONE, NONE, 0), rank)
