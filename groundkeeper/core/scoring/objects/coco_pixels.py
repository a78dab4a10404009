"""The pixels of an outline as COCO's tools count them, which CVAT compares areas by.

An outline is walked on a grid five times finer than the pixels, and a pixel of a column is inside from where the walk
crosses the middle of that column. Pixels at the edge can differ from those whose centres are inside.

References
----------
Lin et al. (2014), Microsoft COCO: Common objects in context, ECCV 2014, doi:10.1007/978-3-319-10602-1_48; its
``pycocotools``, ``frPyObjects``.
"""

from typing import Final, NamedTuple

import numpy as np

from groundkeeper.core.runs import members
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.masks.masks import Masks, mask_line

FINER: Final = 5
"""Steps of the walk in a pixel."""

_MIDDLE: Final = FINER // 2
"""The step from which on the next one is beyond the middle of a column."""

_HALF: Final = 0.5


class _Edges(NamedTuple):
    """Edges of outlines on the fine grid, each from its lower end along its longer side.

    Attributes
    ----------
    x, y : int64[e]
        The lower end.
    steps : int64[e]
        How many steps the walk takes along the longer side.
    slope : float64[e]
        How far it goes along the shorter side in each.
    flat : bool[e]
        Whether the longer side is that of x.
    left, right : int64[e]
        The smallest and the largest x.
    """

    x: Integers
    y: Integers
    steps: Integers
    slope: Floats
    flat: Booleans
    left: Integers
    right: Integers


def coco_columns(
    xy: Floats, offsets: Integers, owner: Integers, height: Integers, width: Integers
) -> Masks:
    """Return the pixels inside the outlines of each of n areas, rows and columns exchanged, as COCO counts them.

    Parameters
    ----------
    xy : float64[m, 2]
        The corners of all outlines, px; none is told twice for its outline to be closed.
    offsets : int64[o + 1]
        Where the corners of each outline begin, and where those of the last end.
    owner : int64[o]
        The area of each outline; of several, pixels inside an odd number of them are inside.
    height, width : int64[n]
        Size of the picture of each area, px.

    Examples
    --------
    >>> square = np.array([[0.5, 0.5], [2.5, 0.5], [2.5, 1.5], [0.5, 1.5]])
    >>> masks = coco_columns(square, np.array([0, 4]), np.array([0]), np.array([2]), np.array([4]))
    >>> masks.transposed().dense(0).astype(int).tolist()
    [[0, 0, 0, 0], [0, 1, 1, 0]]
    """
    edges = _edges(xy, offsets)
    of = np.repeat(owner, np.diff(offsets))
    first = np.maximum((edges.left + FINER - 1 - _MIDDLE) // FINER, 0)
    last = np.minimum((edges.right - 1 - _MIDDLE) // FINER, width[of] - 1)
    counts = np.maximum(last - first + 1, 0)
    edge, column = members(first, counts)
    height_at = _crossed_at(edges, edge, FINER * column + _MIDDLE)
    area = of[edge]
    row = np.ceil(np.clip((height_at + _HALF) / FINER - _HALF, 0, height[area])).astype(np.int64)
    line = mask_line(width, height)
    places = line[area] + column * height[area] + row
    odd = np.bincount(area, minlength=len(height)) % 2 == 1
    ends = (line[:-1] + height * width)[odd]
    places = np.sort(np.concatenate([places, ends]))
    return Masks.of_changes(places, width, height)


def pixel_rectangles(edges: Floats, size: Integers) -> Integers:
    """Return the pixels of boxes that were not turned, which are the same as those of their outlines.

    Parameters
    ----------
    edges : float64[n, 4]
        ``x0, y0, x1, y1``, px.
    size : int64[n, 2]
        Height and width of the picture of each box, px.

    Returns
    -------
    int64[n, 4]
        First column and row, and the first ones behind; of what has no pixel both are the same in a direction.

    Examples
    --------
    >>> pixel_rectangles(np.array([[0.5, 0.5, 2.5, 1.5]]), np.array([[2, 4]])).tolist()
    [[1, 1, 3, 2]]
    """
    fine = np.trunc(FINER * edges + _HALF).astype(np.int64)
    # Between whole columns the walk is level; below 0 its half step up is not cut off again.
    level = np.trunc(fine[:, 1::2] + _HALF)
    row = np.ceil(np.clip((level + _HALF) / FINER - _HALF, 0, size[:, :1])).astype(np.int64)
    first = np.maximum((fine[:, 0] + FINER - 1 - _MIDDLE) // FINER, 0)
    last = np.minimum((fine[:, 2] - 1 - _MIDDLE) // FINER + 1, size[:, 1])
    return np.stack([first, row[:, 0], np.maximum(last, first), row[:, 1]], axis=1)


def _edges(xy: Floats, offsets: Integers) -> _Edges:
    """Return the edges of outlines, each after the corner that it begins at, the last one closing its outline."""
    at = np.trunc(FINER * xy + _HALF).astype(np.int64)
    some = np.diff(offsets) > 0
    following = np.arange(1, len(xy) + 1)
    following[(offsets[1:] - 1)[some]] = offsets[:-1][some]
    begin, end = at, at[following]
    apart = np.abs(end - begin)
    flat = apart[:, 0] >= apart[:, 1]
    # Towards larger numbers, so that an edge is the same from both of its ends.
    turned = np.where(flat, begin[:, 0] > end[:, 0], begin[:, 1] > end[:, 1])[:, np.newaxis]
    low, rise = np.where(turned, end, begin), np.where(turned, begin - end, end - begin)
    steps = np.where(flat, rise[:, 0], rise[:, 1])
    shorter = np.where(flat, rise[:, 1], rise[:, 0])
    slope = np.divide(shorter, steps, out=np.zeros(len(at)), where=steps > 0)
    left, right = (pick(begin[:, 0], end[:, 0]) for pick in (np.minimum, np.maximum))
    return _Edges(low[:, 0], low[:, 1], steps, slope, flat, left, right)


def _crossed_at(edges: _Edges, edge: Integers, x: Integers) -> Integers:
    """Return the smaller y of the two points between which the walk along an *edge* goes from *x* to the next, [m]."""
    found = np.empty(len(edge), dtype=np.int64)
    flat = edges.flat[edge]
    for which, crossing in ((flat, _along_x), (~flat, _along_y)):
        found[which] = crossing(edges, edge[which], x[which])
    return found


def _along_x(edges: _Edges, edge: Integers, x: Integers) -> Integers:
    step = x - edges.x[edge]
    begin, slope = edges.y[edge], edges.slope[edge]
    ends = [np.trunc(begin + slope * (step + more) + _HALF) for more in (0, 1)]
    found: Integers = np.minimum(ends[0], ends[1]).astype(np.int64)
    return found


def _along_y(edges: _Edges, edge: Integers, x: Integers) -> Integers:
    begin, slope = edges.x[edge], edges.slope[edge]
    rising = slope > 0

    def beyond(step: Integers) -> Booleans:
        here = np.trunc(begin + slope * step + _HALF)
        return np.asarray(np.where(rising, here > x, here <= x))

    step = np.ceil((x + _HALF - begin) / slope).astype(np.int64)
    # A rounding of the division can be off by one step.
    step += ~beyond(step)
    step -= beyond(step - 1)
    found: Integers = edges.y[edge] + step - 1
    return found
