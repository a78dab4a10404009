"""Which bounding boxes of one item meet: the candidates for everything that compares shapes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from groundkeeper.core.runs import members, members_in_parts
from groundkeeper.core.shapes.drawn import Floats, Integers

AT_ONCE = 1 << 20
"""How many candidates are looked at together: some 50 MB of columns."""

CROWDED = 32
"""In items with more shapes than this, shapes are sorted before they are compared."""


@dataclass(frozen=True, slots=True, eq=False)
class _Strips:
    """Strips from left to right through items; an item that is not crowded is one strip.

    Attributes
    ----------
    first
        Number of the first strip of the item of each shape, ascending, int64 [n].
    height
        Height of these strips in px, infinite where there is one, float64 [n].
    top
        Where the first begins, float64 [n].
    """

    first: Integers
    height: Floats
    top: Floats

    def at(self, shape: Integers, y: Floats) -> Integers:
        """Return in which strip of the item of each *shape* the height *y* is."""
        found: Integers = self.first[shape] + ((y - self.top[shape]) / self.height[shape]).astype(
            np.int64
        )
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Shapes in a line, once for each strip they stand in, where each is compared with some that follow it.

    Attributes
    ----------
    shape
        Which shape, int64 [m].
    strip
        Which strip, int64 [m].
    end
        The place in line before which its candidates end, int64 [m].
    """

    shape: Integers
    strip: Integers
    end: Integers


def meeting(
    item: Integers, corners: Floats, annotator: Integers | None = None
) -> tuple[Integers, Integers]:
    """Return all pairs of shapes of one item whose bounding boxes share at least a point.

    A crowded item is cut into strips twice as high as its boxes are on average, and each strip is swept from left to
    right, so that what is looked at grows with the pairs that meet and not with the square of the shapes.

    Parameters
    ----------
    item
        The item of each shape, ascending, int64 [n].
    corners
        Left, top, right and bottom edge in px, finite, float64 [n, 4].
    annotator
        If given, int64 [n], only pairs of two annotators are told.

    Returns
    -------
    left, right
        Places of the shapes, ``left < right``, sorted by both, int64 [p] each.

    Examples
    --------
    >>> import numpy as np
    >>> corners = np.array([[0, 0, 2, 2], [2, 2, 3, 3], [2.5, 0, 3, 1], [0, 0, 9, 9]], dtype=np.float64)
    >>> left, right = meeting(np.array([7, 7, 7, 8]), corners)
    >>> left.tolist(), right.tolist()
    ([0], [1])
    """
    strips = _strips(item, corners)
    line = _in_line(corners, strips)
    following = np.arange(1, len(line.shape) + 1)
    found = [
        _met(line, first, second, corners, strips, annotator)
        for first, second in members_in_parts(following, line.end - following, AT_ONCE)
    ]
    pairs = np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *found]))
    left, right = np.divmod(pairs, max(len(item), 1))
    return left, right


def _strips(item: Integers, corners: Floats) -> _Strips:
    """Return the strips that the item of each shape is cut into."""
    if not len(item):
        return _Strips(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))
    starts = np.flatnonzero(np.diff(item, prepend=item[0] - 1))
    size = np.diff(starts, append=len(item))
    top = np.minimum.reduceat(corners[:, 1], starts)
    extent = np.maximum.reduceat(corners[:, 3], starts) - top
    mean = np.add.reduceat(corners[:, 3] - corners[:, 1], starts) / size
    # No more strips than shapes, however flat these are.
    height = np.maximum(2.0 * mean, extent / size)
    cut = (size > CROWDED) & (height > 0)
    count = np.ones(len(starts), dtype=np.int64)
    count[cut] += (extent[cut] / height[cut]).astype(np.int64)
    height[~cut] = np.inf
    first = np.cumsum(count) - count
    return _Strips(*(np.repeat(column, size) for column in (first, height, top)))


def _in_line(corners: Floats, strips: _Strips) -> _Line:
    """Return shapes of items that are not crowded as they come, then all others swept."""
    crowded = np.isfinite(strips.height)
    few = np.flatnonzero(~crowded)
    strip = strips.first[few]
    end = np.searchsorted(strip, strip, side="right") if len(few) else few
    swept = _swept(corners, strips, np.flatnonzero(crowded))
    return _Line(
        np.concatenate([few, swept.shape]),
        np.concatenate([strip, swept.strip]),
        np.concatenate([end, swept.end + len(few)]),
    )


def _swept(corners: Floats, strips: _Strips, shape: Integers) -> _Line:
    """Return shapes by their left edges strip by strip; candidates end where left edges lie beyond the right edge."""
    low, high = strips.at(shape, corners[shape, 1]), strips.at(shape, corners[shape, 3])
    which, strip = members(low, high - low + 1)
    # Places among the left edges stand for the edges themselves, so that strip and edge make one whole number.
    edges = np.sort(corners[shape, 0])
    begins = np.searchsorted(edges, corners[shape, 0], side="left")
    beyond = np.searchsorted(edges, corners[shape, 2], side="right")
    begins, beyond, shape = (row[which] for row in (begins, beyond, shape))
    key = strip * (len(edges) + 1) + begins
    order = np.argsort(key, kind="stable")
    end = np.searchsorted(key[order], (strip * (len(edges) + 1) + beyond)[order], side="left")
    return _Line(shape[order], strip[order], end)


def _met(  # noqa: PLR0913, PLR0917 - the columns that a pair is looked up in
    line: _Line,
    first: Integers,
    second: Integers,
    corners: Floats,
    strips: _Strips,
    annotator: Integers | None,
) -> Integers:
    """Return ``left * n + right`` of the candidates that meet, each pair in one strip only."""
    one, other = line.shape[first], line.shape[second]
    met: npt.NDArray[np.bool_] = corners[one, 0] <= corners[other, 2]
    met &= corners[other, 0] <= corners[one, 2]
    met &= corners[one, 1] <= corners[other, 3]
    met &= corners[other, 1] <= corners[one, 3]
    if annotator is not None:
        met &= annotator[one] != annotator[other]
    first, one, other = first[met], one[met], other[met]
    here = strips.at(one, np.maximum(corners[one, 1], corners[other, 1])) == line.strip[first]
    one, other = one[here], other[here]
    found: Integers = np.minimum(one, other) * len(corners) + np.maximum(one, other)
    return found
