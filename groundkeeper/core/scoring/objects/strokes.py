"""How near lines, points and skeletons of two sides are, as CVAT's quality reports have it."""

from typing import NamedTuple

import numpy as np
import shapely

from groundkeeper.core.geometry import Geometries, bounding_boxes
from groundkeeper.core.scoring.objects.assignment import near_enough
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.boxes.corners import box_areas, shared_areas
from groundkeeper.core.shapes.drawn import Floats
from groundkeeper.core.shapes.points.keypoints import VISIBLE, joints_of, nearness, oks
from groundkeeper.core.shapes.points.peer_similarities import cvat_line_similarity
from groundkeeper.core.shapes.points.point_sets import points_oks


class Strokes(NamedTuple):
    """n shapes: ``geometry``, px, object [n]; ``box``, the edges of all that each belongs with, px, float64 [n, 4]."""

    geometry: Geometries
    box: Floats


def line_pairs(
    truth: Strokes, said: Strokes, area_px2: Floats, settings: Settings
) -> tuple[Floats, Booleans]:
    """Return how alike pairs of lines are whichever way they run, [p], and whether they run opposite ways, bool [p].

    *area_px2* is that of the frame of each pair; where nobody says it, that of the box around both lines is taken.
    """
    boxes = [bounding_boxes(side.geometry) for side in (truth, said)]
    sides = np.maximum(boxes[0], boxes[1])[:, 2:] - np.minimum(boxes[0], boxes[1])[:, :2]
    area = np.where(np.isnan(area_px2), sides.prod(axis=1), area_px2)
    thick = settings.line_thickness
    either = cvat_line_similarity(truth.geometry, said.geometry, area, thick)
    turned = np.zeros(len(either), dtype=np.bool_)
    if settings.line_orientation is not None:
        alike = np.flatnonzero(either > settings.line_orientation)
        ways = truth.geometry[alike], said.geometry[alike]
        as_drawn = cvat_line_similarity(*ways, area[alike], thick, directed=True)
        turned[alike] = either[alike] - as_drawn > settings.line_orientation
    return either, turned


def point_pairs(truth: Strokes, said: Strokes, area_px2: Floats, settings: Settings) -> Floats:
    """Return how alike pairs of sets of points are, [p].

    Points are paired one to one, at the scale of the mean of the boxes of both groups or of the frame. Where neither
    box has an area, as of single points, they are compared in their order and at the scale of the frame; where nobody
    says how large that is, they are alike only at one place. To CVAT two single points of larger groups that are too
    far apart to be matched are not alike at all.
    """
    flat = (box_areas(truth.box) == 0) & (box_areas(said.box) == 0)
    found = np.zeros(len(flat))
    whole = np.flatnonzero(flat)
    found[whole] = _in_order(truth.geometry[whole], said.geometry[whole], area_px2[whole], settings)
    rest = ~flat
    if settings.point_size == "image":
        scale = area_px2
    else:
        scale = _scale(truth.box, said.box)
        rest &= scale > 0
    some = np.flatnonzero(rest & ~np.isnan(scale))
    found[some] = points_oks(
        truth.geometry[some],
        said.geometry[some],
        scale[some],
        settings.oks_sigma,
        settings.match_iou,
    )
    if settings.profile == "cvat":
        single = [shapely.get_num_geometries(side.geometry[some]) == 1 for side in (truth, said)]
        apart = ~near_enough(found[some], settings.match_iou)
        found[some[single[0] & single[1] & apart]] = 0
    return np.nan_to_num(found)


def skeleton_pairs(truth: Strokes, said: Strokes, settings: Settings) -> Floats:
    """Return how alike pairs of skeletons are, [p]: joints that can be seen, at the scale of both groups' mean box."""
    scale = _scale(truth.box, said.box)
    left, right = joints_of(truth.geometry), joints_of(said.geometry)
    found = oks(left, right, scale, settings.oks_sigma, labelled_from=VISIBLE)
    return np.where(scale > 0, np.nan_to_num(found), 0.0)


def _in_order(left: Geometries, right: Geometries, area: Floats, settings: Settings) -> Floats:
    """Return the mean nearness of pairs of sets of points in their order; 0 where there are not as many."""
    found = np.zeros(len(left))
    same = shapely.get_num_geometries(left) == shapely.get_num_geometries(right)
    for place in np.flatnonzero(same).tolist():
        off = shapely.get_coordinates(left[place]) - shapely.get_coordinates(right[place])
        squared = np.square(off).sum(axis=1)
        found[place] = nearness(squared, area[place : place + 1], settings.oks_sigma).mean()
    return found


def _scale(left: Floats, right: Floats) -> Floats:
    """Return the area of the mean of pairs of boxes, px2 [p]; 0 where they share none."""
    return np.where(shared_areas(left, right) > 0, box_areas((left + right) / 2), 0.0)
