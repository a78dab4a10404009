"""One box out of several experts' boxes of the same thing, and how far these stand apart.

References
----------
Solovyev, Wang and Gabruseva (2021), Weighted boxes fusion: ensembling boxes from different object detection models,
Image and Vision Computing 107:104117, https://doi.org/10.1016/j.imavis.2021.104117: the weighted mean of the corners.
"""

import numpy as np

from groundkeeper.core.shapes.boxes.corners import corner_ious
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.stacks import stacks

DIGITS = 12
"""To so many digits overlaps are told apart."""

MANY = 1_000_000
"""From so many boxes on it pays to load what is compiled."""


def edge_median(corners: Floats, group: Integers, n_groups: int) -> Floats:
    """Return the box whose every edge is the median of that edge of the members, px [g, 4].

    Of an even number the mean of the middle two. One annotator who is far off moves it little; no edge lies outside
    of the edges of the members.

    Parameters
    ----------
    corners : float64[n, 4]
        ``x0, y0, x1, y1`` of each box, px.
    group : int64[n]
        Which thing each is a box of, 0 to ``n_groups - 1``.
    n_groups : int
        How many things there are; nan where one has no box.

    Examples
    --------
    >>> boxes = np.array([[0.0, 0, 20, 20], [2, 0, 22, 20], [6, 0, 26, 20]])
    >>> edge_median(boxes, np.zeros(3, np.int64), 1)
    array([[ 2.,  0., 22., 20.]])
    """
    if len(corners) >= MANY:
        from groundkeeper.core.shapes.boxes.box_fusion_kernels import (  # noqa: PLC0415 - numba, which few boxes do without
            edge_medians,
        )

        return edge_medians(corners, group, n_groups)
    fused = np.full((n_groups, 4), np.nan)
    for groups, members in stacks(group, n_groups):
        in_order = np.sort(corners[members], axis=1)
        count = members.shape[1]
        middle = in_order[:, [(count - 1) // 2, count // 2]]
        fused[groups] = middle[:, 0] + (middle[:, 1] - middle[:, 0]) / 2
    return fused


def weighted_boxes(corners: Floats, group: Integers, weights: Floats, n_groups: int) -> Floats:
    """Return the weighted mean of the members' boxes, px [g, 4]; nan where the weights of one sum to 0.

    Parameters
    ----------
    corners, group, n_groups
        As of ``edge_median``.
    weights : float64[n]
        How much each counts, not negative: of a model its score, of an annotator the skill.

    Examples
    --------
    >>> boxes = np.array([[0.0, 0, 20, 20], [4, 0, 24, 20]])
    >>> weighted_boxes(boxes, np.zeros(2, np.int64), np.array([3.0, 1.0]), 1)
    array([[ 1.,  0., 21., 20.]])
    """
    total = np.bincount(group, weights, minlength=n_groups)
    whole = np.where(total > 0, total, np.nan)
    summed = [np.bincount(group, weights * edge, minlength=n_groups) for edge in corners.T]
    mean = np.column_stack([edge / whole for edge in summed])
    # Rounding must not lead a mean of equal edges outside of them.
    return np.clip(mean, *extent(corners, group, n_groups))


def extent(corners: Floats, group: Integers, n_groups: int) -> tuple[Floats, Floats]:
    """Return the smallest and the largest of every edge over the members, px [g, 4] each; nan where there is none."""
    low, high = np.full((n_groups, 4), np.nan), np.full((n_groups, 4), np.nan)
    for groups, members in stacks(group, n_groups):
        low[groups], high[groups] = corners[members].min(axis=1), corners[members].max(axis=1)
    return low, high


def edge_spread(corners: Floats, group: Integers, n_groups: int) -> Floats:
    """Return how far the members stand apart on each edge, left, top, right, bottom: largest less smallest, px [g, 4].

    It is nan where there are fewer than two: who stands alone agrees with nobody.

    Examples
    --------
    >>> boxes = np.array([[0.0, 0, 20, 20], [2, 0, 23, 20]])
    >>> edge_spread(boxes, np.zeros(2, np.int64), 1)
    array([[2., 0., 3., 0.]])
    """
    low, high = extent(corners, group, n_groups)
    alone = np.bincount(group, minlength=n_groups) < 2  # noqa: PLR2004 - it takes two to stand apart
    apart = high - low
    apart[alone] = np.nan
    return apart


def nearest_to_mean(corners: Floats, group: Integers, n_groups: int) -> Integers:
    """Return the place of the member that overlaps most with the mean of all members' bounding boxes, [g].

    So Datumaro and CVAT choose one shape of several. Among equals the lowest place; -1 where there is no member.

    Examples
    --------
    >>> boxes = np.array([[0.0, 0, 20, 20], [2, 0, 22, 20], [6, 0, 26, 20]])
    >>> nearest_to_mean(boxes, np.zeros(3, np.int64), 1)
    array([1])
    """
    chosen = np.full(n_groups, -1, dtype=np.int64)
    for groups, members in stacks(group, n_groups):
        boxes = corners[members]
        # Rounded, so that what is equal but for rounding is a tie.
        overlap = corner_ious(boxes, boxes.mean(axis=1, keepdims=True)).round(DIGITS)
        chosen[groups] = members[np.arange(len(groups)), np.argmax(overlap, axis=1)]
    return chosen
