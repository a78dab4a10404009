"""Tracks of a video: what is in every frame, from the key frames that somebody drew.

Between two key frames boxes and ellipses move by their centre, sides and rotation, the shorter way round, and single
points and skeletons joint by joint, as in CVAT. Lines and polygons with as many vertices move vertex by vertex. What
has no vertices that belong together stays as it was drawn at the key frame before, and says so: masks, several points
(they have no order, and stay in CVAT, too), and lines and polygons drawn with other numbers of vertices. CVAT moves
all lines and polygons by shares of their lengths, with corners that no annotator has drawn: ``cvat_tracks``.

References
----------
CVAT, dataset_manager/annotation.py, ``TrackManager.get_interpolated_shapes``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.runs import numbered
from groundkeeper.core.shapes.areas.angles import wrapped
from groundkeeper.core.shapes.areas.ellipses import ellipse_parameters, ellipses
from groundkeeper.core.shapes.areas.rotated import corner_parameters, rotated_boxes
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.points.keypoints import NOT_LABELLED, Joints, joints_of, skeletons_of
from groundkeeper.errors import TableError
from schemas.enums import Shape

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class KeyFrames:
    """What somebody drew of k frames, of one kind of shape.

    Attributes
    ----------
    track
        Which track each is of, int64 [k].
    frame
        In which frame, ascending within a track, int64 [k].
    geometry
        What was drawn, object [k].
    outside
        Whether from this frame on the object is not to be seen, until the next key frame, bool [k].
    """

    track: Integers
    frame: Integers
    geometry: Geometries
    outside: Flags

    def __post_init__(self) -> None:
        """Refuse two key frames of one track and frame, and what is out of order."""
        follows = self.track[1:] == self.track[:-1]
        again = follows & (self.frame[1:] <= self.frame[:-1])
        if again.any() or (np.diff(self.track) < 0).any():
            msg = (
                "found key frames out of order or twice in one frame; allowed are tracks ascending, "
                "and within one the frames; sort them, and keep one of each frame"
            )
            raise TableError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """What is in each frame, by track and frame.

    Attributes
    ----------
    track, frame
        int64 [m].
    geometry
        object [m].
    key
        Whether somebody drew it in this very frame, bool [m].
    held
        Whether it stands as it was drawn at the key frame before because nothing can be said between, bool [m].
    """

    track: Integers
    frame: Integers
    geometry: Geometries
    key: Flags
    held: Flags


def interpolate(keys: KeyFrames, shape: Shape, frames: int) -> Tracked:
    """Return every frame in which the objects are to be seen.

    After its last key frame an object stays where it is, up to the end of the video, unless it went outside. A key
    frame outside still says where the object moved to until then.

    Parameters
    ----------
    keys : KeyFrames
        Of any number of tracks.
    shape : Shape
        What they were drawn with.
    frames : int
        Frame at which the video has ended; from there on nothing is returned.

    Examples
    --------
    >>> drawn = np.array([shapely.box(1, 2, 3, 4), shapely.box(0, 1, 2, 3), shapely.box(6, 7, 8, 9)])
    >>> keys = KeyFrames(np.zeros(3, np.int64), np.array([0, 2, 4]), drawn, np.zeros(3, np.bool_))
    >>> found = interpolate(keys, Shape.BBOX, 5)
    >>> [(int(frame), area.bounds) for frame, area in zip(found.frame, found.geometry)][1:4:2]
    [(1, (0.5, 1.5, 2.5, 3.5)), (3, (3.0, 4.0, 5.0, 6.0))]
    """
    last = np.r_[keys.track[1:] != keys.track[:-1], True][: len(keys.track)]
    until = np.where(last, frames, np.r_[keys.frame[1:], frames][: len(keys.frame)])
    way = until - keys.frame
    stretch = np.where(keys.outside, 0, np.clip(np.minimum(until, frames) - keys.frame, 0, None))
    key = np.repeat(np.arange(len(keys.frame)), stretch)
    step = numbered(stretch)
    after = np.where(last, np.arange(len(last)), np.arange(len(last)) + 1)
    geometry = keys.geometry[key].copy()
    between = np.flatnonzero((step > 0) & ~last[key])
    held = np.zeros(len(key), dtype=np.bool_)
    geometry[between], held[between] = _between(
        keys.geometry[key[between]],
        keys.geometry[after[key[between]]],
        step[between] / way[key[between]],
        shape,
    )
    return Tracked(keys.track[key], keys.frame[key] + step, geometry, step == 0, held)


_READ: Final[Mapping[Shape, tuple[Callable[[Geometries], Floats], Callable[..., Geometries]]]] = (
    MappingProxyType(
        {
            Shape.BBOX: (corner_parameters, rotated_boxes),
            Shape.ELLIPSE: (ellipse_parameters, ellipses),
        }
    )
)
"""How shapes that move by their parameters are read, and drawn again."""


def _between(
    left: Geometries, right: Geometries, share: Floats, shape: Shape
) -> tuple[Geometries, Flags]:
    """Return the shapes at this *share* of the way from left to right, and where nothing but left can be said."""
    if shape in _READ:
        read, make = _READ[shape]
        moved = _moved(read(left), read(right), share)
        known: Flags = np.asarray(~np.isnan(moved).any(axis=1))
        found = left.copy()
        found[known] = make(*moved[known].T)
        return found, ~known
    if shape == Shape.SKELETON:
        return _joints_between(left, right, share), np.zeros(len(left), dtype=np.bool_)
    count = shapely.get_num_coordinates(left)
    alike: Flags = _ordered(left, right, shape) & (count == shapely.get_num_coordinates(right))
    found = left.copy()
    found[alike] = _by_vertices(left[alike], right[alike], share[alike])
    return found, ~alike


def _ordered(left: Geometries, right: Geometries, shape: Shape) -> Flags:
    """Return whether the vertices of two shapes of one number belong together one by one."""
    if shape == Shape.POINTS:
        return np.asarray(shapely.get_num_geometries(left) == 1)
    if shape == Shape.POLYLINE:
        return np.ones(len(left), dtype=np.bool_)
    one = [
        (shapely.get_num_geometries(side) == 1) & (shapely.get_num_interior_rings(side) == 0)
        for side in (left, right)
    ]
    return np.asarray(one[0] & one[1] & (shape == Shape.POLYGON))


def _by_vertices(left: Geometries, right: Geometries, share: Floats) -> Geometries:
    """Return the shapes whose every vertex is at this *share* of the way."""
    here, of = shapely.get_coordinates(left, return_index=True)
    there = shapely.get_coordinates(right)
    found: Geometries = shapely.set_coordinates(
        left.copy(), here + share[of, np.newaxis] * (there - here)
    )
    return found


def _moved(here: Floats, there: Floats, share: Floats) -> Floats:
    """Return parameters, the last of which is a rotation in degrees, at this *share* of the way [m, 5]."""
    way = there - here
    way[:, 4] = wrapped(way[:, 4])
    found: Floats = here + share[:, np.newaxis] * way
    return found


def _joints_between(left: Geometries, right: Geometries, share: Floats) -> Geometries:
    """Return skeletons whose joints are on their way, as visible as they were; a joint that ends stays until then."""
    here, there = joints_of(left), joints_of(right)
    width = min(here.xy.shape[1], there.xy.shape[1])
    labelled = (here.visibility[:, :width] > NOT_LABELLED) & (
        there.visibility[:, :width] > NOT_LABELLED
    )
    way = np.where(labelled[..., np.newaxis], there.xy[:, :width] - here.xy[:, :width], 0.0)
    xy = here.xy.copy()
    xy[:, :width] += share[:, np.newaxis, np.newaxis] * way
    return skeletons_of(Joints(xy, here.visibility, here.count))
