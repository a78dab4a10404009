"""Areas with holes, many of them in columns: how much two share, and which mean the same thing."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from groundkeeper.core.geometry import Geometries, bounding_boxes
from groundkeeper.core.runs import offsets_of
from groundkeeper.core.shapes.areas.region_candidates import candidates
from groundkeeper.core.shapes.areas.region_checks import (
    refuse_offsets,
    refuse_places,
    refuse_shapes,
)
from groundkeeper.core.shapes.clustering.components import cliques
from groundkeeper.core.shapes.clustering.connected import connected
from groundkeeper.core.shapes.drawn import Drawn, Floats, Integers, Pairs
from groundkeeper.errors import TableError, listing

THE_SAME = 1.0 - 1e-14
"""An IoU above this is 1 but for rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """n areas, each with any number of outer rings and holes; made by ``of`` or ``of_rings``.

    Attributes
    ----------
    xy
        Corners of all rings one after the other, px, float64 [v, 2]. A ring may repeat its first corner at its end.
    rings
        Where each ring begins among the corners, and v, int64 [r + 1].
    shapes
        Where each area begins among the rings, and r, int64 [n + 1].
    turns
        By which each ring counts, so that what is inside an outer ring counts 1 and what is inside a hole is taken off
        again, whichever way round they were drawn: 1 or -1, int8 [r].
    areas
        Square px, 0 of a shape that is empty, float64 [n].
    bounds
        Left, top, right and bottom edge in px, nan of a shape that is empty, float64 [n, 4].
    """

    xy: Floats
    rings: Integers
    shapes: Integers
    turns: npt.NDArray[np.int8]
    areas: Floats
    bounds: Floats

    def __len__(self) -> int:
        """How many areas there are."""
        return len(self.areas)

    @classmethod
    def of(cls, geometries: Geometries) -> "Regions":
        """Return the areas of polygons with holes and of several parts.

        Polygons that cross themselves are refused and not repaired: answers are repaired when they are taken in, and
        it is written down beside them that they were.

        Parameters
        ----------
        geometries
            Valid ``Polygon`` or ``MultiPolygon``, which may be empty, object [n].

        Raises
        ------
        TableError
            If one is missing, is something else or is not valid.

        Examples
        --------
        >>> hollow = shapely.box(0, 0, 4, 4).difference(shapely.box(1, 1, 3, 3))
        >>> regions = Regions.of(np.array([hollow, shapely.Polygon()]))
        >>> regions.areas.tolist(), regions.bounds[0].tolist()
        ([12.0, 0.0], [0.0, 0.0, 4.0, 4.0])
        """
        refuse_shapes(geometries)
        parts, shape_of_part = shapely.get_parts(geometries, return_index=True)
        rings, part_of_ring = shapely.get_rings(parts, return_index=True)
        outer = np.diff(part_of_ring, prepend=-1) > 0
        corners = shapely.get_num_coordinates(rings)
        owner = shape_of_part[part_of_ring]
        return cls(
            xy=shapely.get_coordinates(rings),
            rings=offsets_of(corners),
            shapes=offsets_of(np.bincount(owner, minlength=len(geometries))),
            turns=np.where(shapely.is_ccw(rings) == outer, 1, -1).astype(np.int8),
            areas=shapely.area(geometries),
            bounds=bounding_boxes(geometries),
        )

    @classmethod
    def of_rings(cls, xy: Floats, offsets: Integers) -> "Regions":
        """Return the areas within plain rings, one each, as they were drawn.

        Nothing is checked but numbers, so that millions are ready at once, and corners are not copied. Corners or edges
        that repeat or touch do no harm. Of a ring that crosses itself the area is that with its sense of turn: what is
        gone round twice counts twice, and what is gone round the other way counts as less than nothing. ``make_valid``
        of GEOS would keep what is gone round an odd number of times. Two such rings "share" the integral of the product
        of how often each goes round a point, though never more than the smaller area. Where that is not meant, repair
        first and use ``of``.

        Parameters
        ----------
        xy
            Corners of all rings one after the other, px, float64 [v, 2].
        offsets
            Where each ring begins, and v, ascending, int64 [n + 1].

        Raises
        ------
        TableError
            If a coordinate is not finite, or *offsets* do not cut all of *xy*.

        Examples
        --------
        >>> xy = np.array([[0, 0], [4, 0], [0, 4], [9, 9], [9, 7], [7, 7], [7, 9]], dtype=np.float64)
        >>> Regions.of_rings(xy, np.array([0, 3, 7])).areas.tolist()
        [8.0, 4.0]
        """
        from groundkeeper.core.shapes.areas.region_kernels import measure  # noqa: PLC0415 - loads numba

        xy = np.ascontiguousarray(xy, dtype=np.float64)
        offsets = np.ascontiguousarray(offsets, dtype=np.int64)
        refuse_offsets(xy, offsets)
        n = len(offsets) - 1
        turns, areas, bounds = np.ones(n, dtype=np.int8), np.zeros(n), np.full((n, 4), np.nan)
        measure(xy, offsets, turns, areas, bounds)
        wrong = ~np.isfinite(areas)
        if wrong.any():
            msg = (
                f"found rings {listing(np.flatnonzero(wrong))} with corners that are no finite numbers; "
                "allowed are finite px; correct or reject them first"
            )
            raise TableError(msg)
        return cls(xy, offsets, np.arange(n + 1), turns, areas, bounds)


def intersection_areas(regions: Regions, left: Integers, right: Integers) -> Floats:
    """Return how much the two regions of each pair share, in square px.

    It is exact but for rounding, by some 1e-15 of the area of a box as wide as both have in common and as high as both
    together; what lies within ten times that of nothing, or of the whole smaller region, is that.

    Parameters
    ----------
    regions
        n areas.
    left, right
        Places of the two of each pair, int64 [p].

    Returns
    -------
    Floats
        float64 [p].

    Raises
    ------
    TableError
        If there is no region at a place.

    Examples
    --------
    >>> regions = Regions.of(np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 4, 4)]))
    >>> intersection_areas(regions, np.array([0, 0]), np.array([0, 1])).tolist()
    [4.0, 1.0]
    """
    from groundkeeper.core.shapes.areas.region_kernels import shared_areas  # noqa: PLC0415 - loads numba

    refuse_places(left, len(regions))
    refuse_places(right, len(regions))
    low = np.minimum(left, right).astype(np.int64)
    high = np.maximum(left, right).astype(np.int64)
    order = np.lexsort((high, low))
    shared = np.zeros(len(order))
    shared_areas(
        (regions.xy, regions.rings, regions.shapes, regions.turns),
        (regions.areas, regions.bounds),
        (low[order], high[order]),
        shared,
    )
    found = np.empty_like(shared)
    found[order] = shared
    return found


def region_ious(regions: Regions, left: Integers, right: Integers) -> Floats:
    """Return the intersection over union of pairs of regions, from 0 to 1; nan where neither has an area.

    Parameters
    ----------
    regions, left, right
        As of ``intersection_areas``.

    Examples
    --------
    >>> regions = Regions.of(np.array([shapely.box(0, 0, 2, 2), shapely.box(0, 0, 2, 4)]))
    >>> region_ious(regions, np.array([0, 1]), np.array([1, 1])).tolist()
    [0.5, 1.0]
    """
    shared = intersection_areas(regions, left, right)
    union = regions.areas[left] + regions.areas[right] - shared
    ious: Floats = np.divide(shared, union, out=np.full(len(union), np.nan), where=union > 0.0)
    # The same outline from another corner on has the same area but for the last digit.
    ious[ious > THE_SAME] = 1.0
    return ious


def alike_regions(drawn: Drawn, regions: Regions, at_least: float) -> Pairs:
    """Return the pairs of regions of one item by two annotators whose IoU is at least so much.

    Parameters
    ----------
    drawn
        Who drew each of n regions, and where.
    regions
        The n regions.
    at_least
        IoU, above 0, at most 1.

    Examples
    --------
    >>> drawn = Drawn(item=np.zeros(3, np.int64), annotator=np.array([0, 1, 1]), label=np.zeros(3, np.int64))
    >>> shapes = [shapely.box(0, 0, 4, 4), shapely.box(0, 0, 4, 3), shapely.box(3, 3, 7, 7)]
    >>> pairs = alike_regions(drawn, Regions.of(np.array(shapes)), 0.5)
    >>> pairs.left.tolist(), pairs.right.tolist(), pairs.similarity.tolist()
    ([0], [1], [0.75])
    """
    if len(drawn) != len(regions):
        msg = f"found {len(regions)} regions by {len(drawn)} who drew them; allowed is one each"
        raise TableError(msg)
    if not 0.0 < at_least <= 1.0:
        msg = f"found {at_least} for how alike regions are at least; allowed is above 0, at most 1"
        raise TableError(msg)
    left, right = candidates(drawn, regions.areas, regions.bounds, at_least)
    return Pairs(left, right, region_ious(regions, left, right)).at_least(at_least)


def weighed_regions(drawn: Drawn, regions: Regions, at_least: float) -> Pairs:
    """Return the pairs of regions by which it is settled which mean the same thing.

    These are the pairs that are so much alike; and where regions are connected by such pairs, but not every two of them
    are one, all pairs by two annotators that share anything at all.

    Parameters
    ----------
    drawn, regions, at_least
        As of ``alike_regions``.

    Examples
    --------
    The ends of a chain are not alike, and that they overlap still counts.

    >>> drawn = Drawn(item=np.zeros(3, np.int64), annotator=np.arange(3), label=np.zeros(3, np.int64))
    >>> shapes = [shapely.box(0, 0, 4, 4), shapely.box(1, 0, 5, 4), shapely.box(2, 0, 6, 4)]
    >>> pairs = weighed_regions(drawn, Regions.of(np.array(shapes)), 0.5)
    >>> pairs.left.tolist(), pairs.right.tolist(), pairs.similarity.round(3).tolist()
    ([0, 0, 1], [1, 2, 2], [0.6, 0.333, 0.6])
    """
    alike = alike_regions(drawn, regions, at_least)
    component = connected(len(drawn), alike.left, alike.right)
    settled = cliques(component, alike.left)[component]
    rest = np.flatnonzero(~settled)
    rest = rest[np.argsort(component[rest], kind="stable")]
    together = Drawn(component[rest], drawn.annotator[rest], drawn.label[rest])
    one, other = candidates(together, regions.areas[rest], regions.bounds[rest], 0.0)
    one, other = rest[one], rest[other]
    ious = region_ious(regions, one, other)
    shared = ious > 0.0
    kept = settled[alike.left]
    left = np.concatenate([alike.left[kept], one[shared]])
    right = np.concatenate([alike.right[kept], other[shared]])
    similarity = np.concatenate([alike.similarity[kept], ious[shared]])
    order = np.lexsort((right, left))
    return Pairs(left[order], right[order], similarity[order])
