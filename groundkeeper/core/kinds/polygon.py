"""Polygons, with holes or of several parts."""

from types import MappingProxyType
from typing import Final

from groundkeeper.core.kinds.areas import boundaries_apart, iou, majority
from groundkeeper.core.kinds.shape_kind import ShapeKind
from schemas.enums import Shape

POLYGON: Final = ShapeKind(
    Shape.POLYGON.value, iou, MappingProxyType({"majority_region": majority}), boundaries_apart
)
