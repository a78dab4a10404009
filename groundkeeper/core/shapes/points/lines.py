"""Lines: how alike two are along their length, how far apart they lie, and the mean of several.

Two lines are compared where they are at the same share of their length, so it does not matter with how many vertices
they were drawn. A line and its reverse are the same unless direction counts.

References
----------
CVAT, quality_control/annotation_matching.py, ``LineMatcher``: a Gaussian of the distance, as wide as a share of the
root of the image's area. It takes the mean over the vertices of both lines (``peer_similarities.cvat_lines``), this
module the mean over the length; both are the same where lines run in parallel.
Alt and Godau (1995), Computing the Frechet distance between two polygonal curves, IJCGA 5:75-91,
doi:10.1142/S0218195995000064.
"""

import math
from typing import Final

import numpy as np
import shapely

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.shapes.drawn import Floats
from groundkeeper.core.shapes.points.line_pieces import Line, pieces_between

THICKNESS: Final = 0.01
"""Half the width of a line, in roots of the image's area: what CVAT has."""

_SHORT: Final = 1e-3
"""Below this many widths along a piece, Simpson's rule is nearer than the difference of two integrals."""


def line_similarity(
    left: Geometries,
    right: Geometries,
    image_area_px2: float | Floats | None = None,
    thickness: float = THICKNESS,
    *,
    directed: bool = False,
) -> Floats:
    """Return how alike pairs of lines are, from 0 to 1 [n]: the mean of ``exp(-d^2 / (2 A (2 thickness)^2))``.

    ``d`` is the distance between both lines at the same share of their lengths, and the mean is that over the whole
    length, exactly. Symmetric; nan where a line has no point.

    Parameters
    ----------
    left, right : object[n]
        ``LineString``, pair by pair, px.
    image_area_px2 : float or float64[n], optional
        ``A``: of the images. Where it is missing or nan, the square of the mean length of both lines; where
        that is 0, the similarity is nan.
    thickness : float
        In roots of the area, more than 0.
    directed : bool
        Whether a line that runs the other way is another line.

    Examples
    --------
    >>> line, other = shapely.LineString([(10, 10), (50, 10)]), shapely.LineString([(50, 12), (30, 12), (10, 12)])
    >>> line_similarity(np.array([line]), np.array([other]), 200 * 100).round(4)
    array([0.7788])
    """
    mean_length = (shapely.length(left) + shapely.length(right)) / 2
    image = np.nan if image_area_px2 is None else image_area_px2
    size = np.where(np.isnan(image), mean_length, np.sqrt(image))
    width = np.where(size > 0, 2 * thickness * size, np.nan)
    found = _along(left, right, width)
    if not directed:
        # Either is turned, so that it does not matter which comes first, to the last digit.
        found = np.maximum(found, _along(left, shapely.reverse(right), width))
        found = np.maximum(found, _along(shapely.reverse(left), right, width))
    return found


def line_distances(left: Geometries, right: Geometries) -> tuple[Floats, Floats]:
    """Return the Hausdorff and the Frechet distance of pairs of lines, px [n] each, whichever way they run.

    Both are those of the vertices, after GEOS: at least as long as between the lines themselves.

    Examples
    --------
    >>> line, other = shapely.LineString([(0, 0), (8, 0)]), shapely.LineString([(8, 3), (0, 3)])
    >>> hausdorff, frechet = line_distances(np.array([line]), np.array([other]))
    >>> hausdorff, frechet
    (array([3.]), array([3.]))
    """
    turned = shapely.frechet_distance(left, shapely.reverse(right))
    frechet = np.minimum(shapely.frechet_distance(left, right), turned)
    return shapely.hausdorff_distance(left, right), frechet


def mean_line(lines: Geometries, reference: int) -> shapely.LineString:
    """Return the line that is, at every share of its length, the mean of where the *lines* are at that share.

    It has a vertex wherever one of them has. Those that run against the *reference* are turned first.

    Parameters
    ----------
    lines : object[k]
        ``LineString`` of each expert, px.
    reference : int
        The place of the one that gives the direction, such as the medoid.

    Examples
    --------
    >>> drawn = [shapely.LineString([(0, 0), (8, 0)]), shapely.LineString([(8, 2), (4, 6), (0, 2)])]
    >>> mean_line(np.array(drawn), 0).wkt
    'LINESTRING (0 1, 4 3, 8 1)'
    """
    first = np.full(len(lines), lines[reference], dtype=object)
    alike = [
        line_similarity(first, drawn, directed=True) for drawn in (lines, shapely.reverse(lines))
    ]
    turned = np.where(alike[1] > alike[0], shapely.reverse(lines), lines)
    drawn = [Line(shapely.get_coordinates(line)) for line in turned]
    shares = np.unique(np.concatenate([line.share for line in drawn]))
    return shapely.linestrings(np.mean([line.at(shares) for line in drawn], axis=0))


def _along(left: Geometries, right: Geometries, width: Floats) -> Floats:
    """Return the mean over the length of the Gaussian of the distance between both lines, [n]."""
    found = np.full(len(left), np.nan)
    drawn = np.flatnonzero(~(shapely.is_empty(left) | shapely.is_empty(right)))
    pieces = pieces_between(left[drawn], right[drawn])
    unit = width[drawn][pieces.of, np.newaxis]
    alike = _mean_gaussian(pieces.begin / unit, pieces.end / unit)
    total = np.bincount(pieces.of, pieces.weight, minlength=len(drawn))
    found[drawn] = np.bincount(pieces.of, pieces.weight * alike, minlength=len(drawn)) / total
    return found


def _mean_gaussian(begin: Floats, end: Floats) -> Floats:
    """Return the mean of ``exp(-|x|^2 / 2)`` for x on the straight way from *begin* to *end*, in widths [m, 2]: [m]."""
    from scipy.special import ndtr  # noqa: PLC0415 - a fifth of a second, which sets without lines do without

    way = end - begin
    length = np.hypot(*way.T)
    far = length > _SHORT
    along = way / np.where(far, length, 1.0)[:, np.newaxis]
    start = (begin * along).sum(axis=1)
    beside = begin[:, 0] * along[:, 1] - begin[:, 1] * along[:, 0]
    # The smaller tail of both sides, so that no digits are lost far out.
    side = np.where(start + length / 2 > 0, -1.0, 1.0)
    within = np.abs(ndtr(side * (start + length)) - ndtr(side * start))
    exact = np.exp(-np.square(beside) / 2) * math.sqrt(2 * math.pi) * within
    middle = (begin + end) / 2
    simpson = (_gaussian(begin) + 4 * _gaussian(middle) + _gaussian(end)) / 6
    return np.where(far, exact / np.where(far, length, 1.0), simpson)


def _gaussian(apart: Floats) -> Floats:
    return np.asarray(np.exp(-np.square(apart).sum(axis=1) / 2))
