"""What was drawn on frames, as two sides and how near their objects are: the way from shapes to what is compared.

Objects of one kind are compared, polygons and masks being of one kind: boxes by their edges, areas by the pixels that
they cover, lines, points and skeletons by how far apart they are, statements by their labels alone. Where nobody says
how large frames are, areas are compared exactly as they were drawn.

References
----------
CVAT, quality_control/annotation_matching.py, ``DistanceComparator``: what is compared with what, and how.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from groundkeeper.core.scoring.objects.areas import Sizes
from groundkeeper.core.scoring.objects.attributes import attribute_codes
from groundkeeper.core.scoring.objects.cvat_rows import object_rows, shape_rows
from groundkeeper.core.scoring.objects.drawings import (
    Drawings,
    edges_of,
    objects_of,
    rounded,
)
from groundkeeper.core.scoring.objects.kinds import KINDS, Kind, covered_drawings
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE, Booleans, Near, Side
from groundkeeper.core.shapes.drawn import Floats, Integers
from schemas.enums import Shape


class Scene(NamedTuple):
    """Two sides and how near their objects are.

    Attributes
    ----------
    truth, said : Side
        The objects of both sides; the unit is the frame.
    near : Near
        The pairs of them that have anything in common.
    truth_drawn, said_drawn : Side
        The shapes of both sides, one row each.
    truth_object, said_object : int64[n]
        The object that each shape is part of, ``NONE`` if of none.
    """

    truth: Side
    said: Side
    near: Near
    truth_drawn: Side
    said_drawn: Side
    truth_object: Integers
    said_object: Integers


def scene(truth: Drawings, said: Drawings, sizes: Sizes, settings: Settings) -> Scene:
    """Return two sides that can be compared, and how near their objects are.

    Polygons and masks of one group and class are one object: its label and group are those of all, its attributes
    those of the first, and it is covered if all of them are. A skeleton without a joint is none.

    Parameters
    ----------
    truth, said : Drawings
        What was drawn on both sides, all codes being the same for both.
    sizes : int64[f, 2] or None
        Height and width of each frame, px; None if nobody says.
    settings : Settings
        ``profile`` matters for boxes that were turned by the same angle: CVAT compares them as if they had not been
        turned; and for what is as alike as something else: CVAT has what its solver finds first.

    Examples
    --------
    >>> import shapely
    >>> def box(*edges):
    ...     zero = np.zeros(1, dtype=np.int64)
    ...     return Drawings.plain(zero, zero, Shape.BBOX, np.array([shapely.box(*edges)], dtype=object))
    >>> scene(box(0, 0, 10, 10), box(0, 0, 10, 25), np.array([[100, 200]]), Settings()).near.similarity.tolist()
    [0.4]
    """
    sides = [_rounded(side) for side in (truth, said)]
    codes = attribute_codes([side.attributes for side in sides], settings.ignored_attributes)
    edges = [edges_of(side) for side in sides]
    hidden = [
        np.zeros(len(truth), dtype=np.bool_),
        covered_drawings(sides[1], edges[1], sizes, settings),
    ]
    drawn = [
        _side(side, table, covered)
        for side, table, covered in zip(sides, codes, hidden, strict=True)
    ]
    objects = [objects_of(side) for side in sides]
    near = _near(list(_of_kinds(sides, objects, edges, sizes, settings)))
    wholes = [_whole(side, of) for side, of in zip(drawn, objects, strict=True)]
    if settings.profile == "cvat":
        wholes = [
            replace(whole, rows=object_rows(side, of))
            for whole, side, of in zip(wholes, sides, objects, strict=True)
        ]
        drawn = [
            replace(one, rows=shape_rows(side)) for one, side in zip(drawn, sides, strict=True)
        ]
    return Scene(wholes[0], wholes[1], near, drawn[0], drawn[1], objects[0], objects[1])


def _rounded(side: Drawings) -> Drawings:
    """Return shapes with rounded coordinates; of boxes and ellipses it is their edges that are rounded, later on."""
    places = np.flatnonzero(~side.of(Shape.BBOX, Shape.ELLIPSE))
    if not len(places):
        return side
    geometry = side.geometry.copy()
    geometry[places] = rounded(geometry[places])
    return replace(side, geometry=geometry)


def _side(drawings: Drawings, attributes: Integers, hidden: Booleans) -> Side:
    """Return the shapes themselves as a side; statements belong with nothing."""
    stated = drawings.of(Shape.STATEMENT)
    group = np.where(stated, NONE, drawings.group)
    ignored = np.zeros(len(drawings), dtype=np.bool_)
    return Side(
        drawings.frame, drawings.label, attributes, group, ignored, hidden, shapeless=stated
    )


def _whole(drawn: Side, objects: Integers) -> Side:
    """Return the objects that shapes are parts of."""
    if np.array_equal(objects, np.arange(len(drawn))):
        return drawn
    numbers, first = np.unique(objects, return_index=True)
    first = first[numbers != NONE]
    seen = np.zeros(len(first), dtype=np.bool_)
    seen[objects[(objects != NONE) & ~drawn.covered]] = True
    return Side(
        drawn.unit[first],
        drawn.label[first],
        drawn.attributes[first],
        drawn.group[first],
        drawn.ignored[first],
        ~seen,
        shapeless=None if drawn.shapeless is None else drawn.shapeless[first],
    )


def _near(found: Sequence[Near]) -> Near:
    """Return the pairs of objects of all kinds that have anything in common, by both."""
    near = Near.joined(found)
    ours, theirs = near.truth, near.said
    later = (ours[1:] > ours[:-1]) | ((ours[1:] == ours[:-1]) & (theirs[1:] > theirs[:-1]))
    return near if later.all() else near.take(np.lexsort((theirs, ours)))


def _of_kinds(
    sides: Sequence[Drawings],
    objects: Sequence[Integers],
    edges: Sequence[Floats],
    sizes: Sizes,
    settings: Settings,
) -> Iterator[Near]:
    for shapes, near_of in KINDS:
        kinds = [
            Kind(side, np.flatnonzero(side.of(*shapes) & (of != NONE)), of, corners)
            for side, of, corners in zip(sides, objects, edges, strict=True)
        ]
        if all(len(kind.places) for kind in kinds):
            yield near_of(kinds[0], kinds[1], sizes, settings)
