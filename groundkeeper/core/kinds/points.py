"""Points in no order, as ``core.shapes.points.point_sets`` has them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from groundkeeper.core.geometry import Geometries, bounding_boxes
from groundkeeper.core.kinds.protocol import Floats, Scale
from groundkeeper.core.kinds.shape_kind import Drawings, ShapeKind
from groundkeeper.core.shapes.points.keypoints import area_of_both
from groundkeeper.core.shapes.points.point_sets import distances_to, fused_points, points_oks
from schemas.enums import Shape


def _alike(left: Geometries, right: Geometries, scale: Scale) -> Floats:
    boxes = bounding_boxes(left), bounding_boxes(right)
    return points_oks(left, right, area_of_both(*boxes, scale.image_area_px2), scale.sigma[0])


def _areas(drawings: Drawings, scale: Scale) -> Floats:
    """Return the area at which the points of each unit are paired, px2 [g]: that of the mean of their boxes.

    In an image of unknown size that of points in a row is the square of how far they reach.
    """
    boxes = bounding_boxes(drawings.geometry)
    mean = np.add.reduceat(boxes, drawings.first, axis=0) / drawings.size[:, np.newaxis]
    area = area_of_both(mean, mean, scale.image_area_px2)
    reach = (mean[:, 2:] - mean[:, :2]).max(axis=1)
    return np.where(np.isfinite(area), area, np.square(reach))


def _medians(drawings: Drawings, scale: Scale) -> Geometries:
    """Return the median of every point that at least half have, paired with those of the medoid."""
    reference, areas = drawings.medoids(_alike, scale), _areas(drawings, scale)
    return fused_points(drawings.geometry, drawings.group, reference, areas, scale.sigma[0])


def _apart(drawings: Drawings, fused: Geometries, scale: Scale) -> Mapping[str, Floats]:
    """Return ``point_distance_px`` and ``point_mean_px``, the largest and the mean over the points that were paired."""
    areas, made = _areas(drawings, scale)[drawings.group], fused[drawings.group]
    drawn, off = distances_to(drawings.geometry, made, areas, scale.sigma[0])
    unit = drawings.group[drawn]
    voices = np.bincount(unit, minlength=len(drawings.units))
    largest = np.full(len(drawings.units), np.nan)
    np.fmax.at(largest, unit, off)
    total = np.bincount(unit, off, minlength=len(drawings.units))
    mean = np.divide(total, voices, out=np.full(len(total), np.nan), where=voices > 0)
    several = drawings.size > 1
    return {
        "point_distance_px": np.where(several, largest, np.nan),
        "point_mean_px": np.where(several, mean, np.nan),
    }


POINTS: Final = ShapeKind(
    Shape.POINTS.value, _alike, MappingProxyType({"joint_median": _medians}), _apart
)
