"""Which shapes of several experts mean the same thing, given how alike they are."""

import numpy as np
import numpy.typing as npt

from groundkeeper.core.shapes.clustering.connected import connected
from groundkeeper.core.shapes.clustering.partition import Partition, best_partition
from groundkeeper.core.shapes.clustering.peer_rules import peer_records
from groundkeeper.core.shapes.clustering.rules import NATIVE, Rule
from groundkeeper.core.shapes.drawn import Clusters, Drawn, Integers, Pairs
from groundkeeper.errors import TableError


def cluster_pairs(drawn: Drawn, pairs: Pairs, at_least: float, rule: Rule = NATIVE) -> Clusters:
    """Return which shapes mean the same thing.

    Shapes that are connected by pairs that are alike make a component. Where every two of a component are alike it is a
    record at once; other components are divided as *rule* says.

    Parameters
    ----------
    drawn
        Who drew each of n shapes, and where.
    pairs
        All pairs of one item and two annotators that have anything in common, be it less than *at_least*. What is not
        among them counts as having nothing in common.
    at_least
        The similarity from which on two shapes are alike, above 0, at most 1.
    rule
        How it is settled which mean the same thing.

    Raises
    ------
    TableError
        If two shapes of one annotator or of two items are a pair, or *at_least* is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> drawn = Drawn(item=np.zeros(4, np.int64), annotator=np.array([0, 0, 1, 2]), label=np.zeros(4, np.int64))
    >>> pairs = Pairs(np.array([0, 0, 1, 2]), np.array([2, 3, 2, 3]), np.array([0.6, 0.7, 0.9, 0.8]))
    >>> cluster_pairs(drawn, pairs, 0.5).record.tolist()
    [0, 1, 0, 0]
    """
    _check(drawn, pairs, at_least)
    alike = pairs.at_least(at_least)
    if rule is not NATIVE:
        lowest = peer_records(drawn, alike, rule)
        return clusters_of(Partition(lowest, np.ones(len(drawn), dtype=np.bool_)))
    component = connected(len(drawn), alike.left, alike.right)
    home = component[pairs.left]
    # What lies in two components is together nowhere: there it could only cost.
    asked = (home == component[pairs.right]) & ~cliques(component, alike.left)[home]
    rest = Pairs(pairs.left[asked], pairs.right[asked], pairs.similarity[asked])
    return clusters_of(best_partition(drawn, rest, at_least, component))


def cliques(component: Integers, left: Integers) -> npt.NDArray[np.bool_]:
    """Return of each shape that is the lowest of its component whether every two in it are alike, bool [n].

    Parameters
    ----------
    component
        The lowest shape of the component of each shape, int64 [n].
    left
        One shape of each pair that is alike, int64 [p].
    """
    shapes = np.bincount(component, minlength=len(component))
    pairs = np.bincount(component[left], minlength=len(component))
    found: npt.NDArray[np.bool_] = 2 * pairs == shapes * (shapes - 1)
    return found


def clusters_of(partition: Partition) -> Clusters:
    """Return records as clusters, in the order of their first members."""
    first = partition.lowest == np.arange(len(partition.lowest))
    number = np.cumsum(first) - 1
    return Clusters(number[partition.lowest], partition.exact[first])


def _check(drawn: Drawn, pairs: Pairs, at_least: float) -> None:
    if not 0.0 < at_least <= 1.0:
        msg = f"found {at_least} for how alike shapes are at least; allowed is above 0, at most 1"
        raise TableError(msg)
    same = drawn.annotator[pairs.left] == drawn.annotator[pairs.right]
    apart = drawn.item[pairs.left] != drawn.item[pairs.right]
    for wrong, what in ((same, "of one annotator"), (apart, "of two items")):
        if wrong.any():
            place = int(wrong.argmax())
            msg = (
                f"found shapes {pairs.left[place]} and {pairs.right[place]}, {what}, as a pair; "
                "allowed are pairs of two annotators in one item"
            )
            raise TableError(msg)
