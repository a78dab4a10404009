"""Shapes as a line of JSON states them, and the geometry that they are.

A shape is one of ``bbox``, ``ellipse``, ``polygon``, ``rle``, ``polyline``, ``points``, ``skeleton`` and ``wkt``, in
pixels of the image, x to the right and y down. What it was drawn with follows from that, and may be stated beside it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self, TypeAlias

import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict, Field, model_validator

from groundkeeper.core.geometry import polygonal
from groundkeeper.core.shapes.areas.ellipses import ellipses
from groundkeeper.core.shapes.areas.rotated import box_parameters, rotated_boxes
from groundkeeper.core.shapes.drawn import Floats
from groundkeeper.core.shapes.masks.mask_polygons import polygons_of
from groundkeeper.core.shapes.masks.rle import masks_of_coco
from groundkeeper.errors import FormatError, TableError
from schemas.enums import AREAS, Shape

LAST_FRAME: Final = 10**9
"""No image has more frames; a greater number is a slip."""

FARTHEST_PX: Final = 10**9
"""No image is larger."""

LARGEST_PX: Final = 2**16
"""No mask is of a picture that is wider or higher."""

OF_KEY: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "bbox": Shape.BBOX,
        "ellipse": Shape.ELLIPSE,
        "polygon": Shape.POLYGON,
        "rle": Shape.MASK,
        "polyline": Shape.POLYLINE,
        "points": Shape.POINTS,
        "skeleton": Shape.SKELETON,
    }
)
"""What a shape was drawn with, by the key that it stands under."""

OF_WKT: Final[Mapping[str, tuple[Shape, ...]]] = MappingProxyType(
    {
        "Polygon": (Shape.POLYGON, Shape.MASK, Shape.BBOX, Shape.ELLIPSE),
        "MultiPolygon": (Shape.POLYGON, Shape.MASK),
        "LineString": (Shape.POLYLINE,),
        "MultiPoint": (Shape.POINTS,),
        "MultiPoint Z": (Shape.SKELETON,),
    }
)
"""What WKT of each type may have been drawn with; the first unless the kind is stated."""

AS_DRAWN: Final = frozenset(
    {Shape.BBOX, Shape.ELLIPSE, Shape.POLYLINE, Shape.POINTS, Shape.SKELETON}
)
"""Shapes whose corners stay in the order in which they were drawn."""

Pixels: TypeAlias = Annotated[float, Field(ge=-FARTHEST_PX, le=FARTHEST_PX)]
Length: TypeAlias = Annotated[float, Field(gt=0, le=FARTHEST_PX)]
Place: TypeAlias = tuple[Pixels, Pixels]
Joint: TypeAlias = tuple[Pixels, Pixels, Literal[0, 1, 2]]
Ring: TypeAlias = Annotated[tuple[Place, ...], Field(min_length=3)]
Side: TypeAlias = Annotated[int, Field(ge=1, le=LARGEST_PX)]


class Model(BaseModel):
    """A block of JSON with no other keys than its own, and finite numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RunLengths(Model):
    """A mask as COCO writes it: height and width, and counts down the columns, as numbers or as its string."""

    size: tuple[Side, Side]
    counts: str | tuple[Annotated[int, Field(ge=0)], ...]


class Drawing(Model):
    """One shape in one frame.

    Attributes
    ----------
    frame
        Counted from 0.
    bbox
        Left, top, width and height, before it is turned about its centre by *rotation* degrees clockwise.
    ellipse
        Centre, and half of the first and of the second axis, turned in the same way.
    polygon, holes
        Corners of the outer ring, and of those that are cut out.
    rle
        A mask.
    polyline
        Corners in their order, two at least.
    points
        In no order, one at least.
    skeleton
        Joints in the order of their template: x, y and 0 not labelled, 1 hidden, 2 visible.
    wkt
        ``POLYGON``, ``MULTIPOLYGON``, ``LINESTRING``, ``MULTIPOINT``, or ``MULTIPOINT Z`` of a skeleton.
    """

    frame: int = Field(ge=0, le=LAST_FRAME)
    bbox: tuple[Pixels, Pixels, Length, Length] | None = None
    ellipse: tuple[Pixels, Pixels, Length, Length] | None = None
    rotation: float | None = None
    polygon: Ring | None = None
    holes: tuple[Ring, ...] = ()
    rle: RunLengths | None = None
    polyline: Annotated[tuple[Place, ...], Field(min_length=2)] | None = None
    points: Annotated[tuple[Place, ...], Field(min_length=1)] | None = None
    skeleton: Annotated[tuple[Joint, ...], Field(min_length=1)] | None = None
    wkt: str | None = None

    @model_validator(mode="after")
    def is_one_shape(self) -> Self:
        """Refuse none or several shapes, and what belongs to another one."""
        stated = [name for name in (*OF_KEY, "wkt") if getattr(self, name) is not None]
        allowed = ", ".join((*OF_KEY, "wkt"))
        if len(stated) != 1:
            found = " and ".join(stated) or "no shape"
            message = f"found {found}; allowed is one of {allowed}; correct it"
            raise ValueError(message)
        if self.rotation is not None and stated[0] not in {"bbox", "ellipse"}:
            message = f"found rotation with {stated[0]}; allowed is rotation with bbox or ellipse; correct it"
            raise ValueError(message)
        if self.holes and stated[0] != "polygon":
            message = f"found holes with {stated[0]}; allowed is holes with polygon; correct it"
            raise ValueError(message)
        if self.skeleton and not any(visibility for _, _, visibility in self.skeleton):
            message = (
                "found a skeleton without a labelled joint; needed is one at least; leave it out"
            )
            raise ValueError(message)
        return self


def drawn(part: Drawing, kind: Shape | None, where: str) -> tuple[shapely.Geometry, Shape, bool]:
    """Return the geometry of a shape, what it was drawn with, and whether it had to be repaired.

    Areas that are not valid are made so. Corners of boxes and ellipses, lines, points and joints stay in their order.

    Parameters
    ----------
    part : Drawing
        What is stated.
    kind : Shape, optional
        What it is said to be.
    where : str
        The place in the file, for a message.

    Raises
    ------
    FormatError
        If it is no shape, one of an area that covers nothing, or another one than it is said to be.

    Examples
    --------
    >>> shape, kind, repaired = drawn(Drawing(frame=0, bbox=(40, 40, 40, 20), rotation=90), None, "line 1")
    >>> shape.bounds, kind.value, repaired
    ((50.0, 30.0, 70.0, 70.0), 'bbox', False)
    """
    shape, allowed = _geometry(part, where)
    found = kind or allowed[0]
    if found not in allowed:
        message = f"{where}: found {allowed[0]} of kind {found}; allowed is {', '.join(allowed)}; correct one of them"
        raise FormatError(message)
    if not (np.abs(shapely.get_coordinates(shape)) <= FARTHEST_PX).all():
        message = f"{where}: found a coordinate that is no number, or beyond {FARTHEST_PX} pixels; correct it"
        raise FormatError(message)
    if found is Shape.BBOX and np.isnan(box_parameters(np.array([shape], dtype=object))).any():
        message = f"{where}: found a bbox that has not four corners; draw a polygon, or correct it"
        raise FormatError(message)
    is_broken = not shapely.is_valid(shape)
    if found in AS_DRAWN and not (is_broken and shape.geom_type == "Polygon"):
        if found in AREAS:
            _require_area(shape, found, where)
        return shape, found, False
    whole = shapely.make_valid(shape) if is_broken else shape
    area: shapely.Geometry = polygonal(np.array([whole], dtype=object))[0]
    _require_area(area, found, where)
    return area, found, is_broken


def _require_area(area: shapely.Geometry, kind: Shape, where: str) -> None:
    """Refuse what covers nothing: it would be a vote that something is there, and nowhere."""
    if not area.area > 0:
        message = (
            f"{where}: found a {kind} that covers nothing; allowed is one with an area; correct it, or leave it out "
            "and say that the item is empty"
        )
        raise FormatError(message)


def _geometry(part: Drawing, where: str) -> tuple[shapely.Geometry, tuple[Shape, ...]]:
    """Return the geometry as stated, and what it may have been drawn with."""
    if part.wkt is not None:
        return _of_wkt(part.wkt, where)
    turn = np.array([part.rotation or 0.0])
    shape: shapely.Geometry
    if part.bbox:
        shape = _box(*part.bbox, turn)
    elif part.ellipse:
        x, y, first, second = np.array(part.ellipse)[:, np.newaxis]
        shape = ellipses(x, y, first, second, turn)[0]
    elif part.polygon:
        return shapely.Polygon(part.polygon, part.holes), (Shape.POLYGON, Shape.MASK)
    elif part.rle:
        shape = _mask(part.rle, where)
    elif part.polyline:
        shape = shapely.LineString(part.polyline)
    else:
        shape = shapely.MultiPoint(part.points or part.skeleton)
    return shape, (next(OF_KEY[name] for name in OF_KEY if getattr(part, name)),)


def _box(left: float, top: float, width: float, height: float, turn: Floats) -> shapely.Polygon:
    right, bottom = left + width, top + height
    if not turn.any():
        # As it was stated, to the last digit.
        return shapely.Polygon([(left, top), (right, top), (right, bottom), (left, bottom)])
    middle = np.array([left + width / 2]), np.array([top + height / 2])
    box: shapely.Polygon = rotated_boxes(*middle, np.array([width]), np.array([height]), turn)[0]
    return box


def _mask(rle: RunLengths, where: str) -> shapely.Geometry:
    """Return the union of the pixels of a mask."""
    counts = rle.counts if isinstance(rle.counts, str) else list(rle.counts)
    try:
        masks = masks_of_coco([counts], [rle.size[0]], [rle.size[1]])
    except (FormatError, TableError) as error:
        message = f"{where}: rle: {error}"
        raise FormatError(message) from error
    return polygons_of(masks)[0]


def _of_wkt(text: str, where: str) -> tuple[shapely.Geometry, tuple[Shape, ...]]:
    with np.errstate(invalid="ignore", over="ignore"):
        shape = shapely.from_wkt(text, on_invalid="ignore")
    allowed = "POLYGON, MULTIPOLYGON, LINESTRING, MULTIPOINT and MULTIPOINT Z"
    name = "" if shape is None else shape.geom_type
    is_skeleton = name == "MultiPoint" and shapely.has_z(shape)
    may_be = OF_WKT.get(f"{name} Z" if is_skeleton else name)
    if shape is None or shape.is_empty or may_be is None:
        found = "no WKT" if shape is None else f"an empty {name}" if shape.is_empty else name
        message = (
            f"{where}: found {found}; allowed are {allowed} in pixels of the image; correct it"
        )
        raise FormatError(message)
    if is_skeleton:
        seen = shapely.get_coordinates(shape, include_z=True)[:, 2]
        if not np.isin(seen, (0, 1, 2)).all() or not seen.any():
            message = (
                f"{where}: found a skeleton with other z than 0 not labelled, 1 hidden and 2 visible, or no "
                "labelled joint; correct it"
            )
            raise FormatError(message)
        return shape, may_be
    return shapely.force_2d(shape), may_be
