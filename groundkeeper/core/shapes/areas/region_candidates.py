"""Which regions may be so much alike, from their areas and bounding boxes alone."""

import numpy as np

from groundkeeper.core.shapes.boxes.box_pairs import meeting
from groundkeeper.core.shapes.boxes.corners import shared_areas
from groundkeeper.core.shapes.drawn import Drawn, Floats, Integers

CROWDED = 256
"""In items with more shapes than this, those near each other are looked for strip by strip."""

PER_SHAPE = 4
"""Pairs for which there is room at first, for each shape."""


def candidates(
    drawn: Drawn, areas: Floats, bounds: Floats, at_least: float
) -> tuple[Integers, Integers]:
    """Return the pairs of one item and two annotators whose IoU can be so much, sorted, int64 [p] each.

    What two regions share is at most what their bounding boxes share, and at most the smaller of the two.

    Parameters
    ----------
    drawn
        Who drew each of n regions, and where.
    areas
        Square px, float64 [n].
    bounds
        Left, top, right and bottom edge in px, nan where there is no area, float64 [n, 4].
    at_least
        IoU; at 0, all whose bounding boxes share anything.

    Examples
    --------
    The second is too small, whatever its outline is.

    >>> drawn = Drawn(item=np.zeros(3, np.int64), annotator=np.arange(3), label=np.zeros(3, np.int64))
    >>> bounds = np.array([[0, 0, 4, 4], [1, 1, 3, 3], [0, 0, 5, 4]], dtype=np.float64)
    >>> left, right = candidates(drawn, np.array([12.0, 3.0, 11.0]), bounds, 0.5)
    >>> left.tolist(), right.tolist()
    ([0], [2])
    """
    begin = np.flatnonzero(np.diff(drawn.item, prepend=drawn.item[:1] - 1))
    end = np.append(begin[1:], len(drawn))[: len(begin)]
    crowded = end - begin > CROWDED
    # Another column than the caller's: for one that may not be written to, all would be compiled once more.
    annotator = np.array(drawn.annotator, dtype=np.int64)
    quiet = _quiet((begin[~crowded], end[~crowded]), annotator, (areas, bounds), at_least)
    if not crowded.any():
        return quiet
    among = np.flatnonzero(np.repeat(crowded, end - begin) & (areas > 0.0))
    one, other = meeting(drawn.item[among], bounds[among], drawn.annotator[among])
    one, other = among[one], among[other]
    most = _most(areas, bounds, one, other)
    near = (most > 0.0) & (most >= at_least)
    left = np.concatenate([quiet[0], one[near]])
    right = np.concatenate([quiet[1], other[near]])
    order = np.lexsort((right, left))
    return left[order], right[order]


def _quiet(
    items: tuple[Integers, Integers],
    annotator: Integers,
    measures: tuple[Floats, Floats],
    at_least: float,
) -> tuple[Integers, Integers]:
    """Return the pairs in items, told by where they begin and end, of few shapes each."""
    from groundkeeper.core.shapes.areas.region_kernels import promising  # noqa: PLC0415 - loads numba

    room = np.empty((2, PER_SHAPE * len(annotator)), dtype=np.int64)
    count = promising(items, annotator, measures, at_least, room)
    if count > room.shape[1]:
        room = np.empty((2, count), dtype=np.int64)
        promising(items, annotator, measures, at_least, room)
    return room[0, :count], room[1, :count]


def _most(areas: Floats, bounds: Floats, left: Integers, right: Integers) -> Floats:
    """Return an IoU that pairs of regions with areas cannot exceed, float64 [p]."""
    smaller = np.minimum(areas[left], areas[right])
    shared = np.minimum(shared_areas(bounds[left], bounds[right]), smaller)
    most: Floats = shared / (areas[left] + areas[right] - shared)
    return most
