"""Points in no order: which of one annotator are which of another, how alike two sets are, and the one set of several.

References
----------
CVAT, quality_control/annotation_matching.py, ``match_points``: points are assigned to points so that their summed
similarity is the largest, and what stays alone counts as a point that is not alike.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import shapely

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.points.joint_fusion import median
from groundkeeper.core.shapes.points.keypoints import SIGMA, nearness
from groundkeeper.core.shapes.stacks import stacks

PAIRED_AT_LEAST: Final = 0.4
"""How alike two points of two sets are at least to be taken for the same point: what CVAT has."""

_CELLS: Final = 4_000_000
"""How many similarities of points are held at once."""


def points_oks(
    left: Geometries,
    right: Geometries,
    area_px2: float | Floats,
    sigma: float = SIGMA,
    paired_at_least: float = PAIRED_AT_LEAST,
) -> Floats:
    """Return how alike pairs of sets of points are, from 0 to 1 [n]; nan where one is empty, or at an unknown area.

    Points are paired one to one, as alike as possible in sum, those who are less alike than *paired_at_least* not at
    all. The summed similarity is divided by the number of pairs and of points without one. Two single points are
    compared in any case.

    Parameters
    ----------
    left, right : object[n]
        ``MultiPoint``, pair by pair.
    area_px2 : float or float64[n]
        Area of the thing, such as ``keypoints.area_of_both`` gives it.
    sigma : float
        As of ``keypoints.oks``.
    paired_at_least : float
        From 0 to 1.

    Examples
    --------
    >>> three = shapely.MultiPoint([(10, 10), (30, 30), (10, 30)])
    >>> two = shapely.MultiPoint([(30, 30), (10, 10)])
    >>> points_oks(np.array([three]), np.array([two]), 400.0).round(4)
    array([0.6667])
    """
    area = np.broadcast_to(np.asarray(area_px2, dtype=np.float64), len(left))
    found = np.full(len(left), np.nan)
    for places, near in _blocks(left, right, area, sigma):
        found[places] = _mean(near, paired_at_least if near.shape[1:] != (1, 1) else 0.0)
    return found


def paired_points(near: Floats) -> Integers:
    """Return which column each row is paired with so that the summed similarity is the largest, -1 with none, [m, a].

    Parameters
    ----------
    near : float64[m, a, b]
        How alike each of a points is to each of b; 0 where both cannot be the same.

    Examples
    --------
    >>> paired_points(np.array([[[0.9, 0.8], [0.9, 0.0], [0.0, 0.0]]]))
    array([[ 1,  0, -1]])
    """
    best: Integers = near.argmax(axis=2)
    best[near.max(axis=2) == 0] = -1
    # Where nobody's favourite is another's, everybody has the best there is.
    in_order = np.sort(best, axis=1)
    contested = ((in_order[:, 1:] == in_order[:, :-1]) & (in_order[:, 1:] >= 0)).any(axis=1)
    for place in np.flatnonzero(contested).tolist():
        best[place] = _assigned(near[place])
    return best


def fused_points(
    points: Geometries,
    group: Integers,
    reference: Integers,
    area_px2: Floats,
    sigma: float = SIGMA,
) -> Geometries:
    """Return the one set of points of each group, in the order of the *reference*, object [g].

    Everybody's points are paired with those of the reference, as ``points_oks`` does; each point is the median of x and
    y over those who have it, and left out where fewer than half of all have it.

    Parameters
    ----------
    points : object[n]
        ``MultiPoint`` of each expert.
    group : int64[n]
        The group of each, 0 to g - 1, each with at least one.
    reference : int64[g]
        The place of the one that the others of the group are paired with, such as the medoid.
    area_px2 : float64[g]
        As of ``points_oks``.
    sigma : float
        As of ``points_oks``.

    Examples
    --------
    >>> said = [[(0, 0), (9, 9)], [(9, 8), (0, 1)], [(0, 2)]]
    >>> drawn = np.array([shapely.MultiPoint(p) for p in said])
    >>> fused_points(drawn, np.zeros(3, np.int64), np.array([0]), np.array([400.0]))[0].wkt
    'MULTIPOINT ((0 1), (9 8.5))'
    """
    drawn, ours, theirs = _paired(points[reference[group]], points, area_px2[group], sigma)
    middle, said = _Points(points[reference]), _Points(points)
    point = middle.start[group[drawn]] + ours
    xy = said.xy[said.start[drawn] + theirs]
    voices = np.bincount(point, minlength=len(middle.xy))
    place = np.zeros_like(middle.xy)
    for these, members in stacks(point, len(middle.xy)):
        place[these] = median(xy[members])
    of = np.repeat(np.arange(len(reference)), middle.count)
    kept = 2 * voices >= np.bincount(group, minlength=len(reference))[of]
    found: Geometries = np.full(len(reference), shapely.MultiPoint(), dtype=object)
    shapely.multipoints(shapely.points(place[kept]), indices=of[kept], out=found)
    return found


def distances_to(
    points: Geometries, fused: Geometries, area_px2: Floats, sigma: float = SIGMA
) -> tuple[Integers, Floats]:
    """Return the distances of points to those of the *fused* sets that they are paired with, px, and whose they are.

    Parameters
    ----------
    points, fused : object[n]
        ``MultiPoint``, pair by pair.
    area_px2 : float64[n]
        As of ``points_oks``.
    sigma : float
        As of ``points_oks``.

    Returns
    -------
    drawn : int64[m]
        The place of the set among n. What has no partner has no distance.
    distance : float64[m]

    Examples
    --------
    >>> drawn, fused = shapely.MultiPoint([(0, 0), (9, 9)]), shapely.MultiPoint([(0, 1)])
    >>> distances_to(np.array([drawn]), np.array([fused]), np.array([400.0]))
    (array([0]), array([1.]))
    """
    drawn, ours, theirs = _paired(fused, points, area_px2, sigma)
    middle, said = _Points(fused), _Points(points)
    off = middle.xy[middle.start[drawn] + ours] - said.xy[said.start[drawn] + theirs]
    return drawn, np.hypot(*off.T)


def _paired(
    left: Geometries, right: Geometries, area: Floats, sigma: float
) -> tuple[Integers, Integers, Integers]:
    """Return which points of pairs of sets are the same: the pair, the point of the left and that of the right, [m].

    One and one are the same whatever their distance.
    """
    found = [np.zeros((3, 0), dtype=np.int64)]
    for places, near in _blocks(left, right, area, sigma):
        single = near.shape[1:] == (1, 1)
        kept = np.ones_like(near) if single else _kept(near, PAIRED_AT_LEAST)
        partner = paired_points(kept)
        pair, ours = np.nonzero(partner >= 0)
        found.append(np.stack([places[pair], ours, partner[pair, ours]]))
    together = np.concatenate(found, axis=1)
    drawn, ours, theirs = together[:, np.lexsort((together[1], together[0]))]
    return drawn, ours, theirs


def _blocks(
    left: Geometries, right: Geometries, area: Floats, sigma: float
) -> Iterator[tuple[Integers, Floats]]:
    """Yield pairs of sets that have as many points, by place, and how alike these are, [m, a, b]; no empty ones."""
    ours, theirs = _Points(left), _Points(right)
    sizes = np.column_stack([ours.count, theirs.count])
    for a, b in np.unique(sizes[(sizes > 0).all(axis=1)], axis=0).tolist():
        places = np.flatnonzero((sizes == (a, b)).all(axis=1))
        for some in np.array_split(places, 1 + len(places) * a * b // _CELLS):
            yield some, _near(ours.stacked(some, a), theirs.stacked(some, b), area[some], sigma)


class _Points:
    """The points of n sets, one after another."""

    def __init__(self, sets: Geometries) -> None:
        self.xy, of = shapely.get_coordinates(sets, return_index=True)
        self.count = np.bincount(of, minlength=len(sets))
        self.start = np.cumsum(self.count) - self.count

    def stacked(self, places: Integers, size: int) -> Floats:
        """Return the points of the sets at these places, each of *size*, px [m, size, 2]."""
        found: Floats = self.xy[self.start[places][:, np.newaxis] + np.arange(size)]
        return found


def _near(ours: Floats, theirs: Floats, area: Floats, sigma: float) -> Floats:
    """Return how alike each point of ours, px [m, a, 2], is to each of theirs, px [m, b, 2]: [m, a, b]."""
    squared = np.square(ours[:, :, np.newaxis] - theirs[:, np.newaxis]).sum(axis=3)
    return nearness(squared, area[:, np.newaxis, np.newaxis], sigma)


def _kept(near: Floats, paired_at_least: float) -> Floats:
    """Return how alike points are, 0 where too little to be the same."""
    return np.where(near >= paired_at_least, near, 0.0)


def _mean(near: Floats, paired_at_least: float) -> Floats:
    """Return the summed similarity of the pairs over how many pairs and points without one there are, [m]."""
    kept = _kept(near, paired_at_least)
    partner = paired_points(kept)
    paired = partner >= 0
    alike = np.take_along_axis(kept, np.maximum(partner, 0)[..., np.newaxis], axis=2)[..., 0]
    # Summed in an order of their own, so that it does not matter which set comes first.
    total = np.sort(np.where(paired, alike, 0.0), axis=1)
    either = near.shape[1] + near.shape[2] - paired.sum(axis=1)
    unknown = np.isnan(near).any(axis=(1, 2))
    return np.where(unknown, np.nan, total.sum(axis=1) / either)


def _assigned(near: Floats) -> Integers:
    """Return the column of each row in the best assignment, -1 where it has nothing in common with it, [a]."""
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - half a second, which most points do without

    found = np.full(len(near), -1, dtype=np.int64)
    row, column = linear_sum_assignment(near, maximize=True)
    alike = near[row, column] > 0
    found[row[alike]] = column[alike]
    return found
