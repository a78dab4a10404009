"""Boxes, also turned ones: polygons of four corners, as ``core.shapes.areas.rotated`` has them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.geometry import Geometries, bounding_boxes
from groundkeeper.core.kinds.areas import iou
from groundkeeper.core.kinds.protocol import Floats, Scale
from groundkeeper.core.kinds.shape_kind import Drawings, ShapeKind
from groundkeeper.core.shapes.areas.rotated import (
    box_parameters,
    is_upright,
    rotated_boxes,
    upright_boxes,
)
from groundkeeper.core.shapes.areas.rotated_fusion import edges_of, fused_boxes
from groundkeeper.core.shapes.boxes.box_fusion import edge_median, weighted_boxes
from schemas.enums import Shape

Flags: TypeAlias = npt.NDArray[np.bool_]

EDGES: Final = ("left_px", "top_px", "right_px", "bottom_px")


def _medians(drawings: Drawings, scale: Scale) -> Geometries:
    """Return the box whose every edge is the median of the members' edges, in the frame that they have together."""
    bounds = bounding_boxes(drawings.geometry)
    edges = edge_median(bounds, drawings.group, len(drawings.units))
    return _turned(drawings, edges, None, scale)


def _weighted(drawings: Drawings, scale: Scale) -> Geometries:
    """Return the mean of the members' edges, each box counting as much as it is like the others."""
    bounds, weights = bounding_boxes(drawings.geometry), drawings.weights(iou, scale)
    edges = weighted_boxes(bounds, drawings.group, weights, len(drawings.units))
    return _turned(drawings, edges, weights, scale)


def _turned(drawings: Drawings, edges: Floats, weights: Floats | None, scale: Scale) -> Geometries:
    """Return boxes with these *edges*, and units in which a box was turned fused in their own frames.

    A unit in which something is no box is left to the drawing that is most like the others.
    """
    found = upright_boxes(edges)
    turned = ~_all(is_upright(drawings.geometry), drawings)
    if turned.any():
        reference = drawings.medoids(iou, scale)
        parameters = box_parameters(drawings.geometry)
        boxes = fused_boxes(parameters, reference, drawings.group, len(drawings.units), weights)[0]
        readable = _all(~np.isnan(parameters[:, 0]), drawings)
        found[turned] = drawings.geometry[reference[turned]]
        found[turned & readable] = rotated_boxes(*boxes[turned & readable].T)
    return found


def _all(holds: Flags, drawings: Drawings) -> Flags:
    """Return whether it holds of every drawing of a unit, bool [g]."""
    return np.asarray(np.bincount(drawings.group[~holds], minlength=len(drawings.units)) == 0)


def _apart(drawings: Drawings, fused: Geometries, _scale: Scale) -> Mapping[str, Floats]:
    """Return of each edge the largest less the smallest in the frame of the fused box, and the most that one is off."""
    like = box_parameters(fused)[drawings.group]
    edges = edges_of(box_parameters(drawings.geometry), like)
    off = np.abs(edges - edges_of(like, like)).max(axis=1)
    largest = [drawings.largest(edge) + drawings.largest(-edge) for edge in edges.T]
    return dict(zip(EDGES, largest, strict=True)) | {"edge_max_px": drawings.largest(off)}


BBOX: Final = ShapeKind(
    Shape.BBOX.value,
    iou,
    MappingProxyType({"edge_median": _medians, "weighted_boxes": _weighted}),
    _apart,
)
