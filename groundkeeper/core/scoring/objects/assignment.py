"""Which object of one side is which of the other: one to one, as alike as possible in sum, exactly."""

import numpy as np

from groundkeeper.core.runs import ranks_of
from groundkeeper.core.scoring.objects.cvat_ties import solved
from groundkeeper.core.scoring.objects.favourites import favourites, proved_best, stars
from groundkeeper.core.scoring.objects.places import Places
from groundkeeper.core.scoring.objects.sides import Booleans, Near, Side
from groundkeeper.core.shapes.clustering.components import cluster_pairs
from groundkeeper.core.shapes.drawn import Drawn, Floats, Integers, Pairs


def assigned(truth: Side, said: Side, near: Near, match_iou: float) -> Integers:
    """Return which of the pairs that are *near* are matched, ascending places among them, int64 [m].

    First the objects that count find their partners, so that none of them loses its own to one that is ignored; then
    what is left of what is said goes to ignored objects of the ground truth.

    Examples
    --------
    The second object fits better and is ignored:

    >>> unit = np.zeros(2, dtype=np.int64)
    >>> truth, said = Side.of(unit, unit), Side.of(unit[:1], unit[:1])
    >>> near = Near(np.array([0, 1]), unit, np.array([0.5, 0.9]), np.zeros(2, bool))
    >>> assigned(truth, said, near, 0.4)
    array([1])
    >>> some = Side(unit, unit, truth.attributes, truth.group, np.array([False, True]), truth.covered)
    >>> assigned(some, said, near, 0.4)
    array([0])
    """
    alike = near_enough(near.similarity, match_iou)
    left, right = (Places(side.unit, side.label, side.rows) for side in (truth, said))
    if not truth.ignored.any():
        return best_pairs(left, right, near, np.flatnonzero(alike))
    ignored = truth.ignored[near.truth]
    counting = best_pairs(left, right, near, np.flatnonzero(alike & ~ignored))
    taken = np.zeros(len(said), dtype=np.bool_)
    taken[near.said[counting]] = True
    rest = np.flatnonzero(alike & ignored & ~taken[near.said])
    return np.sort(np.concatenate([counting, best_pairs(left, right, near, rest)]))


def near_enough(similarity: Floats, at_least: float) -> Booleans:
    """Return whether pairs may be matched, *at_least* itself included, bool [n].

    Distances are compared, as CVAT does: one rounding decides at the limit on both sides alike.

    Examples
    --------
    >>> near_enough(np.array([0.4, 0.39]), 0.4)
    array([ True, False])
    """
    return np.asarray(1 - similarity <= 1 - at_least)


def best_pairs(truth: Places, said: Places, near: Near, among: Integers) -> Integers:
    """Return those of the pairs *among* that make the best assignment, ascending, int64 [m].

    Best is the largest sum of similarity, then the most pairs of one label, then the lowest places; of things that have
    rows, what CVAT's solver finds first. Mutual favourites are mostly the answer, and prices prove it; where they do
    not, all ways are looked at.
    """
    found, rest = _alone(near, among)
    if not len(rest):
        return found
    left, right = _compact(near.truth[rest]), _compact(near.said[rest])
    likely = favourites(left, right, near.similarity[rest])
    proved = proved_best(left, right, near.similarity[rest], likely)
    parts = [found, rest[likely & proved]]
    open_ = rest[~proved]
    if len(open_) and truth.rows is not None and said.rows is not None:
        parts.append(solved(truth, said, near, among, open_))
        return np.sort(np.concatenate(parts))
    if len(open_):
        same = truth.label[near.truth[open_]] == said.label[near.said[open_]]
        best, known = stars(near.truth[open_], near.said[open_], near.similarity[open_], same)
        parts.append(open_[best])
        open_ = open_[~known]
    if len(open_):
        parts.append(open_[_settled(truth, said, near, open_)])
    return np.sort(np.concatenate(parts))


def _alone(near: Near, among: Integers) -> tuple[Integers, Integers]:
    """Return those of the pairs *among* of which neither end has another choice, and the others: most are the first."""
    ours, theirs = near.truth[among], near.said[among]
    alone = (np.bincount(ours) == 1)[ours] & (np.bincount(theirs) == 1)[theirs]
    return among[alone], among[~alone]


def _compact(places: Integers) -> Integers:
    """Return the places numbered anew from 0, in their order and without gaps, int64 of the same length."""
    there = np.zeros(int(places.max(initial=-1)) + 1, dtype=np.int64)
    there[places] = 1
    found: Integers = (np.cumsum(there) - 1)[places]
    return found


def _settled(truth: Places, said: Places, near: Near, among: Integers) -> Booleans:
    """Return whether each of the pairs *among* is in the best assignment; of other objects nothing is asked."""
    ours, left = np.unique(near.truth[among], return_inverse=True)
    theirs, right = np.unique(near.said[among], return_inverse=True)
    unit = np.concatenate([truth.unit[ours], said.unit[theirs]])
    side = np.repeat([0, 1], [len(ours), len(theirs)])
    # Stable: within a unit the ground truth first, both sides in their order.
    order = np.argsort(unit, kind="stable")
    place = ranks_of(order)
    label = np.concatenate([truth.label[ours], said.label[theirs]])
    drawn = Drawn(unit[order], side[order], label[order])
    similarity = near.similarity[among]
    pairs = Pairs(place[left], place[len(ours) + right], similarity)
    record = cluster_pairs(drawn, pairs, float(similarity.min())).record
    return np.asarray(record[pairs.left] == record[pairs.right])
