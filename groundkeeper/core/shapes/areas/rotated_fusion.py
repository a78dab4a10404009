"""The one box of several experts where boxes were turned, and how far their edges stand apart in its own frame."""

import numpy as np

from groundkeeper.core.shapes.areas.angles import wrapped
from groundkeeper.core.shapes.areas.rotated import HALVES
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.points.joint_fusion import median
from groundkeeper.core.shapes.stacks import stacks


def fused_boxes(
    parameters: Floats,
    reference: Integers,
    group: Integers,
    n_groups: int,
    weights: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Return the one box of each group [g, 5], and in its own frame how far the members' edges stand apart [g, 4].

    Every member is first said as it is nearest to the *reference*: turned by a quarter, with its sides exchanged, a box
    is the same. The rotation is the median of the turns from the reference. In the frame so turned every edge, left,
    top, right and bottom, is the median of where the members have theirs: at their centres, half of their sides away.

    Parameters
    ----------
    parameters : float64[n, 5]
        As ``box_parameters`` returns them.
    reference : int64[g]
        The place of the member of each group that the others are said like, such as the medoid.
    group : int64[n]
        The group of each, 0 to ``n_groups - 1``.
    n_groups : int
        How many groups there are; nan where one has no box.
    weights : float64[n], optional
        How much each counts, positive: then means take the place of medians.

    Returns
    -------
    box : float64[g, 5]
    apart : float64[g, 4]
        Largest less smallest of each edge, px; nan where a group has fewer than two members.

    Examples
    --------
    >>> drawn = np.array([[60.0, 50, 40, 20, 30], [60, 50, 20, 42, 122], [60, 50, 40, 20, 208]])
    >>> box, apart = fused_boxes(drawn, np.array([0]), np.zeros(3, np.int64), 1)
    >>> box.round(9), apart.round(9)
    (array([[60., 50., 40., 20., 30.]]), array([[1., 0., 1., 0.]]))
    """
    fused, apart = np.full((n_groups, 5), np.nan), np.full((n_groups, 4), np.nan)
    for groups, members in stacks(group, n_groups):
        like = parameters[reference[groups]]
        said = _said_like(parameters[members], like)
        counts = None if weights is None else weights[members]
        turned = wrapped(said[..., 4] - like[:, np.newaxis, 4])
        rotation = like[:, 4] + _middle(turned, counts)
        edges = _edges(said, rotation)
        fused[groups] = _box(_middle(edges, counts), rotation)
        if members.shape[1] > 1:
            apart[groups] = edges.max(axis=1) - edges.min(axis=1)
    return fused, apart


def edges_of(parameters: Floats, like: Floats) -> Floats:
    """Return left, top, right and bottom of boxes [n, 5] in the frames of those that they are *like* [n, 5], px [n, 4].

    Examples
    --------
    >>> edges_of(np.array([[60.0, 50, 20, 42, 90]]), np.array([[60.0, 50, 40, 20, 0]]))
    array([[39., 40., 81., 60.]])
    """
    said = _said_like(parameters[:, np.newaxis], like)
    found: Floats = _edges(said, like[:, 4])[:, 0]
    return found


def _middle(values: Floats, weights: Floats | None) -> Floats:
    """Return the median over the members, second axis, or their weighted mean."""
    if weights is None:
        return median(values)
    shares = weights / weights.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("gk,gk...->g...", shares, values))


def _said_like(boxes: Floats, like: Floats) -> Floats:
    """Return *boxes* [g, k, 5], each said so that its corners lie nearest to those of *like*."""
    quarters = np.arange(4)
    ways = np.repeat(boxes[:, :, np.newaxis], len(quarters), axis=2)
    odd = quarters % 2 == 1
    ways[:, :, odd, 2], ways[:, :, odd, 3] = boxes[..., 3][..., None], boxes[..., 2][..., None]
    ways[..., 4] += 90 * quarters
    off = np.square(_corners(ways) - _corners(like)[:, np.newaxis, np.newaxis]).sum(axis=(3, 4))
    nearest = off.argmin(axis=2)
    found: Floats = np.take_along_axis(ways, nearest[..., np.newaxis, np.newaxis], axis=2)[:, :, 0]
    return found


def _corners(boxes: Floats) -> Floats:
    """Return the corners of boxes [..., 5] about their centres, px [..., 4, 2]."""
    along, down = _directions(boxes[..., 4])
    sides = boxes[..., np.newaxis, 2:4] * HALVES
    corners: Floats = (
        sides[..., :1] * along[..., np.newaxis, :] + sides[..., 1:] * down[..., np.newaxis, :]
    )
    return corners


def _directions(rotation: Floats) -> tuple[Floats, Floats]:
    """Return where the first and the second side of boxes so turned point, [..., 2] each."""
    turn = np.deg2rad(rotation)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([cos, sin], axis=-1), np.stack([-sin, cos], axis=-1)


def _edges(boxes: Floats, rotation: Floats) -> Floats:
    """Return left, top, right and bottom of boxes [g, k, 5] in frames turned by *rotation*, px [g, k, 4]."""
    along, down = _directions(rotation)
    x, y = (np.einsum("gkc,gc->gk", boxes[..., :2], direction) for direction in (along, down))
    width, height = boxes[..., 2] / 2, boxes[..., 3] / 2
    return np.stack([x - width, y - height, x + width, y + height], axis=-1)


def _box(edges: Floats, rotation: Floats) -> Floats:
    """Return ``cx, cy, width, height, rotation`` of boxes by their edges in frames so turned, [g, 5]."""
    along, down = _directions(rotation)
    middle = (edges[:, :2] + edges[:, 2:]) / 2
    centre = middle[:, :1] * along + middle[:, 1:] * down
    return np.column_stack([centre, edges[:, 2:] - edges[:, :2], rotation % 360])
