"""How much masks share: areas of intersections and unions, counted along runs."""

import numpy as np

from groundkeeper.core.runs import members, offsets_of
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.masks.masks import Masks, mask_line
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


def _by_lookup(masks: Masks, left: Integers, right: Integers) -> Integers:
    """Return the shared pixels: of each run of the mask with fewer, pixels of the other before its end and start."""
    runs = np.diff(masks.first)
    fewer = np.where(runs[left] <= runs[right], left, right)
    other = left + right - fewer
    pair, run = members(masks.first[fewer], runs[fewer])
    line = mask_line(masks.height, masks.width)
    begins = masks.start + line[masks.owner]
    pixels = offsets_of(masks.end - masks.start)

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
    total = offsets_of(shared)
    ends = np.cumsum(runs[fewer])
    found: Integers = total[ends] - total[ends - runs[fewer]]
    return found
