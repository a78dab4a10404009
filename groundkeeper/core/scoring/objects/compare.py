"""Two sides held against one another: which objects are one thing, which are left over, and what to look at.

Shapes decide which objects are one thing, and only then labels whether both are the same. It is the comparison of
CVAT's quality reports, of any number of units at once, with objects that count for nobody.

References
----------
CVAT, quality_control/quality_reports.py, ``DatasetComparator``.
"""

from typing import NamedTuple

import numpy as np

from groundkeeper.core.scoring.objects.assignment import assigned
from groundkeeper.core.scoring.objects.compared import Compared
from groundkeeper.core.scoring.objects.differences import Paired, differences
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Booleans, Near, Side
from groundkeeper.core.shapes.drawn import Integers


class LeftOver(NamedTuple):
    """What has no partner that counts: places of the ground truth, and of what is scored, int64 each."""

    missing: Integers
    extra: Integers
    excluded: Integers


def compare(truth: Side, said: Side, near: Near, settings: Settings) -> Compared:
    """Return which objects of two sides are one thing, and the others.

    An object that is said is excluded if it is matched with an ignored object of the ground truth, or has no partner
    and is like ignored ones alone, or has no partner and is ignored itself. An ignored object of the ground truth is
    never missing. Objects of one unit alone are compared.

    Parameters
    ----------
    truth, said : Side
        The ground truth and what is scored. Their ``attributes`` are those that are to be compared.
    near : Near
        All pairs of one unit that have anything in common, be it less than ``match_iou``.
    settings : Settings
        From when on two objects are one thing, and what is looked at.

    Examples
    --------
    >>> unit = np.zeros(2, dtype=np.int64)
    >>> truth, said = Side.of(unit, np.array([0, 1])), Side.of(unit, np.array([1, 1]))
    >>> near = Near(np.array([0]), np.array([1]), np.array([0.5]), np.array([False]))
    >>> found = compare(truth, said, near, Settings())
    >>> found.truth.tolist(), found.said.tolist(), found.same_label.tolist()
    ([0], [1], [False])
    >>> found.missing.tolist(), found.extra.tolist(), found.conflicts.kind.tolist()
    ([1], [0], [0, 1, 2, 3])
    """
    pairs = assigned(truth, said, near, settings.match_iou)
    ours, theirs = near.truth[pairs], near.said[pairs]
    left = left_over(truth, said, near, pairs)
    counts = ~truth.ignored[ours]
    similarity = near.similarity[pairs]
    if truth.shapeless is not None:
        similarity = np.where(truth.shapeless[ours], np.nan, similarity)
    paired = Paired.of(truth, said, ours, theirs, similarity, near.turned[pairs])
    visible = np.ones(len(said), dtype=np.bool_)
    visible[left.excluded] = False
    conflicts = differences(
        truth, said, paired.take(counts), left.missing, left.extra, visible, settings
    )
    return Compared(
        ours,
        theirs,
        paired.similarity,
        paired.same_label,
        left.missing,
        left.extra,
        left.excluded,
        conflicts,
    )


def left_over(truth: Side, said: Side, near: Near, pairs: Integers) -> LeftOver:
    """Return what is missing, extra and excluded where the *pairs* of what is near are matched, all ascending."""
    found = np.zeros(len(truth), dtype=np.bool_)
    found[near.truth[pairs]] = True
    matched = np.zeros(len(said), dtype=np.bool_)
    matched[near.said[pairs]] = True
    excluded = said.ignored & ~matched
    if truth.ignored.any():
        excluded |= _of_ignored(truth, said, near, pairs, matched)
    return LeftOver(
        np.flatnonzero(~found & ~truth.ignored),
        np.flatnonzero(~matched & ~excluded),
        np.flatnonzero(excluded),
    )


def _of_ignored(
    truth: Side, said: Side, near: Near, pairs: Integers, matched: Booleans
) -> Booleans:
    """Return what is said of ignored objects alone, bool [n]."""
    ignored = truth.ignored[near.truth]
    with_ignored, touching, counting = (np.zeros(len(said), dtype=np.bool_) for _ in range(3))
    with_ignored[near.said[pairs[ignored[pairs]]]] = True
    touching[near.said[ignored]] = True
    counting[near.said[~ignored]] = True
    return np.asarray(with_ignored | (~matched & touching & ~counting))
