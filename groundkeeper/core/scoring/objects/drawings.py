"""Shapes of one side as they were drawn, and what of them is compared: edges, areas, objects, values of attributes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import shapely

from groundkeeper.core.geometry import Geometries, bounding_boxes
from groundkeeper.core.scoring.objects.attributes import Said
from groundkeeper.core.scoring.objects.sides import NONE, Booleans
from groundkeeper.core.shapes.areas.ellipses import ellipse_parameters
from groundkeeper.core.shapes.areas.rotated import corner_parameters
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.points.keypoints import joint_boxes, joints_of
from groundkeeper.errors import TableError
from schemas.enums import Shape

DIGITS: Final = 2
"""Coordinates count to a hundredth of a px, as with CVAT: what is the same to it is the same here."""

_CODES: Final = {shape: code for code, shape in enumerate(Shape)}

SEGMENTS: Final = frozenset({Shape.POLYGON, Shape.MASK})
"""Shapes that several of one group and class are one object of."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawings:
    """n shapes of one side.

    Attributes
    ----------
    frame
        The frame of each, from 0 and the same codes on both sides, ascending, int64 [n].
    label
        Its class, the same codes on both sides, ``NONE`` if it has none, int64 [n].
    shape
        What each was drawn with, n of them, or one with which all were drawn.
    geometry
        Boxes, ellipses, polygons and masks as areas, lines as ``LineString``, points as ``MultiPoint``, skeletons as
        ``MultiPoint Z`` as ``joints_of`` reads them; None for statements, and for boxes where *edges* are told.
        px, object [n].
    attributes
        What is said of each by the name of the attribute, n of them, or all of it in codes; ``occluded`` may be one.
    group
        The shapes that each belongs with, ``NONE`` if with none; a number means a group of its frame alone, int64 [n].
    layer
        Those of a higher one lie over the others, and later ones over earlier ones of the same, int64 [n].
    rotation
        Of boxes and ellipses, degrees clockwise on the screen; 0 of all others, float64 [n].
    edges
        ``x0, y0, x1, y1`` of boxes before they were turned, px [n, 4], whatever stands there of all others; None if
        they are to be read from *geometry*.
    codes
        The place of *shape* in its vocabulary, int64 [n]; it is not given but looked up.
    """

    frame: Integers
    label: Integers
    shape: Sequence[Shape] | Shape
    geometry: Geometries
    attributes: Said
    group: Integers
    layer: Integers
    rotation: Floats
    edges: Floats | None = None
    codes: Integers = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse columns of several lengths, and look up what each was drawn with."""
        columns = (
            self.frame,
            self.label,
            None if isinstance(self.shape, Shape) else self.shape,
            self.geometry,
            self.attributes,
            self.group,
            self.layer,
            self.rotation,
            self.edges,
        )
        lengths = sorted({len(column) for column in columns if column is not None})
        if len(lengths) > 1:
            msg = f"found columns of several lengths: {lengths}; allowed is one length"
            raise TableError(msg)
        if isinstance(self.shape, Shape):
            codes = np.full(len(self), _CODES[self.shape])
        else:
            codes = np.array([_CODES[shape] for shape in self.shape], dtype=np.int64)
        object.__setattr__(self, "codes", codes)

    def __len__(self) -> int:
        """How many shapes there are."""
        return len(self.frame)

    def of(self, *shapes: Shape) -> Booleans:
        """Return whether each was drawn with one of these, bool [n]."""
        found = self.codes == _CODES[shapes[0]]
        for shape in shapes[1:]:
            found = found | (self.codes == _CODES[shape])
        return np.asarray(found)

    @classmethod
    def plain(
        cls, frame: Integers, label: Integers, shape: Shape, geometry: Geometries
    ) -> "Drawings":
        """Return shapes of one kind of which nothing is known but where they are and what they are."""
        n = len(frame)
        none = np.full(n, NONE, dtype=np.int64)
        zero = np.zeros(n, dtype=np.int64)
        return cls(frame, label, shape, geometry, [{}] * n, none, zero, np.zeros(n))


def rounded(geometry: Geometries) -> Geometries:
    """Return shapes with coordinates to ``DIGITS`` places; those without any stay as they are."""
    found = geometry.copy()
    deep = shapely.has_z(geometry)
    for which in (deep, ~deep & ~shapely.is_missing(geometry)):
        places = np.flatnonzero(which)
        some = shapely.transform(
            geometry[places], lambda xy: np.around(xy, DIGITS), include_z=bool(deep[places].any())
        )
        found[places] = some
    return found


def edges_of(drawings: Drawings) -> Floats:
    """Return ``x0, y0, x1, y1`` of boxes before they were turned, px [n, 4]; nan of all others."""
    boxes = np.flatnonzero(drawings.of(Shape.BBOX))
    if drawings.edges is not None:
        edges = drawings.edges[boxes]
    else:
        edges = bounding_boxes(drawings.geometry[boxes])
        turned = np.flatnonzero(drawings.rotation[boxes] != 0)
        parameters = corner_parameters(drawings.geometry[boxes[turned]])
        centre, half = parameters[:, :2], parameters[:, 2:4] / 2
        edges[turned] = np.hstack([centre - half, centre + half])
    if len(boxes) == len(drawings):
        return np.asarray(np.around(edges, DIGITS))
    found = np.full((len(drawings), 4), np.nan)
    found[boxes] = np.around(edges, DIGITS)
    return found


def ellipse_edges(drawings: Drawings, places: Integers) -> Floats:
    """Return the edges of the boxes around ellipses before they were turned, px [k, 4]; nan where it is no ellipse.

    *rotation* of the drawings is that of their first axis.
    """
    parameters = ellipse_parameters(drawings.geometry[places])
    centre, half = parameters[:, :2], parameters[:, 2:4]
    # Half a turn changes nothing, and a quarter exchanges the axes.
    quarters = np.rint((parameters[:, 4] - drawings.rotation[places]) / 90)
    swapped = quarters % 2 == 1
    half[swapped] = half[swapped][:, ::-1]
    return np.asarray(np.around(np.hstack([centre - half, centre + half]), DIGITS))


def straightened(edges: Floats, rotation: Floats) -> tuple[Floats, Floats]:
    """Return the same boxes, px [k, 4], and how far they were turned [k], those by quarters as such that never were.

    *edges* are those of boxes before they were turned by *rotation* degrees about their centres.

    Examples
    --------
    >>> straightened(np.array([[0.0, 10, 40, 20], [0, 10, 40, 20]]), np.array([90.0, 180]))
    (array([[15., -5., 25., 35.],
           [ 0., 10., 40., 20.]]), array([0., 0.]))
    """
    if not rotation.any():
        return edges, rotation
    quarters = rotation / 90
    odd = quarters % 2 == 1
    centre = (edges[odd, :2] + edges[odd, 2:]) / 2
    half = (edges[odd, 2:] - edges[odd, :2])[:, ::-1] / 2
    found = edges.copy()
    found[odd] = np.around(np.hstack([centre - half, centre + half]), DIGITS)
    return found, np.where(quarters % 1 == 0, 0.0, rotation)


def extents(drawings: Drawings, edges: Floats, *, without_joints_at_origin: bool = False) -> Floats:
    """Return the edges of the box around all that each shape belongs with, px [n, 4]; nan of statements.

    Boxes and ellipses are where they were before they were turned; *edges* are those of boxes, px [n, 4]. A skeleton
    without a joint is nowhere; to CVAT it is a point at the origin: a defect, as it stretches the box of its group.
    """
    alone = bounding_boxes(drawings.geometry)
    boxes, ellipses = (np.flatnonzero(drawings.of(shape)) for shape in (Shape.BBOX, Shape.ELLIPSE))
    alone[boxes] = edges[boxes]
    before = ellipse_edges(drawings, ellipses)
    alone[ellipses] = np.where(np.isnan(before), alone[ellipses], before)
    skeletons = np.flatnonzero(drawings.of(Shape.SKELETON))
    joints = joint_boxes(joints_of(drawings.geometry[skeletons]))
    alone[skeletons] = np.nan_to_num(joints) if without_joints_at_origin else joints
    grouped = np.flatnonzero((drawings.group != NONE) & ~np.isnan(alone[:, 0]))
    key = np.column_stack([drawings.frame, drawings.group])[grouped]
    groups, of = np.unique(key, axis=0, return_inverse=True)
    low, high = np.full((len(groups), 2), np.inf), np.full((len(groups), 2), -np.inf)
    np.minimum.at(low, of.reshape(-1), alone[grouped, :2])
    np.maximum.at(high, of.reshape(-1), alone[grouped, 2:])
    found = alone.copy()
    found[grouped] = np.hstack([low, high])[of.reshape(-1)]
    return found


def objects_of(drawings: Drawings) -> Integers:
    """Return the object that each shape is part of, numbered by their first shapes, ``NONE`` if of none, int64 [n].

    Polygons and masks of one group and class are one object; a skeleton without a joint is none.
    """
    n = len(drawings)
    parts = drawings.of(*SEGMENTS) & (drawings.group != NONE)
    skeletons = np.flatnonzero(drawings.of(Shape.SKELETON))
    if not parts.any() and not len(skeletons):
        return np.arange(n)
    alone = np.where(parts, NONE, np.arange(n))
    key = np.column_stack(
        [
            drawings.frame,
            np.where(parts, drawings.group, 0),
            np.where(parts, drawings.label, 0),
            alone,
        ]
    )
    _, first, of = np.unique(key, axis=0, return_index=True, return_inverse=True)
    lowest = first[of.reshape(-1)]
    bare = np.isnan(joint_boxes(joints_of(drawings.geometry[skeletons]))[:, 0])
    there = np.ones(n, dtype=np.bool_)
    there[skeletons[bare]] = False
    number = np.cumsum((lowest == np.arange(n)) & there) - 1
    return np.where(there, number[lowest], NONE)
