"""How alike points and lines are to CVAT and Datumaro, for results that can be held against theirs.

References
----------
CVAT, quality_control/annotation_matching.py, ``LineMatcher``.
Datumaro 1.13, components/annotations/matcher.py, ``PointsMatcher`` and ``LineMatcher``.
"""

from typing import Final

import numpy as np
import shapely

from groundkeeper.core.geometry import Geometries, bounding_boxes
from groundkeeper.core.shapes.boxes.corners import shared_areas
from groundkeeper.core.shapes.drawn import Floats
from groundkeeper.core.shapes.points.keypoints import area_of_both, nearness
from groundkeeper.core.shapes.points.line_pieces import Flags, Line
from groundkeeper.core.shapes.points.lines import THICKNESS

DATUMARO_SIGMA: Final = 0.1
"""What Datumaro takes where nobody says another."""

_LEAST_SEGMENTS: Final = 4
"""Datumaro compares lines in at least so many segments."""


def cvat_line_similarity(
    left: Geometries,
    right: Geometries,
    image_area_px2: float | Floats,
    thickness: float = THICKNESS,
    *,
    directed: bool = False,
) -> Floats:
    """Return how alike pairs of lines are to CVAT, from 0 to 1 [n].

    The mean over the vertices of both lines, so it depends on how many there are; 0 where the centres of both boxes are
    further apart than their radii and three widths of the line, all squared.

    Parameters
    ----------
    left, right, image_area_px2, thickness, directed
        As of ``lines.line_similarity``.

    Examples
    --------
    >>> line, other = shapely.LineString([(10, 10), (50, 10)]), shapely.LineString([(10, 12), (50, 12)])
    >>> cvat_line_similarity(np.array([line]), np.array([other]), 200 * 100).round(4)
    array([0.7788])
    """
    area = np.broadcast_to(np.asarray(image_area_px2, dtype=np.float64), len(left))
    found = np.zeros(len(left))
    for place in np.flatnonzero(_in_reach(left, right, area * (6 * thickness) ** 2)).tolist():
        ours, theirs = (Line(shapely.get_coordinates(line[place])) for line in (left, right))
        cuts = np.sort(np.concatenate([ours.share, theirs.share[1:-1]]))
        here, there = ours.at(cuts), theirs.at(cuts)
        ways = (there,) if directed else (there, there[::-1])
        squared = np.array([np.square(here - way).sum(axis=1) for way in ways])
        found[place] = nearness(squared, area[place], thickness).mean(axis=1).max()
    return found


def datumaro_line_similarity(left: Geometries, right: Geometries) -> Floats:
    """Return how alike pairs of lines are to Datumaro, from 0 to 1 [n].

    It is 1 less the area between both over the largest that it could be: the largest sum of two neighbouring distances
    times the longer of both lengths, at least 1 px2. Lines along one axis are always the same to it.

    Parameters
    ----------
    left, right : object[n]
        ``LineString``, pair by pair, px, taken in the directions in which they were drawn.

    Examples
    --------
    >>> line, other = shapely.LineString([(1, 1), (2, 1), (3, 1)]), shapely.LineString([(1, 1.5), (2, 1.5)])
    >>> datumaro_line_similarity(np.array([line]), np.array([other])).round(4)
    array([0.7236])
    """
    found = np.ones(len(left))
    boxes = [bounding_boxes(lines) for lines in (left, right)]
    common = np.maximum(boxes[0], boxes[1])[:, 2:] - np.minimum(boxes[0], boxes[1])[:, :2]
    for place in np.flatnonzero(common.prod(axis=1)).tolist():
        lines = [shapely.get_coordinates(line[place]) for line in (left, right)]
        segments = max(*(len(xy) - 1 for xy in lines), _LEAST_SEGMENTS)
        found[place] = 1 - _area_between(*(_in_segments(xy, segments) for xy in lines))
    return np.abs(found)


def datumaro_point_similarity(
    left: Geometries,
    right: Geometries,
    left_boxes: Floats,
    right_boxes: Floats,
    sigma: float = DATUMARO_SIGMA,
) -> Floats:
    """Return how alike pairs of points in their order are to Datumaro [n].

    The sum over the points, not their mean, so it exceeds 1 where there are several: a defect of the peer. 0 where the
    numbers of points differ, or the boxes share no area.

    Parameters
    ----------
    left, right : object[n]
        ``MultiPoint``, pair by pair, px.
    left_boxes, right_boxes : float64[n, 4]
        ``x0, y0, x1, y1`` of the group that either is part of, px.
    sigma : float
        In roots of the area.

    Examples
    --------
    >>> one, other = shapely.MultiPoint([(5, 6)]), shapely.MultiPoint([(5.5, 6.5)])
    >>> boxes = np.array([[4.0, 5, 6, 9]]), np.array([[4.0, 4, 6, 9]])
    >>> datumaro_point_similarity(np.array([one]), np.array([other]), *boxes).round(4)
    array([0.4994])
    """
    comparable = shared_areas(left_boxes, right_boxes) > 0
    comparable &= shapely.get_num_geometries(left) == shapely.get_num_geometries(right)
    area = area_of_both(left_boxes, right_boxes)
    found = np.zeros(len(left))
    for place in np.flatnonzero(comparable).tolist():
        here, there = (shapely.get_coordinates(points[place]) for points in (left, right))
        squared = np.square(here - there).sum(axis=1)
        found[place] = nearness(squared, area[place], sigma).sum()
    return found


def _in_reach(left: Geometries, right: Geometries, reach_px2: Floats) -> Flags:
    """Return whether lines are near enough for CVAT to compare them, bool [n]."""
    boxes = [bounding_boxes(lines) for lines in (left, right)]
    centres = [(box[:, :2] + box[:, 2:]) / 2 for box in boxes]
    radii = [np.square(box[:, 2:] - box[:, :2]).sum(axis=1) / 4 for box in boxes]
    apart = np.square(centres[0] - centres[1]).sum(axis=1)
    return np.asarray(apart <= radii[0] + radii[1] + reach_px2)


def _in_segments(xy: Floats, segments: int) -> Floats:
    """Return a line, px [k, 2], in so many *segments* of equal length; one that has so many stays as it is."""
    if len(xy) == segments + 1:
        return xy
    return Line(xy).at(np.linspace(0, 1, segments + 1))


def _area_between(left: Floats, right: Floats) -> float:
    """Return the area between two lines of as many vertices, px [k, 2], as a share of the largest that it could be."""
    apart = np.linalg.norm(left - right, axis=1)
    pairs = apart[:-1] + apart[1:]
    steps = [np.linalg.norm(np.diff(xy, axis=0), axis=1) for xy in (left, right)]
    largest = pairs.max() * max(step.sum() for step in steps)
    return float(pairs @ (steps[0] + steps[1]) / 4 / max(largest, 1.0))
