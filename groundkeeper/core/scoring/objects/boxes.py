"""Boxes that were not turned, by their edges: how near those of two sides are."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from groundkeeper.core.runs import members_in_parts
from groundkeeper.core.scoring.objects.sides import Near
from groundkeeper.core.shapes.boxes.box_pairs import meeting
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.errors import TableError, listing

_PER_BOX: Final = 200
"""Candidates of a box up to which it pays to look at all that begin near its left edge."""

_AT_ONCE: Final = 1 << 14
"""How many candidates are looked at together: their columns stay in the cache, and in the same memory."""

_SLACK: Final = 8 * float(np.finfo(np.float64).eps)
"""How far places on one line for all units may be off, in the length of the line."""


def box_near(
    truth_unit: Integers, truth_corners: Floats, said_unit: Integers, said_corners: Floats
) -> Near:
    """Return the pairs of boxes that have anything in common, and their intersection over union.

    Parameters
    ----------
    truth_unit, said_unit : int64[n], int64[k]
        Where each box is, ascending.
    truth_corners, said_corners : float64[n, 4], float64[k, 4]
        ``x0, y0, x1, y1``, px, finite.

    Raises
    ------
    TableError
        If an edge is no number.

    Examples
    --------
    >>> unit = np.zeros(1, dtype=np.int64)
    >>> near = box_near(unit, np.array([[0.0, 0, 10, 10]]), unit, np.array([[0.0, 0, 10, 25]]))
    >>> near.similarity.tolist()
    [0.4]
    """
    for side, corners in (("ground truth", truth_corners), ("scored", said_corners)):
        finite = np.isfinite(corners)
        if not finite.all():
            wrong = np.flatnonzero(~finite.all(axis=1))
            msg = f"{side}: boxes {listing(wrong.tolist())}: found an edge that is no number; allowed are px"
            raise TableError(msg)
    if not len(truth_unit) or not len(said_unit):
        return Near.joined([])
    ours, theirs, similarity = (
        np.concatenate(parts)
        for parts in zip(
            *_shared(truth_unit, _Edges.of(truth_corners), said_unit, _Edges.of(said_corners)),
            strict=True,
        )
    )
    order = np.argsort(ours * len(said_unit) + theirs)
    return Near.straight(ours[order], theirs[order], similarity[order])


def cvat_box_ious(one: Floats, other: Floats) -> Floats:
    """Return the IoU of pairs of boxes to the last bit as CVAT has it, from corners and sizes; 0 without an area.

    Parameters
    ----------
    one, other : float64[p, 4]
        ``x0, y0, x1, y1``, px.

    Examples
    --------
    >>> cvat_box_ious(np.array([[0.0, 0, 10, 10], [1, 1, 1, 1]]), np.array([[0.0, 0, 10, 25], [1, 1, 1, 1]]))
    array([0.4, 0. ])
    """
    size, other_size = one[:, 2:] - one[:, :2], other[:, 2:] - other[:, :2]
    last = np.minimum(one[:, :2] + size, other[:, :2] + other_size)
    shared = np.maximum(last - np.maximum(one[:, :2], other[:, :2]), 0).prod(axis=1)
    union = size.prod(axis=1) + other_size.prod(axis=1) - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0))


class _Edges(NamedTuple):
    """n boxes, px: left, top, right and bottom edges and areas, each a column of its own, float64 [n]."""

    left: Floats
    top: Floats
    right: Floats
    bottom: Floats
    area: Floats

    @classmethod
    def of(cls, corners: Floats) -> "_Edges":
        left, top, right, bottom = np.ascontiguousarray(corners.T)
        return cls(left, top, right, bottom, (right - left) * (bottom - top))


def _shared(
    truth_unit: Integers, truth: _Edges, said_unit: Integers, said: _Edges
) -> Iterator[tuple[Integers, Integers, Floats]]:
    """Give pairs of places and their IoU above 0."""
    for ours, theirs in _candidates(truth_unit, truth, said_unit, said):
        similarity = _ious(truth, ours, said, theirs)
        kept = np.flatnonzero(similarity > 0)
        yield ours[kept], theirs[kept], similarity[kept]


def _candidates(
    truth_unit: Integers, truth: _Edges, said_unit: Integers, said: _Edges
) -> Iterator[tuple[Integers, Integers]]:
    """Give pairs of places, among them all boxes that share an area or are the same; at least once."""
    first, last, order = _line(truth_unit, truth, said_unit, said)
    counts = last - first
    if counts.sum() > _PER_BOX * len(counts):
        yield _meeting(truth_unit, truth, said_unit, said)
        return
    top, bottom = said.top[order], said.bottom[order]
    for ours, place in members_in_parts(first, counts, _AT_ONCE):
        met = top[place] <= truth.bottom[ours]
        met &= bottom[place] >= truth.top[ours]
        kept = np.flatnonzero(met)
        yield ours[kept], order[place[kept]]


def _line(
    truth_unit: Integers, truth: _Edges, said_unit: Integers, said: _Edges
) -> tuple[Integers, Integers, Integers]:
    """Return which boxes, in the *order* of their left edges in all units, may begin left of the end of each of ours.

    Those that end before it begins are left out as far as the widest box of its unit says so.
    """
    low = min(truth.left.min(), said.left.min())
    high = max(truth.right.max(), said.right.max())
    n_units = int(max(truth_unit[-1], said_unit[-1])) + 1
    widest = np.zeros(n_units)
    np.maximum.at(widest, said_unit, said.right - said.left)
    # Twice the range for each unit, so that what begins left of a unit is still in none before.
    span = 2 * (high - low) + 1
    slack = _SLACK * span * n_units
    key = said_unit * span + (said.left - low)
    order = np.argsort(key)
    begins = truth_unit * span
    ends = begins + (truth.right - low)
    earliest = np.maximum(begins + (truth.left - low) - widest[truth_unit], begins)
    in_line = key[order]
    first = np.searchsorted(in_line, earliest - slack)
    last = np.searchsorted(in_line, ends + slack, side="right")
    return first, last, order


def _meeting(
    truth_unit: Integers, truth: _Edges, said_unit: Integers, said: _Edges
) -> tuple[Integers, Integers]:
    """Return the pairs of boxes that meet, however wide some are."""
    unit = np.concatenate([truth_unit, said_unit])
    corners = np.column_stack(
        [np.concatenate(both) for both in zip(truth[:4], said[:4], strict=True)]
    )
    order = np.argsort(unit, kind="stable")
    side = np.repeat([0, 1], [len(truth_unit), len(said_unit)])
    left, right = meeting(unit[order], corners[order], side[order])
    # In a unit the ground truth comes first, so that the left one is of it.
    return order[left], order[right] - len(truth_unit)


def _ious(truth: _Edges, ours: Integers, said: _Edges, theirs: Integers) -> Floats:
    """Return the IoU of p pairs of boxes; of two without an area, 1 where they are the same, else 0."""
    one, other = (
        [column[places] for column in side] for side, places in ((truth, ours), (said, theirs))
    )
    width = np.minimum(one[2], other[2]) - np.maximum(one[0], other[0])
    height = np.minimum(one[3], other[3]) - np.maximum(one[1], other[1])
    shared = np.where((width > 0) & (height > 0), width * height, 0.0)
    union = one[4] + other[4] - shared
    some = union > 0
    if some.all():
        return np.asarray(shared / union)
    same = np.all([mine == yours for mine, yours in zip(one[:4], other[:4], strict=True)], axis=0)
    found: Floats = np.divide(shared, union, out=same.astype(np.float64), where=some)
    return found
