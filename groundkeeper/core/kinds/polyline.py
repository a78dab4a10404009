"""Lines, compared along their length, as ``core.shapes.points.lines`` has it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.kinds.areas import boundaries_apart
from groundkeeper.core.kinds.protocol import Floats, Scale
from groundkeeper.core.kinds.shape_kind import Drawings, ShapeKind
from groundkeeper.core.shapes.points.lines import line_distances, line_similarity, mean_line
from schemas.enums import Shape


def _alike(left: Geometries, right: Geometries, scale: Scale) -> Floats:
    return line_similarity(
        left, right, scale.image_area_px2, scale.thickness, directed=scale.directed
    )


def _means(drawings: Drawings, scale: Scale) -> Geometries:
    """Return the mean of the lines at every share of their length, in the direction of the one most like the others."""
    found = np.full(len(drawings.units), None, dtype=object)
    reference = drawings.medoids(_alike, scale)
    for unit, (begin, size) in enumerate(zip(drawings.first, drawings.size, strict=True)):
        lines = drawings.geometry[begin : begin + size]
        found[unit] = mean_line(lines, int(reference[unit] - begin))
    return found


def _apart(drawings: Drawings, fused: Geometries, scale: Scale) -> Mapping[str, Floats]:
    """Return what is said of boundaries, and ``frechet_px``: the longest leash of two who walk along both lines."""
    _, frechet = line_distances(drawings.geometry, fused[drawings.group])
    boundaries = boundaries_apart(drawings, fused, scale)
    return dict(boundaries) | {"frechet_px": drawings.largest(frechet)}


POLYLINE: Final = ShapeKind(
    Shape.POLYLINE.value, _alike, MappingProxyType({"mean_line": _means}), _apart, medoid_first=True
)
