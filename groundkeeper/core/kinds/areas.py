"""Shapes that cover an area: how much two have in common, the majority's region, how far outlines lie apart."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.consensus.shape import majority_region
from groundkeeper.core.geometry import Geometries, bounding_boxes
from groundkeeper.core.kinds.protocol import Floats, Scale
from groundkeeper.core.kinds.shape_kind import Drawings
from groundkeeper.core.shapes.areas.boundaries import boundary_distances
from groundkeeper.core.shapes.areas.regions import Regions, region_ious
from groundkeeper.core.shapes.areas.rotated import is_upright
from groundkeeper.core.shapes.boxes.corners import corner_ious

MANY: Final = 20_000
"""From so many pairs on kernels are worth their start; below that GEOS is asked. Both are exact but for rounding."""


def iou(left: Geometries, right: Geometries, _scale: Scale) -> Floats:
    """Return the area that two shapes share over that of both together, [n]; nan where neither has one.

    Examples
    --------
    >>> one, other = shapely.box(0, 0, 4, 4), shapely.Polygon([(2, 0), (6, 0), (6, 4), (2, 4)])
    >>> iou(np.array([one]), np.array([other]), Scale()).round(3)
    array([0.333])
    """
    boxes = is_upright(left) & is_upright(right)
    found = corner_ious(bounding_boxes(left), bounding_boxes(right))
    near = np.flatnonzero(~boxes & (found > 0))
    found[near] = _region_ious(left[near], right[near])
    found[shapely.is_empty(left) | shapely.is_empty(right)] = 0.0
    found[(shapely.area(left) == 0) & (shapely.area(right) == 0)] = np.nan
    return found


def majority(drawings: Drawings, _scale: Scale) -> Geometries:
    """Return the region that at least half of each unit drew, object [g]; missing where there is none."""
    parts = pd.DataFrame({"record_id": drawings.group, "frame": 0})
    voters = pd.Series(drawings.size)
    regions = majority_region(parts.assign(geometry=drawings.geometry), voters)
    found: Geometries = np.full(len(drawings.units), None, dtype=object)
    found[regions["record_id"].to_numpy()] = regions["geometry"].to_numpy(dtype=object)
    return found


def boundaries_apart(drawings: Drawings, fused: Geometries, _scale: Scale) -> Mapping[str, Floats]:
    """Return ``boundary_p95_px, boundary_max_px``: how far outlines lie from that of the fused shape, both ways."""
    several = np.flatnonzero(drawings.size[drawings.group] > 1)
    p95, most = np.full((2, len(drawings.group)), np.nan)
    if len(several):
        found = boundary_distances(drawings.geometry[several], fused[drawings.group[several]])
        p95[several], most[several] = found.p95, found.largest
    return {"boundary_p95_px": drawings.largest(p95), "boundary_max_px": drawings.largest(most)}


def _region_ious(left: Geometries, right: Geometries) -> Floats:
    if len(left) < MANY:
        common = shapely.area(shapely.intersection(left, right))
        return np.asarray(common / (shapely.area(left) + shapely.area(right) - common))
    regions = Regions.of(np.concatenate([left, right]))
    places = np.arange(len(left))
    return region_ious(regions, places, places + len(left))
