"""How near the objects of two sides are, kind by kind."""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import shapely

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.runs import members, ranks_of
from groundkeeper.core.scoring.objects.areas import Areas, Sizes, area_near
from groundkeeper.core.scoring.objects.boxes import box_near, cvat_box_ious
from groundkeeper.core.scoring.objects.covered import covered
from groundkeeper.core.scoring.objects.covered_boxes import covered_boxes
from groundkeeper.core.scoring.objects.drawings import (
    DIGITS,
    Drawings,
    ellipse_edges,
    extents,
    rounded,
    straightened,
)
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Booleans, Near
from groundkeeper.core.scoring.objects.strokes import (
    Strokes,
    line_pairs,
    point_pairs,
    skeleton_pairs,
)
from groundkeeper.core.shapes.areas.rotated import rotated_boxes, upright_boxes
from groundkeeper.core.shapes.drawn import Floats, Integers
from schemas.enums import AREAS, Shape

_VERTICES: Final = 720
"""Points of an ellipse, the last of which is the first, as CVAT draws it."""


class Kind(NamedTuple):
    """The shapes of one kind of one side.

    Attributes
    ----------
    drawings : Drawings
        All shapes of the side.
    places : int64[k]
        Those of this kind, ascending.
    objects : int64[n]
        The object of each shape of the side.
    edges : float64[n, 4]
        Of the boxes of the side, their edges before they were turned, px; nan of all others.
    """

    drawings: Drawings
    places: Integers
    objects: Integers
    edges: Floats

    @property
    def frame(self) -> Integers:
        """The frame of each."""
        return self.drawings.frame[self.places]

    @property
    def object(self) -> Integers:
        """The object of each."""
        return self.objects[self.places]


def covered_drawings(
    drawings: Drawings, edges: Floats, sizes: Sizes, settings: Settings
) -> Booleans:
    """Return whether next to nothing of each shape can be seen under others that cover an area, bool [n].

    To CVAT boxes and ellipses that were turned cover what they would if they had not been. *edges* are those of
    boxes before they were turned, px [n, 4].
    """
    found = np.zeros(len(drawings), dtype=np.bool_)
    places = np.flatnonzero(drawings.of(*AREAS))
    if settings.visible is None or not len(places):
        return found
    turned = np.zeros_like(drawings.rotation) if settings.profile == "cvat" else drawings.rotation
    rank = ranks_of(np.argsort(drawings.layer[places], kind="stable"))
    frame = drawings.frame[places]
    upright = not turned[places].any() and bool(np.isfinite(edges[places]).all())
    if upright and sizes is not None:
        found[places] = covered_boxes(frame, edges[places], rank, sizes, settings.visible)
        return found
    geometry = drawings.geometry.copy()
    boxes, ellipses = (np.flatnonzero(drawings.of(shape)) for shape in (Shape.BBOX, Shape.ELLIPSE))
    geometry[boxes] = _box_outlines(edges[boxes], turned[boxes])
    geometry[ellipses] = _ellipse_outlines(drawings, ellipses, turned[ellipses])
    is_mask = drawings.of(Shape.MASK)[places]
    areas = Areas(frame, geometry[places], is_mask, np.arange(len(places)), rank)
    found[places] = covered(areas, sizes, settings.visible)
    return found


def _boxes(truth: Kind, said: Kind, sizes: Sizes, settings: Settings) -> Near:
    sides = (truth, said)
    edges = [side.edges[side.places] for side in sides]
    turns = [side.drawings.rotation[side.places] for side in sides]
    if settings.profile == "native":
        upright = [straightened(*both) for both in zip(edges, turns, strict=True)]
        edges, turns = [corners for corners, _ in upright], [turn for _, turn in upright]
    near = box_near(truth.frame, edges[0], said.frame, edges[1])
    if settings.profile == "cvat":
        # What is as alike as something else is told by the last bit.
        ious = cvat_box_ious(edges[0][near.truth], edges[1][near.said])
        near = _above_zero(Near.straight(near.truth, near.said, ious))
    if not any(turn.any() for turn in turns):
        return _objects(near, truth, said)
    straight = _by_edges(turns, near, settings)
    areas = [
        _areas(side, _box_outlines(corners, turn))
        for side, corners, turn in zip(sides, edges, turns, strict=True)
    ]
    over = area_near(areas[0], areas[1], sizes, panoptic=False)
    both = near.take(straight), over.take(~_by_edges(turns, over, settings))
    return _objects(Near.joined(both), truth, said)


def _by_edges(turns: list[Floats], near: Near, settings: Settings) -> Booleans:
    """Return whether pairs of boxes are compared by their edges.

    To CVAT two boxes that were turned by the same angle are as if they had not been turned: a defect, as they were
    turned about different centres. They are the same if they are to the last bit, which CVAT's own interpolation of
    tracks does not keep; so who reads angles from corners has to round them.
    """
    one, other = turns[0][near.truth], turns[1][near.said]
    same: Booleans = one == other
    return same if settings.profile == "cvat" else same & (one == 0)


def _ellipses(truth: Kind, said: Kind, sizes: Sizes, settings: Settings) -> Near:
    del settings
    areas = [
        _areas(
            side,
            _ellipse_outlines(side.drawings, side.places, side.drawings.rotation[side.places]),
        )
        for side in (truth, said)
    ]
    return _objects(area_near(areas[0], areas[1], sizes, panoptic=False), truth, said)


def _segments(truth: Kind, said: Kind, sizes: Sizes, settings: Settings) -> Near:
    areas = []
    for side in (truth, said):
        drawings, places = side.drawings, side.places
        grouped = drawings.group[places] >= 0
        is_mask = drawings.of(Shape.MASK)[places]
        label = np.where(grouped, drawings.label[places], 0)
        order = np.lexsort((places, is_mask, label, drawings.group[places], drawings.layer[places]))
        areas.append(
            Areas(side.frame, drawings.geometry[places], is_mask, side.object, ranks_of(order))
        )
    return area_near(areas[0], areas[1], sizes, panoptic=settings.panoptic)


def _lines(truth: Kind, said: Kind, sizes: Sizes, settings: Settings) -> Near:
    one, other = _same_frame(truth.frame, said.frame)
    area = _frame_areas(truth.frame[one], sizes)
    sides = _taken(truth, one, settings), _taken(said, other, settings)
    similarity, turned = line_pairs(*sides, area, settings)
    return _objects(_above_zero(Near(one, other, similarity, turned)), truth, said)


def _points(truth: Kind, said: Kind, sizes: Sizes, settings: Settings) -> Near:
    one, other = _same_frame(truth.frame, said.frame)
    area = _frame_areas(truth.frame[one], sizes)
    sides = _taken(truth, one, settings), _taken(said, other, settings)
    similarity = point_pairs(*sides, area, settings)
    return _objects(_above_zero(Near.straight(one, other, similarity)), truth, said)


def _skeletons(truth: Kind, said: Kind, sizes: Sizes, settings: Settings) -> Near:
    del sizes
    one, other = _same_frame(truth.frame, said.frame)
    sides = _taken(truth, one, settings), _taken(said, other, settings)
    similarity = skeleton_pairs(*sides, settings)
    return _objects(_above_zero(Near.straight(one, other, similarity)), truth, said)


def _statements(truth: Kind, said: Kind, sizes: Sizes, settings: Settings) -> Near:
    """Return all pairs of statements of one frame as alike: labels decide which of them are matched."""
    del sizes, settings
    one, other = _same_frame(truth.frame, said.frame)
    return _objects(Near.straight(one, other, np.ones(len(one))), truth, said)


NearOf: TypeAlias = Callable[[Kind, Kind, Sizes, Settings], Near]

KINDS: Final[tuple[tuple[tuple[Shape, ...], NearOf], ...]] = (
    ((Shape.BBOX,), _boxes),
    ((Shape.ELLIPSE,), _ellipses),
    ((Shape.POLYGON, Shape.MASK), _segments),
    ((Shape.POLYLINE,), _lines),
    ((Shape.POINTS,), _points),
    ((Shape.SKELETON,), _skeletons),
    ((Shape.STATEMENT,), _statements),
)
"""Shapes that are compared with one another, and how near those of two sides are."""


def _box_outlines(edges: Floats, rotation: Floats) -> Geometries:
    """Return boxes as they are when they were turned so far, object [k]."""
    found = upright_boxes(edges)
    turned = np.flatnonzero(rotation != 0)
    centre, side = (
        (edges[turned, :2] + edges[turned, 2:]) / 2,
        edges[turned, 2:] - edges[turned, :2],
    )
    parameters = np.column_stack([centre, side, rotation[turned]])
    found[turned] = rounded(rotated_boxes(*parameters.T))
    return found


def _ellipse_outlines(drawings: Drawings, places: Integers, rotation: Floats) -> Geometries:
    """Return ellipses as they are when they were turned so far, as fine as CVAT draws them, object [k]."""
    edges = ellipse_edges(drawings, places)
    found = rounded(drawings.geometry[places])
    known = np.flatnonzero(~np.isnan(edges[:, 0]))
    centre = (edges[known, :2] + edges[known, 2:])[:, np.newaxis] / 2
    half = (edges[known, 2:] - edges[known, :2])[:, np.newaxis] / 2
    angle = np.linspace(0, 2 * np.pi, _VERTICES)
    apart = half * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    turn = np.deg2rad(rotation[known])[:, np.newaxis]
    x = apart[..., 0] * np.cos(turn) - apart[..., 1] * np.sin(turn)
    y = apart[..., 0] * np.sin(turn) + apart[..., 1] * np.cos(turn)
    corners = np.around(np.stack([x, y], axis=2) + centre, DIGITS)
    found[known] = shapely.polygons(corners)
    return found


def _areas(kind: Kind, outlines: Geometries) -> Areas:
    """Return outlines, each an object of its own, none above another."""
    own = np.arange(len(outlines))
    return Areas(kind.frame, outlines, np.zeros(len(outlines), dtype=np.bool_), own, own)


def _same_frame(ours: Integers, theirs: Integers) -> tuple[Integers, Integers]:
    """Return all pairs of places of one frame; both columns ascend."""
    first, last = (np.searchsorted(theirs, ours, side=side) for side in ("left", "right"))
    return members(first, last - first)


def _frame_areas(frame: Integers, sizes: Sizes) -> Floats:
    """Return the area of frames, px2, nan where nobody says it."""
    if sizes is None:
        return np.full(len(frame), np.nan)
    return np.asarray(sizes.prod(axis=1)[frame], dtype=np.float64)


def _taken(kind: Kind, places: Integers, settings: Settings) -> Strokes:
    some = kind.places[places]
    at_origin = settings.profile == "cvat"
    boxes = extents(kind.drawings, kind.edges, without_joints_at_origin=at_origin)
    return Strokes(kind.drawings.geometry[some], boxes[some])


def _above_zero(near: Near) -> Near:
    return near.take(near.similarity > 0)


def _objects(near: Near, truth: Kind, said: Kind) -> Near:
    """Return pairs of places among the shapes of a kind as pairs of objects."""
    return Near(truth.object[near.truth], said.object[near.said], near.similarity, near.turned)
