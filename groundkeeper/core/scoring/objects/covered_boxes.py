"""Which boxes of one side can hardly be seen, because others of it lie over them: whole pixels, by their edges alone.

The pixels of a box that was not turned are a rectangle of whole numbers, so what ``covered`` finds by drawing outlines
is found here by comparing edges. What boxes hide in sum is at least, and what one of them hides is at most, what all
hide together; only between these two their union is looked at.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from groundkeeper.core.runs import members, members_in_parts
from groundkeeper.core.scoring.objects.coco_pixels import pixel_rectangles
from groundkeeper.core.scoring.objects.pixels import hardly_seen
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.boxes.box_pairs import AT_ONCE, meeting
from groundkeeper.core.shapes.drawn import Floats, Integers

_PER_BOX: Final = 200
"""Candidates of a box up to which it pays to look at all that begin between its left and its right edge."""


class _Over(NamedTuple):
    """p pairs of boxes of which the second hides pixels of the first.

    Attributes
    ----------
    below : int64[p]
        The first one.
    pixels : int64[p, 4]
        What both share: first column and row, and the first ones behind.
    """

    below: Integers
    pixels: Integers


def covered_boxes(
    frame: Integers, edges: Floats, rank: Integers, sizes: Integers, visible_from: float
) -> Booleans:
    """Return whether less than a share of each box can be seen under all that lie over it, bool [n].

    Parameters
    ----------
    frame
        Where each is, ascending, int64 [n].
    edges
        ``x0, y0, x1, y1``, px, finite, float64 [n, 4].
    rank
        Boxes of a higher one lie over the others, no two of a frame have the same, int64 [n].
    sizes
        Height and width of each frame, px, int64 [f, 2].
    visible_from
        The share from which on a box can be seen, from 0 to 1.

    Examples
    --------
    >>> edges = np.array([[0.0, 0, 10, 10], [0, 0, 10, 6], [0, 5, 10, 10]])
    >>> zero, size = np.zeros(3, dtype=np.int64), np.array([[20, 20]])
    >>> covered_boxes(zero, edges, np.arange(3), size, 0.05).tolist()
    [True, False, False]
    """
    pixels = pixel_rectangles(edges, sizes[frame])
    every = _counts(pixels)
    some = np.flatnonzero(every)
    found = _over(frame[some], pixels[some], rank[some])
    over = _Over(some[found.below], found.pixels)
    count = _counts(over.pixels)
    together = np.bincount(over.below, count, minlength=len(every)).astype(np.int64)
    may_be = hardly_seen(together, every, visible_from)
    kept = np.flatnonzero(may_be[over.below])
    most = np.zeros(len(every), dtype=np.int64)
    np.maximum.at(most, over.below[kept], count[kept])
    is_ = hardly_seen(most, every, visible_from)
    rest = kept[~is_[over.below[kept]]]
    hidden = _hidden(_Over(over.below[rest], over.pixels[rest]), len(every))
    return np.asarray(is_ | hardly_seen(hidden, every, visible_from))


def _counts(pixels: Integers) -> Integers:
    """Return how many pixels rectangles have, int64 [n]."""
    found: Integers = (pixels[:, 2] - pixels[:, 0]) * (pixels[:, 3] - pixels[:, 1])
    return found


def _over(frame: Integers, pixels: Integers, rank: Integers) -> _Over:
    """Return the pairs of boxes that share pixels, none of them being without any."""
    below, shared = [np.zeros(0, dtype=np.int64)], [np.zeros((0, 4), dtype=np.int64)]
    columns = np.ascontiguousarray(pixels.T)
    for first, second in _candidates(frame, columns):
        left, top = (np.maximum(edge[first], edge[second]) for edge in columns[:2])
        right, bottom = (np.minimum(edge[first], edge[second]) for edge in columns[2:])
        met = np.flatnonzero((left < right) & (top < bottom))
        one, other = first[met], second[met]
        below.append(np.where(rank[one] < rank[other], one, other))
        shared.append(np.stack([edge[met] for edge in (left, top, right, bottom)], axis=1))
    return _Over(np.concatenate(below), np.concatenate(shared))


def _candidates(frame: Integers, columns: Integers) -> Iterator[tuple[Integers, Integers]]:
    """Give pairs of places, among them all boxes that share pixels, each pair once."""
    left, top, right, bottom = columns
    span = int(right.max(initial=0)) + 1
    line = frame * span + left
    order = np.argsort(line, kind="stable")
    behind = np.arange(1, len(order) + 1)
    counts = np.searchsorted(line[order], (frame * span + right)[order]) - behind
    if counts.sum() > _PER_BOX * len(counts):
        yield meeting(frame, columns.T.astype(np.float64))
        return
    top, bottom = top[order], bottom[order]
    for one, other in members_in_parts(behind, counts, AT_ONCE):
        met = (top[other] < bottom[one]) & (bottom[other] > top[one])
        kept = np.flatnonzero(met)
        yield order[one[kept]], order[other[kept]]


def _hidden(over: _Over, n: int) -> Integers:
    """Return how many pixels of each of n boxes are hidden by at least one, int64 [n].

    Boxes are cut into strips at the left and right edges of all that hides them; in a strip rows alone are counted.
    """
    left, top, right, bottom = over.pixels.T
    span = int(right.max(initial=0)) + 1
    begins, ends = over.below * span + left, over.below * span + right
    cuts = np.unique(np.concatenate([begins, ends]))
    first, last = np.searchsorted(cuts, begins), np.searchsorted(cuts, ends)
    which, strip = members(first, last - first)
    rows = int(bottom.max(initial=0)) + 1
    begin, end = strip * rows + top[which], strip * rows + bottom[which]
    order = np.argsort(begin)
    begin, end = begin[order], end[order]
    # What ends in an earlier strip ends before the first row of this one.
    reached = np.concatenate([begin[:1], np.maximum.accumulate(end)[:-1]])
    new = np.maximum(end - np.maximum(begin, reached), 0)
    strip = begin // rows
    pixels = new * (cuts[np.minimum(strip + 1, len(cuts) - 1)] - cuts[strip])
    return np.bincount(cuts[strip] // span, pixels, minlength=n).astype(np.int64)
