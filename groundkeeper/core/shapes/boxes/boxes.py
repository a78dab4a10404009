"""Boxes of several experts: how alike they are, and which mean the same thing."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from groundkeeper.core.shapes.boxes.box_pairs import meeting
from groundkeeper.core.shapes.boxes.corners import box_areas, corner_ious
from groundkeeper.core.shapes.clustering.components import cluster_pairs, clusters_of
from groundkeeper.core.shapes.clustering.partition import Partition, best_partition
from groundkeeper.core.shapes.clustering.partition_kernels import partition
from groundkeeper.core.shapes.clustering.rules import NATIVE, Rule
from groundkeeper.core.shapes.drawn import Clusters, Drawn, Floats, Integers, Pairs
from groundkeeper.errors import TableError, listing

MANY = 1_000_000
"""From so many boxes on it pays to load what is compiled, which takes as long as these take without it."""

SOME = 2_000
"""From so many on it is used where it is loaded anyway."""

KERNELS = "groundkeeper.core.shapes.boxes.box_kernels"

AT_ONCE = 1 << 19
"""How many boxes are put together at once, so that what is only needed on the way stays small."""


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """n boxes with edges along those of the image.

    Attributes
    ----------
    corners
        Left, top, right and bottom edge in px, float64 [n, 4].
    """

    corners: Floats

    def __post_init__(self) -> None:
        """Refuse edges that are no numbers, or stand the wrong way round."""
        with np.errstate(over="ignore", invalid="ignore"):
            wrong = ~np.isfinite(self.areas())
        wrong |= (self.corners[:, 2] < self.corners[:, 0]) | (
            self.corners[:, 3] < self.corners[:, 1]
        )
        if wrong.any():
            found = listing(
                f"{place}: {self.corners[place].tolist()}" for place in np.flatnonzero(wrong)
            )
            msg = (
                f"found boxes {found}; allowed are finite edges, left <= right and top <= bottom; "
                "correct or reject these boxes first"
            )
            raise TableError(msg)

    def __len__(self) -> int:
        """How many boxes there are."""
        return len(self.corners)

    def areas(self) -> Floats:
        """Return the area of each box in square px, float64 [n]."""
        return box_areas(self.corners)


def box_ious(boxes: Boxes, left: Integers, right: Integers) -> Floats:
    """Return the intersection over union of pairs of boxes, from 0 to 1.

    A box without area covers nothing, so that it is like the very same box and like no other: 1 and 0.

    Parameters
    ----------
    boxes
        n boxes.
    left, right
        Places of the two boxes of each pair, int64 [p].

    Returns
    -------
    Floats
        float64 [p].

    Examples
    --------
    >>> import numpy as np
    >>> boxes = Boxes(np.array([[0, 0, 4, 4], [1, 1, 5, 5], [3, 3, 3, 3], [3, 3, 3, 3]], dtype=np.float64))
    >>> box_ious(boxes, np.array([0, 0, 2]), np.array([1, 2, 3])).round(3).tolist()
    [0.391, 0.0, 1.0]
    """
    one, other = boxes.corners[left], boxes.corners[right]
    return np.where((one == other).all(axis=1), 1.0, corner_ious(one, other))


def overlapping_boxes(drawn: Drawn, boxes: Boxes) -> Pairs:
    """Return the pairs of boxes of one item by two annotators that have anything in common, and their IoU.

    Raises
    ------
    TableError
        If there is not one who drew it for each box.
    """
    _check_number(drawn, boxes)
    left, right = meeting(drawn.item, boxes.corners, drawn.annotator)
    similarity = box_ious(boxes, left, right)
    overlap = similarity > 0
    return Pairs(left[overlap], right[overlap], similarity[overlap])


def clusters_of_boxes(drawn: Drawn, boxes: Boxes, at_least: float, rule: Rule = NATIVE) -> Clusters:
    """Return which boxes mean the same thing.

    As ``cluster_pairs(drawn, overlapping_boxes(drawn, boxes), at_least, rule)``, without a table of pairs where there
    are many boxes.

    Parameters
    ----------
    drawn
        Who drew each of n boxes, and where.
    boxes
        The n boxes.
    at_least
        The IoU from which on two boxes are alike, above 0, at most 1.
    rule
        How it is settled which mean the same thing.

    Examples
    --------
    >>> import numpy as np
    >>> drawn = Drawn(item=np.array([0, 0, 0]), annotator=np.array([1, 2, 2]), label=np.array([0, 0, 1]))
    >>> boxes = Boxes(np.array([[0, 0, 4, 4], [1, 1, 5, 5], [0, 0, 4, 3]], dtype=np.float64))
    >>> clusters_of_boxes(drawn, boxes, 0.5).record.tolist()
    [0, 1, 0]
    """
    is_loaded = KERNELS in sys.modules
    if rule is NATIVE and len(boxes) >= (SOME if is_loaded else MANY):
        return _clusters_of_many(drawn, boxes, at_least)
    return cluster_pairs(drawn, overlapping_boxes(drawn, boxes), at_least, rule)


def load_kernels() -> ModuleType:
    """Load what is compiled, and return the kernels of boxes; for those who cluster often, or many boxes.

    From then on ``clusters_of_boxes`` makes use of them for few boxes, too. Answers are the same either way.
    """
    from groundkeeper.core.shapes.boxes import box_kernels  # noqa: PLC0415 - numba takes most of a second

    partition.load()
    return box_kernels


def _clusters_of_many(drawn: Drawn, boxes: Boxes, at_least: float) -> Clusters:
    components_of_boxes = load_kernels().components_of_boxes
    _check_number(drawn, boxes)
    _check(at_least)
    lowest, exact = np.empty(len(drawn), dtype=np.int64), np.empty(len(drawn), dtype=np.bool_)
    for part in _parts(drawn.item):
        some = Drawn(drawn.item[part], drawn.annotator[part], drawn.label[part])
        corners = np.ascontiguousarray(boxes.corners[part])
        component, rest = components_of_boxes(some.item, some.annotator, corners, at_least)
        found = best_partition(some, rest, at_least, component)
        lowest[part], exact[part] = found.lowest + part.start, found.exact
    return clusters_of(Partition(lowest, exact))


def _parts(item: Integers) -> Iterator[slice]:
    """Give parts of whole items with ``AT_ONCE`` boxes or a few more."""
    start = 0
    while start < len(item):
        last = item[min(start + AT_ONCE, len(item)) - 1]
        stop = int(np.searchsorted(item, last, side="right"))
        yield slice(start, stop)
        start = stop


def _check_number(drawn: Drawn, boxes: Boxes) -> None:
    if len(drawn) != len(boxes):
        msg = f"found {len(boxes)} boxes by {len(drawn)} who drew them; allowed is one each"
        raise TableError(msg)


def _check(at_least: float) -> None:
    if not 0.0 < at_least <= 1.0:
        msg = f"found {at_least} for how alike boxes are at least; allowed is above 0, at most 1"
        raise TableError(msg)
