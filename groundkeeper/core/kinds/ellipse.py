"""Ellipses: polygons of 64 vertices, as ``core.shapes.areas.ellipses`` has them."""

from types import MappingProxyType
from typing import Final

import numpy as np

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.kinds.areas import boundaries_apart, iou, majority
from groundkeeper.core.kinds.protocol import Scale
from groundkeeper.core.kinds.shape_kind import Drawings, ShapeKind
from groundkeeper.core.shapes.areas.ellipses import ellipse_parameters, ellipses, median_ellipse
from schemas.enums import Shape


def _medians(drawings: Drawings, scale: Scale) -> Geometries:
    """Return the ellipse with the medians of the centres and radii; a unit that holds another area has a medoid."""
    parameters = ellipse_parameters(drawings.geometry)
    fused = median_ellipse(parameters, drawings.group, len(drawings.units))
    other = np.isnan(parameters[:, 0])
    known = np.bincount(drawings.group[other], minlength=len(drawings.units)) == 0
    found = np.full(len(drawings.units), None, dtype=object)
    found[known] = ellipses(*fused[known].T)
    if not known.all():
        found[~known] = drawings.geometry[drawings.medoids(iou, scale)[~known]]
    return found


ELLIPSE: Final = ShapeKind(
    Shape.ELLIPSE.value,
    iou,
    MappingProxyType({"parameter_median": _medians, "majority_region": majority}),
    boundaries_apart,
)
