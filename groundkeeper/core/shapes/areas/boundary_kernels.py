"""How far points all along one boundary lie from another, compiled."""

from typing import TypeAlias

import numpy as np

from groundkeeper.core.compiled import compiled
from groundkeeper.core.shapes.drawn import Floats, Integers

Curves: TypeAlias = tuple[Floats, Integers, Integers]
"""Corners [v, 2], where each curve starts among them [c + 1] and each shape among the curves [n + 1]."""
Segments: TypeAlias = tuple[Floats, Floats]
"""Of each segment of a shape its start, its step to the end and 1 over its squared length, 0 if it has none [s, 5]; of
each ``BLOCK`` of segments the left, top, right and bottom edge."""

BLOCK = 16
"""Segments that are looked at one by one, or passed over together."""
ROUNDED = 1.0 + 1e-9
"""More than rounding can add to a distance."""


@compiled
def distances(
    left: Curves, right: Curves, placing: tuple[float, int], share: float, found: Floats
) -> None:
    """Write the mean distance, the one that a *share* of both boundaries keeps within, and the largest.

    Parameters
    ----------
    left, right
        Boundaries of p shapes each.
    placing
        How far apart points are placed at most, px, and on how many steps of a boundary at most, besides its corners.
    share
        From 0 to 1.
    found
        Overwritten where both shapes have a boundary, float64 [p, 3].
    """
    spacing, most = placing
    for pair in range(len(found)):
        one, other = segments(left, pair), segments(right, pair)
        if len(one[0]) == 0 or len(other[0]) == 0:
            continue
        gap_one, points_one = steps_along(one[0], spacing, most)
        gap_other, points_other = steps_along(other[0], spacing, most)
        far = np.empty(points_one + points_other)
        weight = np.empty(points_one + points_other)
        walk(one[0], other, gap_one, (far, weight), 0)
        walk(other[0], one, gap_other, (far, weight), points_one)
        total, mean = 0.0, 0.0
        for point in range(len(far)):
            total += weight[point]
            mean += weight[point] * far[point]
        if total == 0.0:
            weight[:] = 1.0
            total, mean = float(len(far)), far.sum()
        order = np.argsort(far)
        point, within = 0, weight[order[0]]
        while within < share * total and point + 1 < len(far):
            point += 1
            within += weight[order[point]]
        found[pair, 0] = mean / total
        found[pair, 1] = far[order[point]]
        found[pair, 2] = far[order[-1]]


@compiled
def segments(curves: Curves, shape: int) -> Segments:
    """Return the segments of a shape; a curve of one corner is one segment without length."""
    xy, starts, shapes = curves
    first, last = shapes[shape], shapes[shape + 1]
    rows = np.empty((starts[last] - starts[first], 5))
    used = 0
    for curve in range(first, last):
        begin, end = starts[curve], starts[curve + 1]
        for corner in range(begin, max(end - 1, begin + 1)):
            after = min(corner + 1, end - 1)
            step_x, step_y = xy[after, 0] - xy[corner, 0], xy[after, 1] - xy[corner, 1]
            square = step_x * step_x + step_y * step_y
            rows[used, 0], rows[used, 1] = xy[corner, 0], xy[corner, 1]
            rows[used, 2], rows[used, 3] = step_x, step_y
            rows[used, 4] = 1.0 / square if square > 0.0 else 0.0
            used += 1
    boxes = np.empty(((used + BLOCK - 1) // BLOCK, 4))
    boxes[:, :2], boxes[:, 2:] = np.inf, -np.inf
    for row in range(used):
        for axis in range(2):
            start = rows[row, axis]
            end = start + rows[row, axis + 2]
            low, high = boxes[row // BLOCK, axis], boxes[row // BLOCK, axis + 2]
            boxes[row // BLOCK, axis] = min(low, start, end)
            boxes[row // BLOCK, axis + 2] = max(high, start, end)
    return rows[:used], boxes


@compiled
def steps_along(rows: Floats, spacing: float, most: int) -> tuple[float, int]:
    """Return how long a step is at most, and how many ends of steps there are."""
    total = 0.0
    for row in range(len(rows)):
        total += np.hypot(rows[row, 2], rows[row, 3])
    gap = max(spacing, total / most)
    points = 0
    for row in range(len(rows)):
        points += max(int(np.ceil(np.hypot(rows[row, 2], rows[row, 3]) / gap)), 1) + 1
    return gap, points


@compiled
def walk(
    rows: Floats, other: Segments, gap: float, told: tuple[Floats, Floats], first: int
) -> None:
    """Write how far points all along *rows* lie from *other*, and of how much boundary each tells, from *first* on.

    Every segment is cut into equal steps and measured at their ends, of which each stands for half a step.
    """
    far, weight = told
    place = first
    last_x, last_y, last = rows[0, 0], rows[0, 1], np.inf
    for row in range(len(rows)):
        length = np.hypot(rows[row, 2], rows[row, 3])
        steps = max(int(np.ceil(length / gap)), 1)
        for step in range(steps + 1):
            part = step / steps
            x = rows[row, 0] + part * rows[row, 2]
            y = rows[row, 1] + part * rows[row, 3]
            moved = np.hypot(x - last_x, y - last_y)
            if moved > 0.0 or last == np.inf:
                # Nobody comes farther from a boundary than he has moved.
                last = nearest(x, y, other, (last + moved) * ROUNDED)
                last_x, last_y = x, y
            far[place] = last
            weight[place] = length / steps * (1.0 if 0 < step < steps else 0.5)
            place += 1


@compiled
def nearest(x: float, y: float, other: Segments, at_most: float) -> float:
    """Return how far a point lies from *other*, of which it is known to be no farther than *at_most*."""
    rows, boxes = other
    best = at_most * at_most
    for block in range(len(boxes)):
        beside = max(boxes[block, 0] - x, x - boxes[block, 2], 0.0)
        above = max(boxes[block, 1] - y, y - boxes[block, 3], 0.0)
        if beside * beside + above * above > best:
            continue
        for row in range(block * BLOCK, min((block + 1) * BLOCK, len(rows))):
            from_x, from_y = x - rows[row, 0], y - rows[row, 1]
            along = (from_x * rows[row, 2] + from_y * rows[row, 3]) * rows[row, 4]
            if 0.0 < along < 1.0:
                # So that who lies upon a segment is exactly 0 away, where coordinates are whole numbers.
                off = from_x * rows[row, 3] - from_y * rows[row, 2]
                square = off * off * rows[row, 4]
            else:
                past = along >= 1.0
                from_x -= past * rows[row, 2]
                from_y -= past * rows[row, 3]
                square = from_x * from_x + from_y * from_y
            best = min(best, square)
    return float(np.sqrt(best))
