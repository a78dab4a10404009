"""The best partition of alike shapes into records, however many components they fall into."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from groundkeeper.core.runs import offsets_of, ranks_of
from groundkeeper.core.shapes.clustering.assembly_kernels import SIMILAR
from groundkeeper.core.shapes.clustering.partition_kernels import SEARCHED, partition
from groundkeeper.core.shapes.clustering.partition_rows import Graph, Room, Row
from groundkeeper.core.shapes.drawn import EXACTNESS, NO_LABEL, Drawn, Floats, Integers, Pairs

EFFORT = 200_000
"""How often a shape is looked at, at most, while those of one component are placed."""

NO_END = 1 << 62

BY_HAND = 400_000
"""Steps that Python takes before it pays to load what is compiled: about a second."""


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Records of n shapes.

    Attributes
    ----------
    lowest
        Of each shape, the one with the lowest rank in its record, int64 [n].
    exact
        Of each shape, whether it is known that no partition of its component is better, bool [n].
    """

    lowest: Integers
    exact: npt.NDArray[np.bool_]


def counts(similarity: Floats, at_least: float) -> Floats:
    """Return what pairs in a record count: how alike they are, or below *at_least* how far below, against the record.

    What has nothing in common counts a whole against it, what is nearly alike enough hardly anything.

    Examples
    --------
    >>> import numpy as np
    >>> counts(np.array([0.0, 0.25, 0.5, 1.0]), 0.5).tolist()
    [-1.0, -0.5, 0.5, 1.0]
    """
    found = similarity.copy()
    lacking = similarity < at_least
    found[lacking] = similarity[lacking] / at_least - 1.0
    return found


def best_partition(
    drawn: Drawn, pairs: Pairs, at_least: float, component: Integers, effort: int = EFFORT
) -> Partition:
    """Return the best partition of shapes into records with one shape of each annotator at most.

    Best is the largest sum of what the pairs in records count, then the most pairs of one label, then the lowest ranks:
    shapes are placed in the order of their ranks, each in the lowest record that leads to the best. Where that takes
    more than *effort*, or a component has more than ``SEARCHED`` shapes, a good partition is returned and told not to
    be exact unless a bound says that nothing is better, as it always does for two annotators.

    Parameters
    ----------
    drawn
        Who drew each of n shapes.
    pairs
        Those of one component, by two annotators each, that have anything in common. All others count as if they had
        nothing in common. A component without pairs here is a record as it is.
    at_least
        The similarity from which on two shapes are alike.
    component
        The lowest of the shapes that each is connected with by pairs that are alike, int64 [n].
    effort
        How often a shape is looked at, at most, while those of one component are placed.

    Examples
    --------
    Of a chain whose ends have nothing in common the stronger link is kept, and all of one whose ends are nearly alike.

    >>> import numpy as np
    >>> drawn = Drawn(item=np.zeros(3, np.int64), annotator=np.arange(3), label=np.zeros(3, np.int64))
    >>> left, right, component = np.array([0, 0, 1]), np.array([1, 2, 2]), np.zeros(3, np.int64)
    >>> chain = Pairs(left, right, np.array([0.6, 0.0, 0.7]))
    >>> found = best_partition(drawn, chain, 0.5, component)
    >>> found.lowest.tolist(), found.exact.tolist()
    ([0, 1, 1], [True, True, True])
    >>> best_partition(drawn, Pairs(left, right, np.array([0.6, 0.45, 0.7])), 0.5, component).lowest.tolist()
    [0, 0, 0]
    """
    shapes, ends = np.unique(np.concatenate([pairs.left, pairs.right]), return_inverse=True)
    lowest, settled = component.copy(), np.ones(len(component), dtype=np.bool_)
    if not len(shapes):
        return Partition(lowest, settled)
    # Components one after the other, and the shapes of each in the order of their ranks.
    order = np.argsort(component[shapes], kind="stable")
    shapes = shapes[order]
    number = ranks_of(order)
    left, right = number[ends[: len(pairs.left)]], number[ends[len(pairs.left) :]]
    labels, others = drawn.label[pairs.left], drawn.label[pairs.right]
    worth = np.rint(counts(pairs.similarity, at_least) * EXACTNESS).astype(np.int64) * SIMILAR
    worth += (labels == others) & (labels != NO_LABEL) & (pairs.similarity > 0)
    graph = _graph(component[shapes], drawn.annotator[shapes], left, right, worth)
    best, exact = _run(graph, effort)
    lowest[shapes] = shapes[best]
    settled[shapes] = np.repeat(exact, np.diff(graph["begin"])) > 0
    return Partition(lowest, settled)


def _graph(
    component: Integers, drawn_by: Integers, left: Integers, right: Integers, worth: Integers
) -> dict[str, Integers]:
    """Return the columns of a ``Graph`` of shapes that are sorted by component."""
    begin, home = _runs(component)
    by_annotator = np.lexsort((drawn_by, home))
    share, part = _runs(home[by_annotator], drawn_by[by_annotator])
    annotators = np.bincount(home[by_annotator][share[:-1]], minlength=len(begin) - 1)
    share_at = offsets_of(annotators + 1)
    # Each component's parts end where those of the next begin, and so the border is told twice.
    borders = np.repeat(np.arange(len(annotators)), annotators + 1)
    share = share[np.arange(len(borders)) - borders]
    annotator, turn = np.empty_like(home), np.empty_like(home)
    annotator[by_annotator] = part - offsets_of(annotators)[home[by_annotator]]
    first = share[share_at[home[by_annotator]] + annotator[by_annotator]]
    turn[by_annotator] = np.arange(len(home)) - first

    order = np.lexsort((right, left, -worth, home[left]))
    order = order[worth[order] > 0]
    both = np.lexsort((np.concatenate([right, left]), np.concatenate([left, right])))
    return {
        "begin": begin,
        "annotator": annotator,
        "turn": turn,
        "cell": offsets_of(annotators[home]),
        "by_annotator": by_annotator,
        "share": share,
        "share_at": share_at,
        "start": offsets_of(np.bincount(np.concatenate([left, right]), minlength=len(home))),
        "other": np.concatenate([right, left])[both],
        "weight": np.concatenate([worth, worth])[both],
        "pair_begin": offsets_of(np.bincount(home[left[order]], minlength=len(begin) - 1)),
        "left": left[order],
        "right": right[order],
    }


def _runs(*columns: Integers) -> tuple[Integers, Integers]:
    """Return where runs of equal values begin, with the end of all, and the number of the run of each row."""
    new = np.zeros(len(columns[0]), dtype=np.bool_)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return np.append(np.flatnonzero(new), len(new)), np.cumsum(new) - 1


def _run(graph: dict[str, Integers], effort: int) -> tuple[Integers, Integers]:
    """Return the lowest shape of each shape's record, and of each component whether it is exact."""
    components, shapes = len(graph["begin"]) - 1, len(graph["annotator"])
    sizes = dict.fromkeys(Room._fields, shapes + 1)
    sizes |= dict.fromkeys(("dual", "last", "has"), int(graph["cell"][-1]))
    largest = min(int(np.diff(graph["begin"]).max()), SEARCHED)
    sizes |= dict.fromkeys(("option", "loss"), largest * (largest + 1) // 2)
    sizes |= dict.fromkeys(("column", "gain"), len(graph["other"]))
    best = np.zeros(shapes, dtype=np.int64)
    exact = np.zeros(components, dtype=np.int64)
    done = 0
    neighbours = np.diff(graph["start"][graph["begin"]])
    annotators = np.diff(graph["share_at"]) - 1
    if not partition.is_compiled and int(neighbours @ annotators) <= BY_HAND:
        rows = Graph(**{name: column.tolist() for name, column in graph.items()})
        room = Room(**{name: [0] * size for name, size in sizes.items()})
        settled: Row = [0] * components
        done = partition(rows, room, settled, 0, effort, BY_HAND)
        best[:], exact[:] = room.best[:shapes], settled
    if done < components:
        # Arrays are rows as well, as far as a kernel asks.
        work: dict[str, Any] = {name: np.zeros(size, np.int64) for name, size in sizes.items()}
        columns: dict[str, Any] = dict(graph)
        answers: Any = exact
        partition.compiled(Graph(**columns), Room(**work), answers, done, effort, NO_END)
        end = int(graph["begin"][done])
        best[end:] = work["best"][end:shapes]
    return best, exact
