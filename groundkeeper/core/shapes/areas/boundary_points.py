"""How far points all along one boundary lie from another, in numpy: few are measured before numba is imported."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from groundkeeper.core.runs import members, numbered, offsets_of
from groundkeeper.core.shapes.drawn import Floats, Integers

AT_ONCE: Final = 2**18
"""Points times segments that are held in memory together."""


def distances(
    left: tuple[Floats, Integers, Integers],
    right: tuple[Floats, Integers, Integers],
    placing: tuple[float, int],
    share: float,
    found: Floats,
) -> None:
    """Write what ``boundary_kernels.distances`` writes, by the same arithmetic in the same order.

    Parameters
    ----------
    left, right, placing, share, found
        As there.
    """
    for pair, (one, other) in enumerate(zip(_segments(left), _segments(right), strict=True)):
        if len(one) == 0 or len(other) == 0:
            continue
        sides = [(_walk(rows, placing), to) for rows, to in ((one, other), (other, one))]
        far = np.concatenate([_nearest(xy, rows) for (xy, _), rows in sides])
        weight = np.concatenate([of_points for (_, of_points), _ in sides])
        if not weight.any():
            weight = np.ones(len(far))
        total = _sum(weight)
        order = np.argsort(far, kind="stable")
        within = np.cumsum(weight[order])
        place = min(int(np.searchsorted(within, share * total)), len(far) - 1)
        found[pair] = _sum(weight * far) / total, far[order[place]], far[order[-1]]


def _sum(values: Floats) -> float:
    """Return the sum, added one after the other as kernels add."""
    return float(np.cumsum(values)[-1])


def _segments(curves: tuple[Floats, Integers, Integers]) -> Iterator[Floats]:
    """Yield of each shape its segments: start, step to the end and 1 over the squared length, 0 of none [s, 5]."""
    xy, starts, shapes = curves
    corners = np.diff(starts)
    counts = np.maximum(corners - 1, 1)
    offsets = offsets_of(counts)
    curve, first = members(starts[:-1], counts)
    step = xy[np.minimum(first + 1, starts[curve + 1] - 1)] - xy[first]
    square = step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1]
    inverse = np.divide(1.0, square, out=np.zeros(len(square)), where=square > 0.0)
    rows = np.column_stack([xy[first], step, inverse])
    ends = offsets[shapes]
    for begin, end in pairwise(ends.tolist()):
        yield rows[begin:end]


def _walk(rows: Floats, placing: tuple[float, int]) -> tuple[Floats, Floats]:
    """Return points all along *rows* [p, 2], and of how much boundary each tells [p]."""
    spacing, most = placing
    length = np.hypot(rows[:, 2], rows[:, 3])
    gap = max(spacing, _sum(length) / most)
    steps = np.maximum(np.ceil(length / gap).astype(np.int64), 1)
    row = np.repeat(np.arange(len(rows)), steps + 1)
    step = numbered(steps + 1)
    part = step / steps[row]
    is_inner = (step > 0) & (step < steps[row])
    return (
        rows[row, :2] + part[:, np.newaxis] * rows[row, 2:4],
        (length / steps)[row] * np.where(is_inner, 1.0, 0.5),
    )


def _nearest(xy: Floats, rows: Floats) -> Floats:
    """Return how far each point lies from the nearest of the segments *rows*, [p]."""
    step_x, step_y, inverse = rows[:, 2], rows[:, 3], rows[:, 4]
    square = np.empty(len(xy))
    block = max(AT_ONCE // len(rows), 1)
    for begin in range(0, len(xy), block):
        points = xy[begin : begin + block]
        from_x = points[:, :1] - rows[:, 0]
        from_y = points[:, 1:] - rows[:, 1]
        along = (from_x * step_x + from_y * step_y) * inverse
        off = from_x * step_y - from_y * step_x
        past = along >= 1.0
        from_x -= past * step_x
        from_y -= past * step_y
        ends = from_x * from_x + from_y * from_y
        beside = (along > 0.0) & ~past
        square[begin : begin + block] = np.where(beside, off * off * inverse, ends).min(axis=1)
    nearest: Floats = np.sqrt(square)
    return nearest
