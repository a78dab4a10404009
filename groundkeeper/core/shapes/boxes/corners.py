"""Boxes by ``x0, y0, x1, y1``, px, in the last axis: their areas, and what those of two columns share.

Columns are broadcast against one another.
"""

import numpy as np

from groundkeeper.core.shapes.drawn import Floats


def box_areas(corners: Floats) -> Floats:
    """Return the areas of boxes, px2, float64 [...].

    Examples
    --------
    >>> box_areas(np.array([[0.0, 0, 4, 3], [1, 1, 1, 9]])).tolist()
    [12.0, 0.0]
    """
    sides = corners[..., 2:] - corners[..., :2]
    found: Floats = sides[..., 0] * sides[..., 1]
    return found


def shared_areas(one: Floats, other: Floats) -> Floats:
    """Return the areas that boxes share, px2, float64 [...]; 0 where they share none, or one is nowhere.

    Examples
    --------
    >>> shared_areas(np.array([[0.0, 0, 4, 4], [0, 0, 1, 1]]), np.array([1.0, 1, 5, 5])).tolist()
    [9.0, 0.0]
    """
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    return np.where((sides > 0).all(axis=-1), sides[..., 0] * sides[..., 1], 0.0)


def corner_ious(one: Floats, other: Floats) -> Floats:
    """Return the IoU of boxes, from 0 to 1, float64 [...]; 0 where they share no area.

    Examples
    --------
    >>> corner_ious(np.array([[0.0, 0, 4, 4], [3, 3, 3, 3]]), np.array([0.0, 0, 4, 3])).tolist()
    [0.75, 0.0]
    """
    shared = shared_areas(one, other)
    union = box_areas(one) + box_areas(other) - shared
    found: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0)
    return found
