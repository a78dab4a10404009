"""How far apart two boundaries lie, in px: on the mean, nearly everywhere, and at most."""

from typing import NamedTuple

import numpy as np
import shapely

from groundkeeper.core.geometry import POLYGON_TYPES, Geometries
from groundkeeper.core.runs import offsets_of
from groundkeeper.core.shapes.areas import boundary_points
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.errors import TableError, listing

SPACING_PX = 1.0
MOST_STEPS = 4096
NEARLY_ALL = 0.95
MUCH = 20_000_000
"""From so many points times segments on, kernels are faster than numpy though they have to be loaded first.

Both agree to 1e-12 of a distance.
"""

_LINE_TYPES = (
    int(shapely.GeometryType.LINESTRING),
    int(shapely.GeometryType.LINEARRING),
    int(shapely.GeometryType.MULTILINESTRING),
)
_MISSING = -1


class BoundaryDistances(NamedTuple):
    """How far apart the two boundaries of each pair lie, px; nan where one is empty or missing.

    Attributes
    ----------
    mean
        Over the length of both boundaries, each measured to the other (average symmetric surface distance),
        float64 [p].
    p95
        What 95 % of that length keeps within, float64 [p].
    largest
        Of all places on either boundary (Hausdorff distance), float64 [p].
    """

    mean: Floats
    p95: Floats
    largest: Floats


def boundary_distances(
    left: Geometries,
    right: Geometries,
    spacing_px: float = SPACING_PX,
    most_steps: int = MOST_STEPS,
) -> BoundaryDistances:
    """Return how far apart the boundaries of each pair of shapes lie, both ways.

    The boundary of an area is its outer rings and those of its holes; that of a line is the line. Each segment of a
    boundary is cut into equal steps, and the distance of both ends of each step to the other boundary is exact. Between
    them a distance changes by no more than the way: so the largest is the Hausdorff distance where that is found at a
    corner or at the end of a step, and else at most half a step less. Both ways are taken together before the mean and
    the 95th percentile are taken, each by length and not by the number of corners.

    Parameters
    ----------
    left, right
        Areas or lines, px, object [p] each.
    spacing_px
        Length of a step, at most.
    most_steps
        On boundaries longer than so many steps these are longer, so that there are about so many.

    Raises
    ------
    TableError
        If a shape is neither an area nor a line, or *spacing_px* or *most_steps* is not above 0.

    References
    ----------
    Huttenlocher, Klanderman, Rucklidge (1993), Comparing images using the Hausdorff distance,
    https://doi.org/10.1109/34.232073. Heimann et al. (2009), Comparison and Evaluation of Methods for Liver
    Segmentation From CT Datasets, https://doi.org/10.1109/TMI.2009.2013851: average symmetric surface distance.

    Examples
    --------
    A square moved by 2 px along one of its sides. One side of each is 2 px away from the other square, the opposite
    side is 2 px away but near its ends, and of the two others the ends stick out.

    >>> squares = np.array([shapely.box(0, 0, 10, 10)])
    >>> moved = np.array([shapely.box(2, 0, 12, 10)])
    >>> found = boundary_distances(squares, moved)
    >>> found.mean.tolist(), found.p95.tolist(), found.largest.tolist()
    ([1.0], [2.0], [2.0])
    """
    if not (spacing_px > 0.0 and most_steps > 0):
        msg = f"found steps of {spacing_px} px, at most {most_steps}; allowed is above 0 for both"
        raise TableError(msg)
    found = np.full((len(left), 3), np.nan)
    placing = float(spacing_px), int(most_steps)
    curves = _curves(left), _curves(right)
    if _effort(left, right, placing) < MUCH:
        boundary_points.distances(*curves, placing, NEARLY_ALL, found)
    else:
        from groundkeeper.core.shapes.areas import boundary_kernels  # noqa: PLC0415 - loads numba

        boundary_kernels.distances(*curves, placing, NEARLY_ALL, found)
    return BoundaryDistances(found[:, 0], found[:, 1], found[:, 2])


def _effort(left: Geometries, right: Geometries, placing: tuple[float, int]) -> float:
    """Return about how many points will be measured to how many segments, summed over the pairs."""
    spacing, most = placing
    segments, points = [], []
    for shapes in (left, right):
        corners = shapely.get_num_coordinates(shapes)
        steps = np.minimum(np.nan_to_num(shapely.length(shapes)) / spacing, most)
        segments.append(corners)
        points.append(steps + 2 * corners)
    return float((points[0] * segments[1] + points[1] * segments[0]).sum())


def _curves(shapes: Geometries) -> tuple[Floats, Integers, Integers]:
    """Return corners [v, 2], where each curve starts among them [c + 1] and each shape among the curves [n + 1]."""
    types = shapely.get_type_id(shapes)
    areas = np.isin(types, POLYGON_TYPES)
    wrong = ~areas & ~np.isin(types, _LINE_TYPES) & (types != _MISSING)
    if wrong.any():
        found = listing(f"{place}: {shapes[place].geom_type}" for place in np.flatnonzero(wrong))
        msg = f"found shapes {found}; allowed are areas and lines, which have a boundary to measure"
        raise TableError(msg)
    lines = np.array(shapes, dtype=object)
    lines[areas] = shapely.boundary(lines[areas])
    curves, shape = shapely.get_parts(lines, return_index=True)
    corners = shapely.get_num_coordinates(curves)
    drawn = np.bincount(shape[corners > 0], minlength=len(shapes))
    return shapely.get_coordinates(curves), offsets_of(corners[corners > 0]), offsets_of(drawn)
