"""Lines, polygons and angles between two key frames of a track, as CVAT makes them, to the last bit.

Corners belong together that are as far along the two outlines, in shares of their lengths. Where one key frame has more
corners, several begin at one corner of the other; of these only such are kept as are not too near one another. It is
here to find what CVAT finds: what people draw as tracks is in ``tracks``, which makes up no corners.

References
----------
CVAT 2.64, dataset_manager/annotation.py, ``TrackManager.get_interpolated_shapes``:
``polyshape_interpolation`` and ``simple_interpolation``.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from groundkeeper.core.shapes.drawn import Floats

FULL_TURN: Final = 360


def cvat_between(left: Floats, right: Floats, share: float, *, closed: bool) -> Floats:
    """Return the corners of an outline at a *share* of the way from *left* to *right*, px [c, 2].

    Parameters
    ----------
    left, right : float64[k, 2], float64[m, 2]
        The corners at the key frames before and after, px.
    share : float
        Above 0, below 1.
    closed : bool
        Whether it is a polygon, which ends where it begins without saying so.

    Examples
    --------
    A corner that the second outline has more of comes out of the one that is nearest to it:

    >>> square = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])
    >>> more = np.array([[0.0, 0], [5, 0], [10, 0], [10, 10], [0, 10]])
    >>> cvat_between(square, more, 0.5, closed=True).tolist()
    [[0.0, 0.0], [2.5, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]]
    """
    if closed:
        left, right = (np.vstack([outline, outline[:1]]) for outline in (left, right))
    matching = _matching(_offsets(left), _offsets(right))
    ours = np.repeat(np.arange(len(left)), [len(one) for one in matching])
    theirs = np.concatenate(matching)
    moved = left[ours] + (right[theirs] - left[ours]) * share
    first = np.searchsorted(ours, np.arange(len(left)))
    kept: list[Floats] = []
    for begin, end in _stretches(matching):
        if begin == end and len(matching[begin]) > 1:
            among = matching[begin]
            part = moved[first[begin] : first[begin] + len(among)]
            kept += _apart(part, right[among[0] : among[-1] + 1])
        else:
            kept += _apart(moved[first[begin] : first[end] + 1], left[begin : end + 1])
    found = np.array(kept)
    return found[:-1] if closed else found


def cvat_turn_between(left: float, right: float, share: float) -> float:
    """Return how far a shape is turned at a *share* of the way, degrees, the shorter way round.

    Of angles half a turn apart CVAT makes one degree in all: a defect.

    Examples
    --------
    >>> cvat_turn_between(350, 20, 0.5), cvat_turn_between(0, 180, 0.5), cvat_turn_between(15.3, 15.3, 0.5)
    (5.0, 0.5, 15.300000000000011)
    """
    half = FULL_TURN / 2
    way = (right - left + half) % FULL_TURN - half
    return (left + (1 if way == -half else way) * share + FULL_TURN) % FULL_TURN


def _offsets(outline: Floats) -> Floats:
    """Return how far along an outline each corner is, in shares of its length; 0 where it has none."""
    along = _along(outline)
    return np.asarray(along / (along[-1] or 1.0))


def _along(outline: Floats) -> Floats:
    """Return how far along an outline each corner is, px; added up in order, so that ties are those of CVAT."""
    return np.concatenate([[0.0], np.cumsum(_length(np.diff(outline, axis=0)))])


def _length(ways: Floats) -> Floats:
    # Squares and a root as CVAT has them: hypot rounds otherwise.
    return np.asarray(np.sqrt(np.square(ways).sum(axis=-1)))


def _matching(left: Floats, right: Floats) -> list[list[int]]:
    """Return, by corners of the left outline, those of the right one that belong with each, ascending."""
    apart = np.abs(left[:, np.newaxis] - right)
    matching = [[int(place)] for place in apart.argmin(axis=1)]
    met = {place for (place,) in matching}
    for place, own in enumerate(apart.argmin(axis=0).tolist()):
        if place not in met:
            matching[own].append(place)
    return [sorted(one) for one in matching]


def _stretches(matching: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of successive corners with one and the same partner, and each with several alone."""
    begin = 0
    for place, (one, other) in enumerate(pairwise([*matching, []])):
        if len(one) != 1 or one != other:
            yield begin, place
            begin = place + 1


def _apart(moved: Floats, outline: Floats) -> list[Floats]:
    """Return the first and the last of corners, and between them those that are not too near to the one before.

    Too near is less than half of the mean length of an edge, by the corners of the *outline* that they come from. Where
    nothing lies between, and both ends are too near, it is the place halfway.
    """
    if len(moved) == 1:
        return [moved[0]]
    threshold = _along(outline)[-1] / (2 * len(outline))
    kept = [moved[0]]
    for corner in moved[1:-1]:
        if _length(corner - kept[-1]) >= threshold:
            kept.append(corner)
    if len(kept) == 1 and _length(moved[-1] - moved[0]) < threshold:
        return [(moved[0] + moved[-1]) / 2]
    return [*kept, moved[-1]]
