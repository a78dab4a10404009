"""Skeletons: their joints, and how alike two are, joint by joint.

A skeleton is a ``MultiPoint Z``, one point per joint in the order of its template; z says whether the joint was
labelled: 0 not, 1 where it is hidden, 2 where it is seen.

References
----------
Ronchi and Perona (2017), Benchmarking and error diagnosis in multi-instance pose estimation, ICCV 2017, 369-378,
doi:10.1109/ICCV.2017.48, equation 1: object keypoint similarity (OKS).
https://cocodataset.org/#keypoints-eval: a joint that is ``d`` px off on a thing of area ``s^2`` is
``exp(-d^2 / (2 s^2 k^2))`` alike, with ``k`` twice the standard deviation sigma of its annotators.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import shapely

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.runs import numbered
from groundkeeper.core.shapes.boxes.corners import box_areas, shared_areas
from groundkeeper.core.shapes.drawn import Floats, Integers

SIGMA: Final = 0.09
"""Standard deviation of annotators, in roots of the area of the thing: what CVAT takes for every joint."""

NOT_LABELLED, HIDDEN, VISIBLE = 0, 1, 2

Counted: TypeAlias = Literal["either", "left"]


@dataclass(frozen=True, slots=True, eq=False)
class Joints:
    """The joints of n skeletons side by side, j of the one that has most.

    Attributes
    ----------
    xy
        Where each joint is, px, float64 [n, j, 2]; without meaning where it is not labelled.
    visibility
        ``NOT_LABELLED``, ``HIDDEN`` or ``VISIBLE``, int64 [n, j].
    count
        How many joints the template of each skeleton has, int64 [n].
    """

    xy: Floats
    visibility: Integers
    count: Integers

    def __getitem__(self, places: Integers) -> "Joints":
        """Return the skeletons at these places."""
        return Joints(self.xy[places], self.visibility[places], self.count[places])


def joints_of(skeletons: Geometries) -> Joints:
    """Return the joints of skeletons; one without z was seen in full.

    Examples
    --------
    >>> joints_of(np.array([shapely.MultiPoint([(0, 0, 0), (4, 3, 2)])])).visibility
    array([[0, 2]])
    """
    coordinates, of = shapely.get_coordinates(skeletons, include_z=True, return_index=True)
    count = np.bincount(of, minlength=len(skeletons))
    place = numbered(count)
    shape = (len(skeletons), int(count.max(initial=0)))
    xy, visibility = np.zeros((*shape, 2)), np.full(shape, NOT_LABELLED, dtype=np.int64)
    xy[of, place] = coordinates[:, :2]
    visibility[of, place] = np.nan_to_num(coordinates[:, 2], nan=VISIBLE)
    return Joints(xy, visibility, count)


def skeletons_of(joints: Joints) -> Geometries:
    """Return skeletons with these joints, each with as many as its template has.

    Examples
    --------
    >>> drawn = np.array([shapely.MultiPoint([(0, 0, 0), (4, 3, 2)])])
    >>> skeletons_of(joints_of(drawn))[0].wkt
    'MULTIPOINT Z ((0 0 0), (4 3 2))'
    """
    there = np.arange(joints.xy.shape[1]) < joints.count[:, np.newaxis]
    points = shapely.points(np.dstack([joints.xy, joints.visibility])[there])
    of = np.nonzero(there)[0]
    found: Geometries = np.full(len(joints.count), shapely.MultiPoint(), dtype=object)
    shapely.multipoints(points, indices=of, out=found)
    return found


def joint_boxes(joints: Joints) -> Floats:
    """Return ``x0, y0, x1, y1`` of the labelled joints of each skeleton, px [n, 4]; nan where none is."""
    labelled = (joints.visibility > NOT_LABELLED)[..., np.newaxis]
    low = np.where(labelled, joints.xy, np.inf).min(axis=1, initial=np.inf)
    high = np.where(labelled, joints.xy, -np.inf).max(axis=1, initial=-np.inf)
    boxes = np.hstack([low, high])
    return np.where(np.isfinite(boxes), boxes, np.nan)


def area_of_both(
    left: Floats, right: Floats, image_area_px2: float | Floats | None = None
) -> Floats:
    """Return the area at which two things are compared, as CVAT has it, px2 [n].

    It is that of the mean of their boxes: left edge the mean of both left edges, and so on. Where both are boxes with
    an area that have none in common it is 0, at which nothing is alike. Where neither has an area, as single points
    have none, it is that of the image; nan where nobody says how large that is.

    Parameters
    ----------
    left, right : float64[n, 4]
        ``x0, y0, x1, y1`` of each pair, px: of a skeleton, or of the whole group that it is part of.
    image_area_px2 : float or float64[n], optional
        Of the images, px2.

    Examples
    --------
    >>> boxes = np.array([[0.0, 0, 40, 40], [0, 0, 40, 40], [7, 7, 7, 7]])
    >>> area_of_both(boxes, np.array([[2.0, 0, 44, 40], [50, 0, 90, 40], [9, 9, 9, 9]]), 20_000)
    array([ 1640.,     0., 20000.])
    """
    apart = shared_areas(left, right) == 0
    area_left, area_right = box_areas(left), box_areas(right)
    size = box_areas((left + right) / 2)
    size = np.where(apart & (area_left > 0) & (area_right > 0), 0.0, size)
    image = np.nan if image_area_px2 is None else image_area_px2
    return np.where((area_left == 0) & (area_right == 0), image, size)


def nearness(squared_px2: Floats, area_px2: Floats, sigma: float | Floats = SIGMA) -> Floats:
    """Return ``exp(-d^2 / (2 s^2 (2 sigma)^2))``, broadcast: 1 at one place whatever the area, at area 0 there alone.

    Examples
    --------
    >>> nearness(np.array([100.0, 0, 4]), np.array([20_000.0, np.nan, 0])).round(4)
    array([0.9257, 1.    , 0.    ])
    """
    variance = np.asarray(area_px2 * (2 * np.asarray(sigma)) ** 2)
    squared, variance = np.broadcast_arrays(squared_px2, variance)
    exponent = np.where(np.isnan(variance), np.nan, np.inf)
    np.divide(squared, 2 * variance, out=exponent, where=variance > 0)
    return np.where(squared == 0, 1.0, np.exp(-exponent))


def oks(  # noqa: PLR0913 - what is compared, at which size, and the conventions that COCO and CVAT differ in
    left: Joints,
    right: Joints,
    area_px2: float | Floats,
    sigma: float | Floats = SIGMA,
    *,
    counted: Counted = "either",
    labelled_from: int = HIDDEN,
) -> Floats:
    """Return the object keypoint similarity of pairs of skeletons, from 0 to 1 [n].

    It is the mean over joints. Skeletons of different templates are not alike. With no joint to count it is nan.

    Parameters
    ----------
    left, right : Joints
        Skeletons, pair by pair.
    area_px2 : float or float64[n]
        Area of the thing: ``area_of_both``, that of the reference alone if its box is given twice, or the area that
        COCO has with its reference.
    sigma : float or float64[j]
        Of all joints, or of each.
    counted : str
        ``either``: joints that either has labelled; one that the other has not is 0 alike, as in CVAT.
        ``left``: joints that the left one, the reference, has labelled, wherever the right one has them, as in COCO.
    labelled_from : int
        From which visibility a joint counts as labelled. COCO counts hidden joints, CVAT's quality reports leave them
        out: there it is ``VISIBLE``.

    Examples
    --------
    >>> square = joints_of(np.array([shapely.MultiPoint([(10, 10, 2), (50, 10, 2), (50, 50, 2), (10, 50, 2)])]))
    >>> moved = joints_of(np.array([shapely.MultiPoint([(12, 10, 2), (52, 10, 2), (52, 50, 2), (12, 50, 2)])]))
    >>> oks(square, moved, area_of_both(joint_boxes(square), joint_boxes(moved))).round(6)
    array([0.962154])
    """
    left, right = _same_width(left, right)
    by_left, by_right = left.visibility >= labelled_from, right.visibility >= labelled_from
    counts = by_left if counted == "left" else by_left | by_right
    compared = by_left if counted == "left" else by_left & by_right
    squared = np.square(left.xy - right.xy).sum(axis=2)
    area = np.broadcast_to(np.asarray(area_px2, dtype=np.float64), len(squared))
    near = np.where(compared, nearness(squared, area[:, np.newaxis], sigma), 0.0).sum(axis=1)
    total = counts.sum(axis=1)
    found = np.divide(near, total, out=np.full(len(near), np.nan), where=total > 0)
    return np.where(left.count == right.count, found, 0.0)


def _same_width(left: Joints, right: Joints) -> tuple[Joints, Joints]:
    """Return both with as many columns, those without a joint not labelled."""
    width = max(left.xy.shape[1], right.xy.shape[1])
    sides = []
    for side in (left, right):
        wanting = (0, width - side.xy.shape[1])
        xy = np.pad(side.xy, ((0, 0), wanting, (0, 0)))
        sides.append(Joints(xy, np.pad(side.visibility, ((0, 0), wanting)), side.count))
    return sides[0], sides[1]
