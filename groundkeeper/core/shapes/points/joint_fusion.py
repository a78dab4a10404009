"""The one skeleton of several experts, joint by joint, and how far these stand apart."""

import numpy as np

from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.points.keypoints import HIDDEN, NOT_LABELLED, VISIBLE, Joints
from groundkeeper.core.shapes.stacks import stacks


def fused_joints(joints: Joints, group: Integers, n_groups: int) -> Joints:
    """Return the one skeleton of each group.

    A joint is at the median of x and y over those who labelled it, and as visible as most of them say; who ties says
    hidden. One that fewer than half of the group labelled is not labelled.

    Parameters
    ----------
    joints : Joints
        Skeletons of one template within a group.
    group : int64[n]
        The group of each, 0 to ``n_groups - 1``, each with at least one skeleton.
    n_groups : int
        How many groups there are.

    Examples
    --------
    >>> import shapely
    >>> from groundkeeper.core.shapes.points.keypoints import joints_of, skeletons_of
    >>> said = [[(0, 0, 2), (9, 9, 2)], [(2, 4, 2), (0, 0, 0)], [(1, 9, 1), (0, 0, 0)]]
    >>> drawn = joints_of(np.array([shapely.MultiPoint(points) for points in said]))
    >>> skeletons_of(fused_joints(drawn, np.zeros(3, np.int64), 1))[0].wkt
    'MULTIPOINT Z ((1 4 2), (0 0 0))'
    """
    width = joints.xy.shape[1]
    xy, visibility = np.zeros((n_groups, width, 2)), np.zeros((n_groups, width), dtype=np.int64)
    count = np.zeros(n_groups, dtype=np.int64)
    for groups, members in stacks(group, n_groups):
        labelled = joints.visibility[members] > NOT_LABELLED
        kept = 2 * labelled.sum(axis=1) >= members.shape[1]
        middle = median(np.where(labelled[..., np.newaxis], joints.xy[members], np.nan))
        xy[groups] = np.where(kept[..., np.newaxis], middle, 0.0)
        visibility[groups] = np.where(kept, _most(joints.visibility[members]), NOT_LABELLED)
        count[groups] = joints.count[members].max(axis=1)
    return Joints(xy, visibility, count)


def joint_spread(
    joints: Joints, fused: Joints, group: Integers, n_groups: int
) -> tuple[Floats, Floats]:
    """Return the largest and the mean distance of each joint to where the fused skeleton has it, px [g, j] each.

    Both are nan where fewer than two labelled the joint, or the fused skeleton is without it.

    Examples
    --------
    >>> import shapely
    >>> from groundkeeper.core.shapes.points.keypoints import joints_of
    >>> drawn = joints_of(np.array([shapely.MultiPoint([(x, 0, 2)]) for x in (0, 1, 5)]))
    >>> one = np.zeros(3, np.int64)
    >>> largest, mean = joint_spread(drawn, fused_joints(drawn, one, 1), one, 1)
    >>> largest[0, 0].item(), round(mean[0, 0].item(), 3)
    (4.0, 1.667)
    """
    width = joints.xy.shape[1]
    largest, mean = np.full((n_groups, width), np.nan), np.full((n_groups, width), np.nan)
    for groups, members in stacks(group, n_groups):
        labelled = joints.visibility[members] > NOT_LABELLED
        off = np.linalg.norm(joints.xy[members] - fused.xy[groups][:, np.newaxis], axis=3)
        off = np.where(labelled, off, 0.0)
        voices = labelled.sum(axis=1)
        known = (voices > 1) & (fused.visibility[groups] > NOT_LABELLED)
        largest[groups] = np.where(known, off.max(axis=1), np.nan)
        mean[groups] = np.where(known, off.sum(axis=1) / np.maximum(voices, 1), np.nan)
    return largest, mean


def median(values: Floats) -> Floats:
    """Return the median over the second axis of what is not nan, [g, ...]; the mean of the middle two where it is even.

    Examples
    --------
    >>> median(np.array([[1.0, 5.0, np.nan, 2.0], [np.nan, np.nan, np.nan, np.nan]]))
    array([ 2., nan])
    """
    in_order = np.sort(values, axis=1)
    known = np.count_nonzero(~np.isnan(values), axis=1)[:, np.newaxis]
    low, high = (
        np.take_along_axis(in_order, np.maximum(place, 0), axis=1)[:, 0]
        for place in ((known - 1) // 2, known // 2 - (known == 0))
    )
    middle: Floats = low + (high - low) / 2
    return middle


def _most(visibility: Integers) -> Integers:
    """Return how visible most of a group, second axis, say that a joint is, of those who labelled it."""
    seen, hidden = ((visibility == value).sum(axis=1) for value in (VISIBLE, HIDDEN))
    return np.where(seen > hidden, VISIBLE, HIDDEN)
