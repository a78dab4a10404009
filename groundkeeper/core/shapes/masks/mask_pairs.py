"""How much masks share: areas of intersections and unions, counted along runs."""

import numpy as np

from groundkeeper.core.shapes.boxes.box_pairs import meeting
from groundkeeper.core.shapes.drawn import Drawn, Floats, Integers, Pairs
from groundkeeper.core.shapes.masks.masks import Masks, mask_line
from groundkeeper.core.shapes.runs import numbered
from groundkeeper.errors import TableError, listing

MANY = 1 << 20
"""From so many runs on it pays to load what is compiled."""


def mask_intersections(masks: Masks, left: Integers, right: Integers) -> Integers:
    """Return how many pixels the two masks of each pair share.

    Parameters
    ----------
    masks : Masks
        n masks.
    left, right : int64[p]
        Places of the two masks of each pair, of pictures of one size.

    Raises
    ------
    TableError
        If the two pictures of a pair differ in size.

    Examples
    --------
    >>> masks = Masks.of_dense(np.array([[[1, 1, 0], [1, 1, 0]], [[0, 1, 1], [0, 1, 1]]], dtype=bool))
    >>> mask_intersections(masks, np.array([0, 0]), np.array([1, 0])).tolist()
    [2, 4]
    """
    differ = (masks.height[left] != masks.height[right]) | (masks.width[left] != masks.width[right])
    if differ.any():
        pairs = zip(left[differ].tolist(), right[differ].tolist(), strict=True)
        msg = f"pairs {listing(pairs)}: found pictures of two sizes; allowed is one size for both masks of a pair"
        raise TableError(msg)
    runs = np.diff(masks.first)
    if int(runs[left].sum() + runs[right].sum()) < MANY:
        return _by_lookup(masks, left, right)
    from groundkeeper.core.shapes.masks.mask_kernels import (  # noqa: PLC0415 - numba takes most of a second
        shared_pixels,
    )

    found: Integers = shared_pixels(masks.first, masks.start, masks.end, left, right)
    return found


def mask_ious(masks: Masks, left: Integers, right: Integers) -> Floats:
    """Return the intersection over union of pairs of masks, from 0 to 1; nan where both are empty.

    See ``mask_intersections`` for the columns.

    Examples
    --------
    >>> masks = Masks.of_dense(np.array([[[1, 1, 0], [1, 1, 0]], [[0, 1, 1], [0, 1, 1]]], dtype=bool))
    >>> mask_ious(masks, np.array([0]), np.array([1])).round(3).tolist()
    [0.333]
    """
    shared, areas = mask_intersections(masks, left, right), masks.areas
    union = areas[left] + areas[right] - shared
    found: Floats = np.full(len(union), np.nan)
    np.divide(shared, union, out=found, where=union > 0)
    return found


def alike_masks(drawn: Drawn, masks: Masks, at_least: float) -> Pairs:
    """Return the pairs of masks of one item by two annotators whose IoU is at least so much.

    Parameters
    ----------
    drawn : Drawn
        Who drew each of n masks, and where.
    masks : Masks
        The n masks; an empty one is like no other.
    at_least : float
        IoU, above 0, at most 1.

    Raises
    ------
    TableError
        If there are not as many masks as were drawn, those that meet differ in the size of their pictures, or
        ``at_least`` is out of range.

    Examples
    --------
    >>> drawn = Drawn(item=np.array([0, 0, 0]), annotator=np.array([1, 2, 2]), label=np.array([0, 0, 1]))
    >>> pictures = [[[1, 1, 0]], [[0, 1, 1]], [[1, 1, 1]]]
    >>> pairs = alike_masks(drawn, Masks.of_dense(np.array(pictures, dtype=bool)), 0.5)
    >>> pairs.left.tolist(), pairs.right.tolist(), pairs.similarity.round(3).tolist()
    ([0], [2], [0.667])
    """
    if len(drawn) != len(masks):
        msg = f"found {len(masks)} masks by {len(drawn)} who drew them; allowed is one each"
        raise TableError(msg)
    if not 0.0 < at_least <= 1.0:
        msg = f"found {at_least} for how alike masks are at least; allowed is above 0, at most 1"
        raise TableError(msg)
    bounds, areas = masks.bounds, masks.areas
    some = np.flatnonzero(areas > 0)
    left, right = meeting(drawn.item[some], bounds[some], drawn.annotator[some])
    left, right = some[left], some[right]
    # No more can be shared than the boxes share and than either has.
    sides = np.minimum(bounds[left, 2:], bounds[right, 2:]) - np.maximum(
        bounds[left, :2], bounds[right, :2]
    )
    most = np.minimum(sides.prod(axis=1), np.minimum(areas[left], areas[right]))
    hopeful = most >= at_least * (areas[left] + areas[right] - most)
    left, right = left[hopeful], right[hopeful]
    return Pairs(left, right, mask_ious(masks, left, right)).at_least(at_least)


def _by_lookup(masks: Masks, left: Integers, right: Integers) -> Integers:
    """Return the shared pixels: of each run of the mask with fewer, pixels of the other before its end and start."""
    runs = np.diff(masks.first)
    fewer = np.where(runs[left] <= runs[right], left, right)
    other = left + right - fewer
    pair = np.repeat(np.arange(len(left)), runs[fewer])
    run = masks.first[fewer][pair] + numbered(runs[fewer])
    line = mask_line(masks.height, masks.width)
    begins = masks.start + line[masks.owner]
    pixels = np.concatenate([[0], np.cumsum(masks.end - masks.start)])

    def before(pixel: Integers) -> Integers:
        place = pixel + line[other[pair]]
        begun = np.searchsorted(begins, place)
        # What has begun last may go on beyond the place; what is of another mask has ended before.
        last = np.maximum(begun - 1, 0)
        length = masks.end[last] - masks.start[last]
        beyond = np.maximum(begins[last] + length - place, 0) * (begun > 0)
        found: Integers = pixels[begun] - beyond
        return found

    if not len(run):
        return np.zeros(len(left), np.int64)
    shared = before(masks.end[run]) - before(masks.start[run])
    total = np.concatenate([[0], np.cumsum(shared)])
    ends = np.cumsum(runs[fewer])
    found: Integers = total[ends] - total[ends - runs[fewer]]
    return found
