"""Which marks of a scan mean the same physical nodule: single link on the points of their outlines."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from groundkeeper.core.shapes.clustering.connected import connected

Points = npt.NDArray[np.float64]
"""Points of outlines in millimetres, shape (n, 3): x, y, z."""

READERS = 4
"""How many readers a scan has, so how many marks a nodule has at most if each marks it once."""

SHRINK = 0.9
"""Factor of one step of shrinking the tolerance."""

LEAST_MM = 0.1
"""Tolerance below which there is no further step, mm."""


def link_marks(
    marks: Sequence[Points],
    tolerance_mm: float,
    *,
    most: int = READERS,
) -> npt.NDArray[np.int64]:
    """Return the number of the nodule that each mark means, shape (n,), counted from 0 in the order of *marks*.

    Marks whose outlines come within a tolerance of each other are linked, and links chain. While a nodule has more
    than *most* marks, the tolerance of the whole scan shrinks; it stops at ``LEAST_MM``, so a nodule may keep more:
    outlines that touch cannot be told apart by distance, as where one reader saw two nodules and another saw one.

    Parameters
    ----------
    marks : sequence of float[n_points, 3]
        Points of the outlines of each mark of one scan, mm. At least one point a mark.
    tolerance_mm : float
        Greatest distance of linked marks at first, mm: the slice thickness of the scan.
    most : int
        Number of marks above which a nodule is held to be several.

    Raises
    ------
    ValueError
        If a mark has no points, or the tolerance is negative.

    References
    ----------
    The rule, with its constants, is that of ``Scan.cluster_annotations`` in pylidc 0.2.3 (M. C. Hancock and
    J. F. Magnan, J Med Imaging 3:044504, 2016, doi:10.1117/1.JMI.3.4.044504), which however takes the distance
    between indices of voxels; here it is in millimetres.

    Examples
    --------
    Three marks in a row, 2 mm apart, are one nodule at 2 mm and three below:

    >>> row = [np.array([[x, 0.0, 0.0]]) for x in (0.0, 2.0, 4.0)]
    >>> link_marks(row, 2.0)
    array([0, 0, 0])
    >>> link_marks(row, 1.9)
    array([0, 1, 2])
    >>> link_marks(row, 2.0, most=2)
    array([0, 1, 2])
    """
    if tolerance_mm < 0:
        message = f"tolerance is {tolerance_mm} mm: need tolerance >= 0"
        raise ValueError(message)
    distances = least_distances(marks, tolerance_mm)
    nodules = _linked(distances, tolerance_mm)
    tolerance = tolerance_mm * SHRINK
    while np.bincount(nodules).max(initial=0) > most and tolerance >= LEAST_MM:
        nodules = _linked(distances, tolerance)
        tolerance *= SHRINK
    return nodules


def _linked(distances: npt.NDArray[np.float64], tolerance_mm: float) -> npt.NDArray[np.int64]:
    """Return the nodule of each mark, those being linked that are no further apart than the tolerance."""
    first = connected(len(distances), *np.nonzero(distances <= tolerance_mm))
    return np.unique(first, return_inverse=True)[1].astype(np.int64)


def least_distances(marks: Sequence[Points], within_mm: float) -> npt.NDArray[np.float64]:
    """Return the least distance between the points of any two marks, shape (n, n), mm.

    It is ``inf`` for marks that are further apart than *within_mm*, which are told apart by their bounding boxes
    where that suffices.

    Raises
    ------
    ValueError
        If a mark has no points.

    Examples
    --------
    >>> marks = [np.array([[0.0, 0, 0], [3, 0, 0]]), np.array([[3.0, 4, 0]]), np.array([[30.0, 0, 0]])]
    >>> least_distances(marks, 5.0)
    array([[ 0.,  4., inf],
           [ 4.,  0., inf],
           [inf, inf,  0.]])
    """
    if any(len(points) == 0 for points in marks):
        message = "a mark has no points; leave it out, it has no place"
        raise ValueError(message)
    result = np.full((len(marks), len(marks)), np.inf)
    np.fill_diagonal(result, 0.0)
    if len(marks) == 0:
        return result
    low = np.array([points.min(axis=0) for points in marks])
    high = np.array([points.max(axis=0) for points in marks])
    gap = np.maximum(low[:, None] - high[None, :], 0.0)
    gap = np.maximum(gap, np.swapaxes(gap, 0, 1))
    near = np.linalg.norm(gap, axis=2) <= within_mm
    sliced = [_slices(points) for points in marks]
    for i, j in zip(*np.nonzero(np.triu(near, k=1)), strict=True):
        result[i, j] = result[j, i] = _least_distance(sliced[i], sliced[j], within_mm)
    return result


def _slices(points: Points) -> list[tuple[float, Points]]:
    """Return the points by slice: z in mm, ascending, and the x and y of the points there, shape (n, 2)."""
    points = points[np.argsort(points[:, 2], kind="stable")]
    heights, first = np.unique(points[:, 2], return_index=True)
    planes = np.split(points[:, :2], first[1:])
    return list(zip(heights.tolist(), planes, strict=True))


def _least_distance(
    left: list[tuple[float, Points]], right: list[tuple[float, Points]], within_mm: float
) -> float:
    """Return the least distance between points of two marks given by slice, mm; ``inf`` above *within_mm*."""
    best = np.inf
    pairs = [(abs(z - w), xy, uv) for z, xy in left for w, uv in right]
    # Slices that lie closest first: marks of one nodule mostly share a point, and then no other slice is looked at.
    for height, xy, uv in sorted(pairs, key=lambda pair: pair[0]):
        if height > within_mm or height >= best:
            break
        difference = xy[:, None] - uv[None, :]
        planar = float(np.einsum("ijk,ijk->ij", difference, difference).min())
        best = min(best, math.sqrt(planar + height * height))
    return best if best <= within_mm else math.inf
