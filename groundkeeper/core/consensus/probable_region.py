"""The region that several experts' drawings make probable, each weighed by how often they are right."""

import numpy as np
import shapely

from groundkeeper.core.geometry import Geometries, bounding_boxes
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.masks.staple import staple
from groundkeeper.core.shapes.masks.vote_patterns import INSIDE, OUTSIDE, Votes

MARGIN_PX = 1.0
"""How far the domain goes on beyond what was drawn in a frame."""


def probable_region(
    shapes: Geometries, voter: Integers, frame: Integers, voters: int
) -> Geometries:
    """Return the region of each frame of one record that is at least as probably inside as not, object [frames].

    The drawings cut each frame into faces with the same votes. All faces of the record are one fit of STAPLE, so each
    voter has one sensitivity and one specificity in it, learnt from this record alone; nobody's name is needed. The
    domain of a frame is the box around all that was drawn in it, a pixel wider on each side.

    Parameters
    ----------
    shapes : object[n]
        Valid polygons, px.
    voter : int64[n]
        Who drew each, 0 to ``voters - 1``, at most once in a frame.
    frame : int64[n]
        In which frame, 0 to the number of frames - 1, each with a shape.
    voters : int
        How many say that the record is there; who drew nothing in a frame votes against every point of it.

    Examples
    --------
    >>> drawn = np.array([shapely.box(0, 0, 4, 4), shapely.box(0, 0, 4, 4), shapely.box(3, 0, 9, 4)])
    >>> probable_region(drawn, np.arange(3), np.zeros(3, np.int64), 3)[0].bounds
    (0.0, 0.0, 4.0, 4.0)
    """
    votes, weights, faces, owners = [], [], [], []
    for number in range(int(frame.max()) + 1):
        here = frame == number
        said, areas, cut = _faces(shapes[here], voter[here], voters)
        votes.append(said)
        weights.append(areas)
        faces.append(cut)
        owners.append(np.full(len(cut), number))
    found = staple(np.vstack(votes), np.concatenate(weights))
    drawn = found.inside & (np.vstack(votes) == INSIDE).any(axis=1)
    owner, face = np.concatenate(owners), np.concatenate(faces)
    return np.array(
        [
            shapely.union_all(face[drawn & (owner == number)])
            for number in range(int(frame.max()) + 1)
        ],
        dtype=object,
    )


def _faces(shapes: Geometries, voter: Integers, voters: int) -> tuple[Votes, Floats, Geometries]:
    """Return who drew each face of a frame, how large it is, px2, and the face; the last is what nobody drew."""
    lines = shapely.union_all(shapely.boundary(shapes))
    cut = shapely.get_parts(shapely.polygonize([lines]))
    inside = shapely.contains(shapes[:, np.newaxis], shapely.point_on_surface(cut)[np.newaxis])
    inside = inside.reshape(len(shapes), len(cut))
    drawn = inside.any(axis=0)
    votes = np.full((int(drawn.sum()) + 1, voters), OUTSIDE, dtype=np.int8)
    votes[:-1][:, voter] = np.where(inside[:, drawn].T, INSIDE, OUTSIDE)
    faces = np.append(cut[drawn], shapely.Polygon())
    areas: Floats = shapely.area(faces)
    left, top = bounding_boxes(shapes)[:, :2].min(axis=0) - MARGIN_PX
    right, bottom = bounding_boxes(shapes)[:, 2:].max(axis=0) + MARGIN_PX
    areas[-1] = (right - left) * (bottom - top) - areas[:-1].sum()
    return votes, areas, faces
