"""How much of two regions is the same, compiled; and which regions may share anything.

An outline is cut into chains: runs of edges that go on to the right, or on to the left, kept from left to right. With
s = 1 for a chain to the right and s = -1 for one to the left, a point lies as often within an outline as the sum of s
over the chains above it says (or the opposite, by the sense of its turn). So what two regions share is

    sum over chains a of one and b of the other   s_a s_b  integral of min(y_a, y_b) dx

and since on every vertical line the s of a region sum to 0, and min(a, b) = (a + b - |a - b|) / 2,

    -1/2  sum over a and b   s_a s_b  integral of |y_a - y_b| dx,

over the x that both chains have. No point of intersection is ever built, heights are only subtracted from one another
and so are widths: what is far from the origin is as exact as what is near, and edges that touch, lie upon one another
or have no length need no care.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from groundkeeper.core.compiled import compiled, inlined
from groundkeeper.core.shapes.drawn import Floats, Integers

Places: TypeAlias = npt.NDArray[np.uint64]
Signs: TypeAlias = npt.NDArray[np.int8]
Outlines: TypeAlias = tuple[Floats, Integers, Integers, Signs]
"""Coordinates [v, 2], where each ring starts among them [r + 1], each shape among the rings [n + 1], and +1 or -1, by
which each ring counts so that what is inside counts 1 [r]."""
Chains: TypeAlias = tuple[Floats, Floats, Floats, Places, Floats]
"""Left end, height there and slope of each edge, and after the last edge of a chain its right end; where each chain
starts among them; s of each chain. Places are without a sign: who may be negative is checked at every look."""

ONE = np.uint64(1)
NEVER_ZERO = 1e-300
NO_WIDTH = 1e-200
"""Edges narrower than this are straight up or down: their slope may be no number."""
TOLD_APART = 1e-14
"""A sum of rounded numbers is known to this share of the sum of their sizes."""

_P = ParamSpec("_P")
_R = TypeVar("_R")


def _dividing(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return *function* compiled as ``compiled`` does, without a look at every divisor whether it is 0."""
    return cast("Callable[_P, _R]", njit(cache=True, nogil=True, error_model="numpy")(function))


@compiled
def measure(xy: Floats, rings: Integers, turns: Signs, areas: Floats, bounds: Floats) -> None:
    """Write the turn, the area and the bounding box of each ring; the box of a ring without points is left."""
    for ring in range(len(rings) - 1):
        first, last = rings[ring], rings[ring + 1]
        if first == last:
            continue
        from_x, from_y = xy[first, 0], xy[first, 1]
        low_x = high_x = from_x
        low_y = high_y = from_y
        before_x = before_y = 0.0
        double = 0.0
        for vertex in range(first + 1, last):
            x, y = xy[vertex, 0], xy[vertex, 1]
            low_x, high_x = min(low_x, x), max(high_x, x)
            low_y, high_y = min(low_y, y), max(high_y, y)
            x -= from_x
            y -= from_y
            double += before_x * y - x * before_y
            before_x, before_y = x, y
        turns[ring] = 1 if double >= 0.0 else -1
        areas[ring] = abs(double) / 2.0
        bounds[ring, 0], bounds[ring, 1] = low_x, low_y
        bounds[ring, 2], bounds[ring, 3] = high_x, high_y


@compiled
def promising(
    items: tuple[Integers, Integers],
    annotator: Integers,
    measures: tuple[Floats, Floats],
    at_least: float,
    pairs: Integers,
) -> int:
    """Write the pairs of each item that may have such an IoU, as far as they fit, and return how many there are.

    ``region_candidates.candidates`` says why they may.

    Parameters
    ----------
    items
        Where each item begins and ends among the n shapes, int64 [items] each.
    annotator
        int64 [n].
    measures
        Areas, float64 [n], and bounding boxes, float64 [n, 4].
    at_least
        IoU.
    pairs
        Overwritten by the places of the two shapes, in two rows, int64 [2, capacity].
    """
    areas, bounds = measures
    capacity = pairs.shape[1]
    found = 0
    begin, end = items
    for item in range(len(begin)):
        for left in range(begin[item], end[item]):
            for right in range(left + 1, end[item]):
                width = min(bounds[left, 2], bounds[right, 2]) - max(
                    bounds[left, 0], bounds[right, 0]
                )
                if not width > 0.0 or annotator[left] == annotator[right]:
                    continue
                height = min(bounds[left, 3], bounds[right, 3]) - max(
                    bounds[left, 1], bounds[right, 1]
                )
                if not height > 0.0:
                    continue
                most = min(width * height, areas[left], areas[right])
                if most < at_least * (areas[left] + areas[right] - most):
                    continue
                if found < capacity:
                    pairs[0, found], pairs[1, found] = left, right
                found += 1
    return found


@inlined
def room_for(outlines: Outlines, first: int, last: int) -> Chains:
    """Return room for the chains of the regions from *first* to before *last*."""
    _, rings, shapes, _ = outlines
    most = rings[shapes[last]] - rings[shapes[first]]
    starts = np.zeros(most + 1, dtype=np.uint64)
    return (np.empty(2 * most), np.empty(2 * most), np.empty(2 * most), starts, np.empty(most))


@_dividing
def cut(outlines: Outlines, first: int, last: int, chains: Chains, used: int) -> int:
    """Write the chains of the rings from *first* to before *last*, and return how many chains there are now.

    A chain begins and ends where the outline turns back; edges straight up or down are in no chain, for they have no
    width.
    """
    xy, rings, _, turns = outlines
    left, height, slope, starts, sign = chains
    for ring in range(first, last):
        begin, end = rings[ring], rings[ring + 1]
        here = begin
        for vertex in range(begin + 1, end):
            if xy[vertex, 0] < xy[here, 0]:
                here = vertex
        steps = end - begin
        way = 1
        while steps > 0:
            taken, edges, there = 0, 0, here
            while taken < steps:
                after = there + 1 if there + 1 < end else begin
                width = (xy[after, 0] - xy[there, 0]) * way
                if width < -NO_WIDTH:
                    break
                taken += 1
                edges += width > NO_WIDTH
                there = after
            if edges > 0:
                place = np.int64(starts[used])
                left[place + edges] = max(xy[here, 0], xy[there, 0])
                starts[used + 1] = place + edges + 1
                sign[used] = way * turns[ring]
                used += 1
                place += 0 if way > 0 else edges - 1
            for _ in range(taken):
                after = here + 1 if here + 1 < end else begin
                width = xy[after, 0] - xy[here, 0]
                if abs(width) > NO_WIDTH:
                    leftmost = here if way > 0 else after
                    left[place], height[place] = xy[leftmost, 0], xy[leftmost, 1]
                    slope[place] = (xy[after, 1] - xy[here, 1]) / width
                    place += way
                here = after
            steps -= taken
            way = -way
    return used


@inlined
def apart(chains: Chains, a: int, b: int) -> float:
    """Return twice the integral of the distance of heights of two chains over the x that both have."""
    left, height, slope, starts, _ = chains
    i, j = starts[a], starts[b]
    here = max(left[i], left[j])
    end = min(left[starts[a + 1] - ONE], left[starts[b + 1] - ONE])
    double = 0.0
    if here < end:
        while left[i + ONE] <= here:
            i += ONE
        while left[j + ONE] <= here:
            j += ONE
    while here < end:
        end_i, end_j = left[i + ONE], left[j + ONE]
        there = min(end_i, end_j)
        width = there - here
        rise = slope[i] * (here - left[i]) - slope[j] * (here - left[j])
        first = (height[i] - height[j]) + rise
        last = first + (slope[i] - slope[j]) * width
        # The sum of both distances, or where the edges cross what is then larger than the difference of the two.
        crossed = (first * first + last * last) / (abs(first) + abs(last) + NEVER_ZERO)
        double += width * max(abs(first + last), crossed)
        here = there
        i += np.uint64(end_i <= end_j)
        j += np.uint64(end_j <= end_i)
    return double


@inlined
def comes_first(bounds: Floats, one: int, other: int) -> bool:
    """Return whether the bounding box of *one* is not after that of *other*, edge by edge."""
    for side in range(4):
        if bounds[one, side] != bounds[other, side]:
            return bool(bounds[one, side] < bounds[other, side])
    return True


@_dividing
def shared_area(
    chains: Chains,
    measures: tuple[Floats, Floats],
    pair: tuple[int, int],
    at: Integers,
    base: int,
) -> float:
    """Return what the two regions of *pair* share, from 0 to the smaller of the two, in square px.

    Whichever of them comes first in the table, the same sum is taken in the same order.
    """
    sign = chains[4]
    areas, bounds = measures
    one, other = pair
    if not comes_first(bounds, one, other):
        one, other = other, one
    total = 0.0
    size = 0.0
    for a in range(at[one - base, 0], at[one - base, 1]):
        for b in range(at[other - base, 0], at[other - base, 1]):
            double = apart(chains, a, b)
            total -= sign[a] * sign[b] * double
            size += double
    smaller = min(areas[one], areas[other])
    known = TOLD_APART * size / 4.0
    total /= 4.0
    if total <= known:
        return 0.0
    return smaller if total >= smaller - known else total


@compiled
def shared_areas(
    outlines: Outlines,
    measures: tuple[Floats, Floats],
    pairs: tuple[Integers, Integers],
    shared: Floats,
) -> None:
    """Write what the two regions of each pair share, in square px.

    Parameters
    ----------
    outlines
        Those of all n regions.
    measures
        Areas, float64 [n], and bounding boxes, float64 [n, 4].
    pairs
        Places of the two regions, the first below the second, sorted by the first, int64 [p] each.
    shared
        Overwritten, float64 [p].
    """
    _, _, shapes, _ = outlines
    low, high = pairs
    start = 0
    while start < len(low):
        # A stretch of regions that no pair leaves: each of them is cut into chains once.
        base, reach, stop = low[start], high[start], start + 1
        while stop < len(low) and low[stop] <= reach:
            reach = max(reach, high[stop])
            stop += 1
        chains = room_for(outlines, base, reach + 1)
        at = np.full((reach + 1 - base, 2), -1, dtype=np.int64)
        used = 0
        for pair in range(start, stop):
            for shape in (low[pair], high[pair]):
                if at[shape - base, 0] < 0:
                    at[shape - base, 0] = used
                    used = cut(outlines, shapes[shape], shapes[shape + 1], chains, used)
                    at[shape - base, 1] = used
            shared[pair] = shared_area(chains, measures, (low[pair], high[pair]), at, base)
        start = stop
