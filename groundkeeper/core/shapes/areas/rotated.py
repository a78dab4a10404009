"""Rotated boxes: polygons of four corners, and back to centre, sides and rotation.

The corners are, before it is turned, those at the top left, top right, bottom right and bottom left. A box turns about
its centre, in degrees clockwise on the screen, as in CVAT. (Label Studio turns it about its top left corner, which is
still the first of the four.)
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from groundkeeper.core.geometry import Geometries, bounding_boxes
from groundkeeper.core.shapes.areas.angles import direction, turned
from groundkeeper.core.shapes.drawn import Floats

PARAMETERS: Final = ("cx", "cy", "width", "height", "rotation")

CORNERS: Final = 4

HALVES: Final = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
"""Where the corners are from the centre, in sides."""

CLOSED: Final = [*range(CORNERS), 0]
"""The corners of a ring: that of a box without height would be taken for closed before its last corner."""


def rotated_boxes(
    cx: Floats, cy: Floats, width: Floats, height: Floats, rotation: Floats
) -> Geometries:
    """Return boxes as polygons of four corners in their order, object [n].

    Parameters
    ----------
    cx, cy : float64[n]
        Centres, px.
    width, height : float64[n]
        Sides before it is turned, px.
    rotation : float64[n]
        In degrees clockwise on the screen.

    Examples
    --------
    >>> drawn = rotated_boxes(*np.array([[60.0], [50], [40], [20], [90]]))
    >>> shapely.get_coordinates(drawn[0]).round(9).tolist()[:4]
    [[70.0, 30.0], [70.0, 70.0], [50.0, 70.0], [50.0, 30.0]]
    """
    along = np.multiply.outer(width, HALVES[CLOSED, 0])
    down = np.multiply.outer(height, HALVES[CLOSED, 1])
    return turned(cx, cy, along, down, rotation)


def box_parameters(geometries: Geometries) -> Floats:
    """Return ``cx, cy, width, height`` in px and ``rotation`` in degrees, 0 to 360, of boxes [n, 5].

    A ring whose sides are parallel to the axes is a box that was not turned, wherever it starts. nan for what has not
    four corners.

    Examples
    --------
    >>> box_parameters(np.array([shapely.box(40, 40, 80, 60)]))
    array([[60., 50., 40., 20.,  0.]])
    """
    found = corner_parameters(geometries)
    bounds = bounding_boxes(geometries)
    upright = is_upright(geometries)
    found[upright, :2] = ((bounds[:, :2] + bounds[:, 2:]) / 2)[upright]
    found[upright, 2:4] = (bounds[:, 2:] - bounds[:, :2])[upright]
    found[upright, 4] = 0.0
    return found


def corner_parameters(geometries: Geometries) -> Floats:
    """Return the same as ``box_parameters``, but with the first corner for the top left one whatever the sides.

    So a box that was turned by a quarter is one, and moves on from there.

    Examples
    --------
    >>> corner_parameters(rotated_boxes(*np.array([[60.0], [50], [40], [20], [90]]))).round(9)
    array([[60., 50., 40., 20., 90.]])
    """
    found = np.full((len(geometries), len(PARAMETERS)), np.nan)
    places = np.flatnonzero(_has_four(geometries))
    corners = shapely.get_coordinates(geometries[places]).reshape(-1, CORNERS + 1, 2)[:, :-1]
    along = (corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3]) / 2
    down = (corners[:, 3] - corners[:, 0] + corners[:, 2] - corners[:, 1]) / 2
    found[places] = np.column_stack(
        [corners.mean(axis=1), np.hypot(*along.T), np.hypot(*down.T), direction(*along.T)]
    )
    return found


def upright_boxes(edges: Floats) -> Geometries:
    """Return boxes that were not turned, by ``x0, y0, x1, y1`` in px [n, 4], as polygons of four corners, object [n].

    Examples
    --------
    >>> upright_boxes(np.array([[40.0, 40, 80, 60]]))[0].wkt
    'POLYGON ((40 40, 80 40, 80 60, 40 60, 40 40))'
    """
    corners = edges[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, CORNERS, 2)
    return np.asarray(shapely.polygons(corners[:, CLOSED]), dtype=object)


def is_upright(geometries: Geometries) -> npt.NDArray[np.bool_]:
    """Return whether each is a box with sides parallel to the axes, bool [n].

    Examples
    --------
    >>> is_upright(np.array([shapely.box(0, 0, 4, 2), shapely.Polygon([(0, 0), (4, 1), (3, 5), (-1, 4)])]))
    array([ True, False])
    """
    upright = _has_four(geometries)
    places = np.flatnonzero(upright)
    corners = shapely.get_coordinates(geometries[places]).reshape(-1, CORNERS + 1, 2)
    straight = (np.diff(corners, axis=1) == 0).any(axis=2).all(axis=1)
    boxes = bounding_boxes(geometries[places])
    for diagonal in (corners[:, [0, 2]], corners[:, [1, 3]]):
        ends = np.hstack([diagonal.min(axis=1), diagonal.max(axis=1)])
        straight &= (ends == boxes).all(axis=1)
    upright[places] = straight
    return upright


def _has_four(geometries: Geometries) -> npt.NDArray[np.bool_]:
    """Return whether each is one ring of four corners, bool [n]."""
    single = shapely.get_num_geometries(geometries) == 1
    return np.asarray(single & (shapely.get_num_coordinates(geometries) == CORNERS + 1))
