"""Components of alike boxes item by item, compiled: of most items the pairs are forgotten as soon as they were seen.

IoU is computed as ``boxes.box_ious`` does, operation by operation, so that both answer alike bit for bit.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from groundkeeper.core.compiled import compiled, inlined
from groundkeeper.core.shapes.drawn import Floats, Integers, Pairs

CROWDED = 64
"""Items with more boxes than this are sorted by a way that pays for many."""

SPACE = 1 << 16
"""For how many pairs there is space at first, at least."""

NEIGHBOURS = 16
"""How many pairs the largest item is expected to have for each of its boxes, at most."""


class Item(NamedTuple):
    """Room for the boxes of one item, from left to right, as many as the largest item has.

    Attributes
    ----------
    box, annotator
        Which box, and who drew it, int64 [largest].
    left, top, right, bottom, area
        float64 [largest].
    parent
        Another box of the same component, or itself, int64 [largest].
    degree
        How many boxes each is alike to, int64 [largest].
    size, lowest
        How many boxes the component has, and the lowest, told at the box that is its own parent, int64 [largest].
    """

    box: Integers
    annotator: Integers
    left: Floats
    top: Floats
    right: Floats
    bottom: Floats
    area: Floats
    parent: Integers
    degree: Integers
    size: Integers
    lowest: Integers


class Seen(NamedTuple):
    """Pairs of boxes, item by item.

    Attributes
    ----------
    one, other
        int64 [space].
    similarity
        float64 [space].
    """

    one: Integers
    other: Integers
    similarity: Floats


def components_of_boxes(
    item: Integers, annotator: Integers, corners: npt.NDArray[np.float64], at_least: float
) -> tuple[Integers, Pairs]:
    """Return the lowest box of the component of each of n boxes, and the pairs of components that are no cliques.

    These are all that overlap, alike or not, within such a component, item by item and in no other order.

    Parameters
    ----------
    item
        Of each box, ascending, int64 [n].
    annotator
        Who drew it, int64 [n].
    corners
        Left, top, right and bottom edge in px, float64 [n, 4].
    at_least
        The IoU from which on two boxes are alike.
    """
    ends = np.append(np.flatnonzero(item[1:] != item[:-1]) + 1, len(item))
    largest = int(np.diff(ends, prepend=0).max())
    whole, real = np.zeros((6, largest), dtype=np.int64), np.zeros((5, largest))
    room = Item(*whole[:2], *real, *whole[2:])
    lowest = np.empty(len(item), dtype=np.int64)
    found, done, space = [], 0, max(SPACE, NEIGHBOURS * largest)
    while done < len(ends):
        ends_of_pairs = np.empty((2, space), dtype=np.int64)
        seen = Seen(ends_of_pairs[0], ends_of_pairs[1], np.empty(space))
        first = done
        done, pairs = _walk(ends, first, annotator, corners, at_least, room, lowest, seen)
        found.append([column[:pairs].copy() for column in seen])
        # One item may have more pairs than there is space for.
        space = space * 4 if done == first else space
    one, other, similarity = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return lowest, Pairs(one, other, similarity)


@compiled
def _walk(  # noqa: PLR0913, PLR0917 - a kernel is handed rows
    ends: Integers,
    first: int,
    annotator: Integers,
    corners: npt.NDArray[np.float64],
    at_least: float,
    room: Item,
    lowest: Integers,
    seen: Seen,
) -> tuple[int, int]:
    """Write ``lowest`` and ``seen`` of items from *first* on, while there is space; return how far, how many pairs."""
    pairs = 0
    for number in range(first, len(ends)):
        begin = ends[number - 1] if number else 0
        boxes = ends[number] - begin
        _enter(room, begin, boxes, annotator, corners)
        more = _join(room, boxes, at_least, seen, pairs)
        if more < 0:
            return number, pairs
        if _settle(room, boxes, lowest):
            pairs = _keep(room, begin, boxes, seen, pairs, more)
    return len(ends), pairs


@inlined
def _enter(
    room: Item, begin: int, boxes: int, annotator: Integers, corners: npt.NDArray[np.float64]
) -> None:
    """Write the boxes of an item from left to right."""
    left, box = room.left, room.box
    if boxes > CROWDED:
        box[:boxes] = begin + np.argsort(corners[begin : begin + boxes, 0])
    else:
        for new in range(boxes):
            edge, place = corners[begin + new, 0], new
            while place > 0 and left[place - 1] > edge:
                left[place], box[place] = left[place - 1], box[place - 1]
                place -= 1
            left[place], box[place] = edge, begin + new
    for place in range(boxes):
        row = box[place]
        left[place], room.top[place] = corners[row, 0], corners[row, 1]
        room.right[place], room.bottom[place] = corners[row, 2], corners[row, 3]
        room.area[place] = (corners[row, 2] - corners[row, 0]) * (corners[row, 3] - corners[row, 1])
        room.annotator[place] = annotator[row]
        room.parent[place] = place
        room.degree[place] = room.size[place] = 0


@inlined
def _join(room: Item, boxes: int, at_least: float, seen: Seen, pairs: int) -> int:
    """Put alike boxes into one component, write what overlaps after *pairs*; return how many then, -1 without space."""
    left, right, top, bottom = room.left, room.right, room.top, room.bottom
    for i in range(boxes):
        start, end, upper, lower = left[i], right[i], top[i], bottom[i]
        for j in range(i + 1, boxes):
            if left[j] > end:
                break
            # One question that is mostly answered by no takes less time than three that may go either way.
            near = (top[j] <= lower) & (bottom[j] >= upper)
            if not near & (room.annotator[j] != room.annotator[i]):
                continue
            width = min(end, right[j]) - left[j]
            height = min(lower, bottom[j]) - max(upper, top[j])
            shared = width * height if width > 0 and height > 0 else 0.0
            union = room.area[i] + room.area[j] - shared
            if union > 0:
                similarity = shared / union
            else:
                same = start == left[j] and end == right[j] and upper == top[j]
                similarity = 1.0 if same and lower == bottom[j] else 0.0
            if similarity <= 0:
                continue
            if pairs == len(seen.one):
                return -1
            seen.one[pairs], seen.other[pairs] = room.box[i], room.box[j]
            seen.similarity[pairs] = similarity
            pairs += 1
            if similarity >= at_least:
                room.degree[i] += 1
                room.degree[j] += 1
                room.parent[_root(room.parent, j)] = _root(room.parent, i)
    return pairs


@inlined
def _root(parent: Integers, place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = parent[place]
    return place


@inlined
def _settle(room: Item, boxes: int, lowest: Integers) -> bool:
    """Write the lowest box of each box's component; return whether one of them is no clique, by now of size 0."""
    parent, size, degree = room.parent, room.size, room.degree
    for place in range(boxes):
        root = _root(parent, place)
        parent[place] = root
        if size[root] == 0 or room.box[place] < room.lowest[root]:
            room.lowest[root] = room.box[place]
        size[root] += 1
    is_open = False
    for place in range(boxes):
        lowest[room.box[place]] = room.lowest[parent[place]]
        # Each of a clique is alike to all others.
        if degree[place] + 1 != size[parent[place]]:
            is_open = True
            size[parent[place]] = 0
    return is_open


@inlined
def _keep(  # noqa: PLR0913, PLR0917 - a kernel is handed rows
    room: Item, begin: int, boxes: int, seen: Seen, first: int, last: int
) -> int:
    """Keep of the pairs from *first* to *last* those within components that are no cliques; return how many."""
    # The degree is no longer asked for: its row tells the open component of each box now, -1 if there is none.
    home = room.degree
    for place in range(boxes):
        root = room.parent[place]
        home[room.box[place] - begin] = root if room.size[root] == 0 else -1
    kept = first
    for pair in range(first, last):
        one, other = seen.one[pair], seen.other[pair]
        if home[one - begin] >= 0 and home[one - begin] == home[other - begin]:
            seen.one[kept], seen.other[kept] = min(one, other), max(one, other)
            seen.similarity[kept] = seen.similarity[pair]
            kept += 1
    return kept
